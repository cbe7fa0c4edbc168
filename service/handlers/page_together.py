"""GET and POST …/together: this meeting and siblings' or linked ones in one sitting, found and given by a press."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from service.domain.london import to_utc, words
from service.domain.meetings import IllegalMoveError
from service.domain.references import normalise
from service.domain.slots_asked import Wanted
from service.domain.slots_together import Sitting
from service.domain.slots_words import headline, who_cannot, why_good
from service.handlers.access import reader_of
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, seen_version
from service.web.act_page import ActPage, Field, Form, Press, Row, Section
from service.web.typed_times import LONGEST, SHORTEST, parse_minutes
from service.workflow.errors import BadTimeError, DesksFullError, NoSuchMeetingError, PartlyGivenError
from service.workflow.together import MOST, find_together, give_together

_LIKE = "Enter the references of the other meetings, like CV-7K3Q-9XHD, with commas between them"


@dataclass(frozen=True, slots=True)
class _Asked:
    references: tuple[str, ...]
    minutes: int | None


async def ask(request: web.Request) -> web.Response:
    """GET: which meetings, and how long each takes."""
    ground = await ground_of(request)
    return _page(request, ground, _form(ground))


async def look_or_give(request: web.Request) -> web.Response:
    """POST: the best sittings; with ``start``, which a press sends, each meeting gets its place in that one."""
    ground, sent = await ground_of(request), await form_of(request)
    asked, form = _read(ground, sent)
    if asked is None:
        return _page(request, ground, form, status=422)
    start = _instant(sent["start"]) if sent.get("start") else None
    if start is not None:
        return await _give(request, ground, form, asked, start, seen_version(sent))
    try:
        wanteds, found = await find_together(
            ground.services, ground.partnership, asked.references, asked.minutes, reader=reader_of(request)
        )
    except (NoSuchMeetingError, BadTimeError, IllegalMoveError) as error:
        return _page(request, ground, form.wrong(others=_sentence(error)), status=422)
    return _page(request, ground, form, sections=_sections(ground, form, asked, wanteds, found))


async def _give(
    request: web.Request, ground: Ground, form: Form, asked: _Asked, start: datetime, version: int | None
) -> web.Response:
    seen = {} if version is None else {ground.meeting.reference: version}
    about = (ground.services, ground.partnership, asked.references, start, asked.minutes)
    try:
        await give_together(*about, actor=ground.actor, reader=reader_of(request), seen=seen)
    except PartlyGivenError as partly:
        # What stands has a new version, and the press that gives the rest must carry it.
        now = await ground_of(request)
        again = Section("What is missing", (Row(words(start), (_press(now, form, start, "Try the same again"),)),))
        return _page(request, now, form, problem=str(partly), sections=(again,), status=409)
    except DesksFullError as full:
        return _page(request, ground, form, problem=f"Nothing was changed. {full}", status=409)
    except (NoSuchMeetingError, BadTimeError, IllegalMoveError) as error:
        return _page(request, ground, form.wrong(others=_sentence(error)), status=422)
    return ground.done("together")


def _form(ground: Ground) -> Form:
    return Form(
        action=f"{ground.href}/together",
        button="Find one sitting",
        fields=(
            Field(
                "others",
                "The meetings that follow this one",
                needed=_LIKE,
                hint="Their references, in their order, with commas between them",
            ),
            Field(
                "minutes",
                "How long each takes, in minutes",
                hint="Left empty: as long as each is now, or an hour",
                width="govuk-input--width-3",
                longest=3,
            ),
        ),
    )


def _read(ground: Ground, sent: Mapping[str, str]) -> tuple[_Asked | None, Form]:
    form = _form(ground).read(sent)
    typed = [each for each in form.said("others").replace(",", " ").split() if each]
    others = [normalise(each) for each in typed]
    if form.said("others") and (not others or None in others):
        form = form.wrong(others=_LIKE)
    minutes = parse_minutes(form.said("minutes")) if form.said("minutes") else None
    if form.said("minutes") and minutes is None:
        form = form.wrong(minutes=f"Enter how long each takes in minutes, from {SHORTEST} to {LONGEST}")
    if form.errors:
        return None, form
    return _Asked((ground.meeting.reference, *(each for each in others if each)), minutes), form


def _sections(
    ground: Ground, form: Form, asked: _Asked, wanteds: Sequence[Wanted], found: Sequence[Sitting]
) -> tuple[Section, ...]:
    if not found:
        nothing = "No sitting keeps every hard rule for all of them. Look at each meeting's own time by itself."
        return (Section("The best sittings", empty=nothing),)
    return tuple(
        Section(headline(sitting[0]), tuple(_rows(ground, form, asked, wanteds, sitting))) for sitting in found
    )


def _rows(ground: Ground, form: Form, asked: _Asked, wanteds: Sequence[Wanted], sitting: Sitting) -> Iterator[Row]:
    for reference, slot, wanted in zip(asked.references, sitting, wanteds, strict=True):
        cannot = tuple(f"Cannot come: {said}." for said in who_cannot(slot))
        yield Row(" ".join((f"{reference}: {headline(slot)}.", *why_good(slot, wanted), *cannot)))
    press = _press(ground, form, sitting[0].start, "Give each its place and invite its agencies")
    yield Row(f"{len(asked.references)} meetings, one after the other.", (press,))


def _press(ground: Ground, form: Form, start: datetime, text: str) -> Press:
    hidden = {
        "others": form.said("others"),
        "minutes": form.said("minutes"),
        "start": start.isoformat(),
        "version": str(ground.meeting.version),
    }
    return Press(f"{ground.href}/together", text, words(start), hidden)


def _page(
    request: web.Request,
    ground: Ground,
    form: Form,
    *,
    problem: str = "",
    sections: tuple[Section, ...] = (),
    status: int = 200,
) -> web.Response:
    page = ActPage(
        heading=f"Meeting {ground.meeting.reference} and others in one sitting",
        back_href=f"{ground.href}/time",
        back_text="Back to the meeting's time",
        intro=(
            f"For siblings or linked cases: up to {MOST} meetings, one after the other.",
            "Each keeps its own record, agencies and invitation.",
            "Its agencies hear that another meeting comes before it or follows, and when; never whose.",
        ),
        sections=sections,
        forms=(replace(form, heading="Look again" if sections else ""),),
        problem=problem,
    )
    return shown(request, page, status)


def _sentence(error: Exception) -> str:
    return f"{str(error).capitalize()}." if isinstance(error, IllegalMoveError) else str(error)


def _instant(text: str) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
