"""GET …/chair-sheet: what the chair prints and takes into the meeting. It is the list of who is let in."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.family import may_come
from service.domain.london import words
from service.domain.message_parts import MODE_WORDS, when_words
from service.handlers.page_acts import Ground, ground_of
from service.handlers.show_medical import medical_sentences
from service.handlers.show_meeting import titles_of
from service.handlers.show_worklist import kind_words
from service.store.queries.medical import came_to_medical, medical_of
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.web.chair_sheet import LEGAL, Admitted, ChairSheet
from service.web.meeting import answer_word, clock_sentences, summary_row
from service.web.quorum_words import quorum_sentences
from service.web.wording import LEVEL_WORDS, URGENCY_WORDS, opened, phone_link
from service.workflow.quorum import standing_of

_BY_PERSON = "must not be told through its inbox: let in only the person its record names"


async def show(request: web.Request) -> web.Response:
    """The sheet as it stands; changes nothing."""
    ground = await ground_of(request)
    meeting, services = ground.meeting, ground.services
    async with services.engine.connect() as conn:
        standing = await standing_of(services, conn, ground.partnership, meeting)
        medical = medical_sentences(
            await medical_of(conn, ground.partnership, meeting.id),
            await came_to_medical(conn, ground.partnership, meeting.id),
        )
    view = ChairSheet(
        reference=meeting.reference,
        meeting_href=ground.href,
        as_of=words(services.now()),
        summary_rows=_summary(ground),
        warnings=tuple(_warnings(meeting)),
        admitted=tuple(_admitted(meeting)),
        quorum=quorum_sentences(standing.forecast, came=standing.came, strategy=standing.strategy),
        clocks=clock_sentences(meeting.earliest_fair_at, meeting.deadline_at, meeting.starts_at),
        legal=(_legal(meeting), *LEGAL),
        medical=medical,
        family_href=f"{ground.href}/family" if may_come(meeting.meeting_type) else "",
    )
    return render_template("chair_sheet.html", request, {"view": view})


def _summary(ground: Ground) -> list[dict[str, object]]:
    meeting = ground.meeting
    kinds = kind_words(ground.services.policies.get(ground.partnership))
    start, end = meeting.starts_at, meeting.ends_at
    rows = (
        ("Kind", kinds.get(meeting.meeting_type) or opened(meeting.meeting_type)),
        ("When", when_words(start, end) if start and end else "no time yet"),
        ("How", MODE_WORDS.get(meeting.mode, opened(meeting.mode))),
        ("Where", meeting.venue),
        ("How soon", URGENCY_WORDS.get(meeting.urgency, meeting.urgency)),
        ("Chair", meeting.chair),
        ("Case", meeting.case_ref),
    )
    return [summary_row(key, value) for key, value in rows if value]


def _warnings(meeting: MeetingView) -> Iterable[str]:
    if meeting.state == "cancelled":
        yield "This meeting was cancelled."
    if meeting.state == "planned":
        yield "This meeting has no time yet, so nobody is invited."


def _admitted(meeting: MeetingView) -> Iterable[Admitted]:
    titles = titles_of(meeting.agencies)
    for agency in meeting.agencies:
        if agency.state != "withdrawn":
            yield Admitted(
                agency=titles[str(agency.requirement_id)],
                level=LEVEL_WORDS.get(agency.level, agency.level),
                who=_who(agency),
                inbox=agency.inbox.name if agency.inbox and agency.state != "stopped" else "",
                phone=phone_link(agency.inbox.phone) if agency.inbox and agency.state != "stopped" else None,
            )


def _who(agency: AgencyLine) -> str:
    """Who is expected, by the last answer to the time as it is."""
    if agency.state == "stopped":
        return _BY_PERSON
    if agency.state == "joined":
        return "brought in during the meeting"
    said = agency.answer
    if said is None:
        return answer_word(None)
    parts = (answer_word(said.answer), said.reason, f"said by {said.given_by}" if said.given_by else "")
    return ", ".join(part for part in parts if part)


def _legal(meeting: MeetingView) -> str:
    for agency in meeting.agencies:
        if agency.role == "legal" and agency.state != "withdrawn":
            said = answer_word(agency.answer.answer if agency.answer else None)
            return f"The council solicitor is asked to this meeting: {said}."
    return "The council solicitor is not asked to this meeting."
