"""Decisions and minutes from a meeting's page: agree them, issue the minutes, read them with a reason, see who has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from service.domain.papers import Kind as PaperKind
from service.domain.papers import Opener, Proof
from service.handlers.access import person_of
from service.handlers.act_pages import done_words, gone, not_begun, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.permissions import Permission, staff_may
from service.handlers.shift_reason import reading_form, reason_in, remember
from service.handlers.show_papers import papers_section, titles_of
from service.store.queries.staff import staff_names
from service.web.act_page import ActPage, Field, Form, Kind, Row, Section, Table, moment, read_moment
from service.web.papers_words import capital
from service.workflow import papers as workflow
from service.workflow.errors import (
    BadTimeError,
    BadWordsError,
    CannotOpenError,
    ChangedMeanwhileError,
    ErasedError,
    NoReasonError,
)
from service.workflow.opening import OpenedPaper, open_papers
from service.workflow.papers import LONGEST_WORDS as LONGEST_PAPER
from service.workflow.papers import PaperGiven, PlaceNamed

_REPLACED = "The one you correct has been replaced since you opened this page. Look at the list, then choose again."


@dataclass(frozen=True, slots=True)
class _Words:
    """How a page speaks of one kind of paper."""

    path: str
    heading: str
    one: str
    another: str
    agree: str
    when_out: str


_WORDS: Mapping[PaperKind, _Words] = {
    PaperKind.DECISION: _Words(
        path="decisions",
        heading="Decisions",
        one="decision",
        another="A decision",
        agree="Agree this decision",
        when_out="A decision is out as soon as it is agreed: each agency it concerns can open it from then on.",
    ),
    PaperKind.MINUTES: _Words(
        path="minutes",
        heading="Minutes",
        one="part",
        another="A part of the minutes",
        agree="Agree this part",
        when_out="Minutes are agreed first, and go out when they are issued.",
    ),
}


async def ask_decisions(request: web.Request) -> web.Response:
    """GET …/decisions: those agreed, who has opened them, and one more."""
    return await _page(request, await ground_of(request), PaperKind.DECISION)


async def ask_minutes(request: web.Request) -> web.Response:
    """GET …/minutes: the parts agreed and issued, who has opened them, and one more."""
    return await _page(request, await ground_of(request), PaperKind.MINUTES)


async def agree_decision(request: web.Request) -> web.Response:
    """POST …/decisions: the chair agrees one."""
    return await _agree(request, PaperKind.DECISION)


async def agree_minutes(request: web.Request) -> web.Response:
    """POST …/minutes: the chair agrees a part."""
    return await _agree(request, PaperKind.MINUTES)


async def read_decisions(request: web.Request) -> web.Response:
    """POST …/decisions/read: what they say, with a reason that is kept."""
    return await _read(request, PaperKind.DECISION)


async def read_minutes(request: web.Request) -> web.Response:
    """POST …/minutes/read: what they say, with a reason that is kept."""
    return await _read(request, PaperKind.MINUTES)


async def issue(request: web.Request) -> web.Response:
    """POST …/minutes/issue: every part that is agreed goes out."""
    ground, sent = await ground_of(request), await form_of(request)
    at, form = read_moment(_issue_form(ground).read(sent), "issued", ground.services.now(), past=True)
    if form.errors:
        return await _page(request, ground, PaperKind.MINUTES, issuing=form, status=422)
    try:
        await workflow.issue_minutes(
            ground.services, ground.partnership, ground.meeting.reference, actor=ground.actor, at=at
        )
    except (BadTimeError, CannotOpenError) as error:
        form = form.wrong(issued_day=str(error))
        return await _page(request, ground, PaperKind.MINUTES, issuing=form, status=422)
    return gone(f"{ground.href}/minutes", "issued")


async def _agree(request: web.Request, kind: PaperKind) -> web.Response:
    ground, sent = await ground_of(request), await form_of(request)
    standing = await workflow.standing(ground.services, ground.partnership, ground.meeting.reference)
    form = _agree_form(ground, standing, kind).read(sent)
    if form.errors:
        return await _page(request, ground, kind, agreeing=form, status=422)
    places = {each.place.id.hex: each.place for each in standing.places}
    concerns = tuple(PlaceNamed(places[key].role, places[key].slot) for key in form.ticked("concerns"))
    replaces = int(form.said("replaces")) if form.said("replaces") else None
    try:
        await workflow.agree_papers(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            kind,
            [PaperGiven(form.said("text"), concerns, replaces)],
            actor=ground.actor,
        )
    except ChangedMeanwhileError:
        return await _page(request, ground, kind, agreeing=form.wrong(replaces=_REPLACED), status=409)
    except (BadTimeError, BadWordsError, ErasedError) as error:
        return await _page(request, ground, kind, agreeing=form.wrong(text=str(error)), status=422)
    return gone(f"{ground.href}/{_WORDS[kind].path}", f"{_WORDS[kind].path}_agreed")


async def _read(request: web.Request, kind: PaperKind) -> web.Response:
    ground, sent = await ground_of(request), await form_of(request)
    form = (await _read_form(request, ground, kind)).read(sent)
    if form.errors:
        return await _page(request, ground, kind, reading=form, status=422)
    opener = Opener(person_of(request).name, Proof.STAFF, await reason_in(request, ground, form))
    try:
        opened = await open_papers(
            ground.services, ground.partnership, ground.meeting.reference, kind, opener, actor=ground.actor
        )
    except (CannotOpenError, ErasedError, NoReasonError, BadWordsError) as error:
        form = form.wrong(reading_reason=str(error))
        return await _page(request, ground, kind, reading=form, status=422)
    await remember(request, ground, form)
    return await _page(request, ground, kind, opened=opened)


async def _page(
    request: web.Request,
    ground: Ground,
    kind: PaperKind,
    *,
    agreeing: Form | None = None,
    issuing: Form | None = None,
    reading: Form | None = None,
    opened: tuple[OpenedPaper, ...] = (),
    status: int = 200,
) -> web.Response:
    spoken = _WORDS[kind]
    standing = await workflow.standing(ground.services, ground.partnership, ground.meeting.reference)
    async with ground.services.engine.connect() as conn:
        people = await staff_names(conn, ground.partnership)
    deciding = kind is PaperKind.DECISION
    there = standing.decisions if deciding else standing.minutes
    whole = papers_section(standing, (), ground.services.now(), people)
    cut = len(standing.decisions) or 1
    said = whole.sentences[:cut] if deciding else whole.sentences[cut:]
    rows = tuple((row.agency, row.decisions if deciding else row.minutes) for row in whole.rows)
    closed = not_begun(ground)
    roles = person_of(request).roles[ground.partnership]
    agree = agreeing or _agree_form(ground, standing, kind)
    forms = (
        agree if staff_may(roles, Permission.STAFF_CONFIRM) else None,
        issuing or (_issue_form(ground) if there and not deciding else None),
        reading or (await _read_form(request, ground, kind) if there else None),
    )
    page = ActPage(
        heading=f"{spoken.heading} of meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=("The words are kept sealed. This page tells who has opened them and never shows them unasked.",),
        sections=(
            *((Section("What they say", quotes=_quotes(kind, opened)),) if opened else ()),
            Section("Agreed", tuple(map(Row, said))),
            *((Section("", table=Table("Who has opened them", ("Agency", "Opened"), rows)),) if there else ()),
        ),
        forms=() if closed else tuple(each for each in forms if each is not None),
        closed=closed,
        done=done_words(request),
        names=bool(opened),
    )
    return shown(request, page, status)


def _quotes(kind: PaperKind, opened: tuple[OpenedPaper, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((f"{capital(_WORDS[kind].one)} {each.number}", each.text) for each in opened)


def _agree_form(ground: Ground, standing: workflow.PapersStanding, kind: PaperKind) -> Form:
    spoken = _WORDS[kind]
    titles = titles_of(each.place for each in standing.places)
    there = standing.decisions if kind is PaperKind.DECISION else standing.minutes
    return Form(
        action=f"{ground.href}/{spoken.path}",
        button=spoken.agree,
        heading=spoken.another,
        intro=(spoken.when_out,),
        fields=(
            Field(
                "text",
                f"What the {spoken.one} says",
                Kind.WORDS,
                needed="Write what was agreed",
                hint="Kept sealed: names may stand here.",
                longest=LONGEST_PAPER,
                rows=8,
            ),
            Field(
                "concerns",
                "Whom it concerns",
                Kind.SOME,
                {each.place.id.hex: titles[each.place.id] for each in standing.places},
                hint="Tick none where it concerns every agency.",
            ),
            *(
                (
                    Field(
                        "replaces",
                        "Which one it corrects (optional)",
                        Kind.PICK,
                        {each.number: f"number {each.number}" for each in there},
                    ),
                )
                if there
                else ()
            ),
        ),
    )


def _issue_form(ground: Ground) -> Form:
    on, clock = moment("issued", "When they went out (leave empty for now)", past=True)
    return Form(f"{ground.href}/minutes/issue", "Issue the minutes", (on, clock), heading="Issue what is agreed")


async def _read_form(request: web.Request, ground: Ground, kind: PaperKind) -> Form:
    return await reading_form(request, ground, f"{_WORDS[kind].path}/read", "Read them", "Why do you read them?")
