"""What a parent is told of a conference: its own message, never the event. Short words, no name, no join link.

Each message is the same whoever else is invited: it says nothing of the other parent, so it cannot tell either where
or when the other one comes. The leaflet stands at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from service.domain.leaflet import CONFERENCE, Leaflet
from service.domain.letter import Block, Bullets, Details, Heading, Message, Paragraph, lay_out
from service.domain.london import words
from service.domain.message_parts import MODE_WORDS, Sender, signed, when_words


@dataclass(frozen=True, slots=True)
class FamilyMeeting:
    """What a parent may be told. ``comes_at`` is when this parent is asked to come; ``place`` is empty where it must
    not be written down."""

    reference: str
    kind: str
    comes_at: datetime
    ends_at: datetime
    mode: str
    place: str = ""


def invited(
    meeting: FamilyMeeting,
    sender: Sender,
    *,
    interpreter: str = "",
    advocate_offered: bool = False,
    leaflet: Leaflet = CONFERENCE,
) -> Message:
    """The invitation of one parent, with the leaflet. ``interpreter`` is the language, empty for none."""
    return lay_out(
        f"{meeting.reference}: you are invited to a meeting",
        [
            Paragraph(f"You are invited to a meeting about your child: {meeting.kind}."),
            _when(meeting, sender),
            *([Paragraph(f"An interpreter will be there ({interpreter}).")] if interpreter else []),
            Paragraph(f"Please phone {sender.phone} to say if you can come, or if another way would be safer for you."),
            *_leaflet(leaflet, advocate_offered=advocate_offered),
            signed(sender),
        ],
    )


def moved(meeting: FamilyMeeting, sender: Sender, *, interpreter: str = "") -> Message:
    """The conference has another time, or this parent comes at another one."""
    return lay_out(
        f"{meeting.reference}: your meeting has a new time",
        [
            Paragraph("The meeting you were invited to has changed. This is when you are asked to come now."),
            _when(meeting, sender),
            *([Paragraph(f"An interpreter will be there ({interpreter}).")] if interpreter else []),
            Paragraph(f"Please phone {sender.phone} to say if you can come."),
            signed(sender),
        ],
    )


def called_off(meeting: FamilyMeeting, sender: Sender) -> Message:
    """The conference will not take place."""
    return lay_out(
        f"{meeting.reference}: your meeting is called off",
        [
            Paragraph("The meeting you were invited to will not take place. You do not need to do anything."),
            Details((("It was", words(meeting.comes_at)),)),
            Paragraph(f"If you have a question, phone {sender.phone}."),
            signed(sender),
        ],
    )


def _when(meeting: FamilyMeeting, sender: Sender) -> Details:
    where = meeting.place or f"phone {sender.phone} and we will tell you"
    return Details(
        (
            ("When", when_words(meeting.comes_at, meeting.ends_at)),
            ("How", MODE_WORDS.get(meeting.mode, meeting.mode)),
            ("Where", where),
            ("Reference", meeting.reference),
        )
    )


def _leaflet(leaflet: Leaflet, *, advocate_offered: bool) -> Iterator[Block]:
    yield Heading(leaflet.title)
    for heading, paragraphs in leaflet.shown(advocate_offered=advocate_offered):
        yield Heading(heading)
        yield Bullets(paragraphs)
    yield Paragraph(f"Leaflet {leaflet.version}")
