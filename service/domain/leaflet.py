"""The plain-language leaflet a parent gets with an invitation to a conference. Its version rises with every change.

The words are this service's own, for a partnership to read and change: no national leaflet exists. They say nothing of
anybody, so the page that shows them needs no proof.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaflet:
    """One version. ``parts`` are headings with their paragraphs; ``advocate`` only goes out where one is offered."""

    version: str
    title: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    advocate: tuple[str, tuple[str, ...]]

    def shown(self, *, advocate_offered: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The parts as a parent reads them, in order."""
        return (*self.parts, self.advocate) if advocate_offered else self.parts


CONFERENCE = Leaflet(
    version="2026.1",
    title="Coming to a child protection conference",
    parts=(
        (
            "What it is",
            (
                "A conference is a meeting about how to keep your child safe. You are asked to come and be heard.",
                "People who know your family will be there: a social worker, perhaps a nurse or a teacher.",
            ),
        ),
        (
            "What happens",
            (
                "Someone who does not work with your family leads the meeting. They meet you before it starts.",
                "Each person says what is going well and what worries them. You can say what you think.",
                "At the end they decide if your child needs a plan, and tell you what happens next.",
            ),
        ),
        (
            "Before you come",
            (
                "You should be shown the reports first. Ask for help to read them if you want it.",
                "You can bring someone to support you. Tell us who, so that we can say yes.",
                "If you speak another language, or sign, we pay for an interpreter. Please do not use your child.",
            ),
        ),
        (
            "If you are worried about coming",
            (
                "If it is not safe for you to be in a room with somebody, tell us.",
                "You can come at another time, or tell us what you think by phone or in writing.",
            ),
        ),
    ),
    advocate=(
        "An advocate",
        (
            "An advocate is someone who is on your side. They help you to say what you want to say.",
            "It is free, and it is up to you. Tell us if you would like one.",
        ),
    ),
)
