"""Asking staff why they open what is sealed about a meeting: once for each meeting in a shift."""

from __future__ import annotations

from aiohttp import web

from service.domain.london import words
from service.handlers.access import person_of
from service.handlers.page_acts import Ground
from service.web.act_page import LONGEST_WORDS, Field, Form
from service.workflow.drafts import Author
from service.workflow.shift_reasons import keep_reason, reason_of_shift

_FIELD = "reading_reason"


def _author(request: web.Request, ground: Ground) -> Author:
    return Author(ground.partnership, person_of(request).ids[ground.partnership])


async def reading_form(request: web.Request, ground: Ground, path: str, heading: str, question: str) -> Form:
    """The form that opens something sealed. Who has said why in this shift is reminded of it and need not say it again.

    ``path`` is below the meeting's; ``question`` asks why.
    """
    given = await reason_of_shift(ground.services, _author(request, ground), ground.meeting.reference)
    if given is None:
        intro = "Your name and your reason are kept beside each opening. You say why once for this meeting in a shift."
        field = Field(_FIELD, question, needed="Say why, in a sentence", longest=LONGEST_WORDS)
    else:
        intro = f"You said why: “{given.reason}”. It is kept beside each opening, until {words(given.until)}."
        field = Field(_FIELD, "Another reason (optional)", longest=LONGEST_WORDS)
    return Form(
        action=f"{ground.href}/{path}",
        button="Show the words",
        heading=heading,
        intro=(intro,),
        fields=(field,),
    )


async def reason_in(request: web.Request, ground: Ground, form: Form) -> str:
    """The reason for this opening: what was typed, else what was said before in this shift; else empty."""
    if said := form.said(_FIELD):
        return said
    given = await reason_of_shift(ground.services, _author(request, ground), ground.meeting.reference)
    return given.reason if given else ""


async def remember(request: web.Request, ground: Ground, form: Form) -> None:
    """Keep a reason that was typed for the rest of the shift, once something was opened with it."""
    if said := form.said(_FIELD):
        await keep_reason(ground.services, _author(request, ground), ground.meeting.reference, said)
