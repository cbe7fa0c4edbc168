"""Answers to an invitation: one kind of record, whichever way they came in."""

from __future__ import annotations

from enum import StrEnum


class Answer(StrEnum):
    """What an agency said. Screens show the plain words of ``WORDS``."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    DEPUTY = "deputy"
    REPORT = "report"
    ANOTHER_TIME = "another_time"


class Way(StrEnum):
    """How an answer reached us."""

    OUTLOOK = "outlook"
    PAGE = "page"
    PHONE = "phone"
    CALENDAR_MAIL = "calendar_mail"
    MAIL = "mail"


WORDS: dict[Answer | None, str] = {
    Answer.YES: "said yes",
    Answer.NO: "said no",
    Answer.MAYBE: "said maybe",
    Answer.DEPUTY: "someone comes instead",
    Answer.REPORT: "sends written information",
    Answer.ANOTHER_TIME: "asked for another time",
    None: "no answer",
}

# "Maybe" and "another time" leave the agency's place open, so it is still chased (policy decision of the service).
CLOSES_THE_CHASE: frozenset[Answer] = frozenset({Answer.YES, Answer.NO, Answer.DEPUTY, Answer.REPORT})

# Answers that count towards a forecast of quorum: the agency's place will be filled.
FILLS_THE_PLACE: frozenset[Answer] = frozenset({Answer.YES, Answer.DEPUTY})
