"""From the records to the page of one meeting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from service.domain.calls import told_at
from service.domain.family import may_come
from service.domain.hours import HoursError, parse
from service.domain.london import words
from service.domain.meetings import under_way
from service.domain.message_parts import MODE_WORDS, when_words
from service.domain.notice import given, kept
from service.domain.roles import words as role_words
from service.domain.spans import span_from_code
from service.domain.working_time import OFFICE, CalendarTooShortError, Hours, WorkingCalendar
from service.handlers.permissions import Permission
from service.handlers.show_acts import act_groups, put_off_today
from service.handlers.show_attendance import attendance_lines, sitting_sentences
from service.handlers.show_calls import call_lines, made
from service.handlers.show_worklist import task_row
from service.store.queries.audit import TimelineEvent
from service.store.queries.meeting_lines import AgencyLine, InvitationLine, MeetingView
from service.web.meeting import (
    ActLink,
    AgencyCard,
    MeetingPage,
    Why,
    answer_words,
    chase_words,
    clock_sentences,
    notice_given,
    notice_owed,
    status_of,
    summary_row,
)
from service.web.quorum_words import quorum_sentences
from service.web.timeline import item
from service.web.wording import (
    AGE_WORDS,
    CANCEL_WORDS,
    LEVEL_WORDS,
    STATE_WORDS,
    STOOD_DOWN_WORDS,
    URGENCY_WORDS,
    actor_words,
    opened,
    phone_link,
    source_words,
)
from service.workflow.quorum import Standing


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom the page is drawn: under which address, when, and what they may do.

    ``people`` has the names of those who signed in, by the actor of the audit.
    """

    base: str
    now: datetime
    people: Mapping[str, str] = field(default_factory=dict)
    may: frozenset[Permission] = frozenset()

    @property
    def may_arrange(self) -> bool:
        """Whether the page has acts and forms for them."""
        return Permission.STAFF_ARRANGE in self.may


def meeting_page(
    meeting: MeetingView,
    events: Sequence[TimelineEvent],
    kinds: Mapping[str, str],
    standing: Standing,
    calendar: WorkingCalendar,
    reader: Reader,
) -> MeetingPage:
    """Everything the page says, newest event first."""
    base, now, people = reader.base, reader.now, reader.people
    titles = titles_of(meeting.agencies)
    return MeetingPage(
        reference=meeting.reference,
        worklist_href=f"{base}/worklist",
        calendar_href=f"{base}/meetings/{meeting.reference}/calendar-file" if meeting.starts_at else "",
        warnings=tuple(_warnings(meeting)),
        summary_rows=_summary(meeting, kinds, people),
        sittings=sitting_sentences(meeting.sittings),
        clocks=clock_sentences(meeting.earliest_fair_at, meeting.deadline_at, meeting.starts_at),
        quorum=()
        if meeting.state == "cancelled"
        else quorum_sentences(standing.forecast, came=standing.came, strategy=standing.strategy),
        agencies=tuple(
            replace(
                _card(meeting, agency, titles, calendar, people),
                answer_href=_answer_href(meeting, agency, base, now) if reader.may_arrange else "",
                acts=tuple(_place_acts(meeting, agency, base, now)) if reader.may_arrange else (),
            )
            for agency in meeting.agencies
        ),
        tasks=tuple(task_row(task, base, now) for task in meeting.open_tasks),
        may=frozenset(map(str, reader.may)),
        timeline=tuple(
            item(event.action, event.data, event.at, event.actor, titles, people) for event in reversed(events)
        ),
        acts=act_groups(
            _acts(meeting, standing, base, now),
            meeting,
            f"{base}/meetings/{meeting.reference}",
            now,
            may_confirm=Permission.STAFF_CONFIRM in reader.may,
        )
        if reader.may_arrange
        else (),
        identity=_identity(meeting, kinds),
        sheet_href=f"{base}/meetings/{meeting.reference}/chair-sheet",
    )


def _identity(meeting: MeetingView, kinds: Mapping[str, str]) -> tuple[str, ...]:
    """Which meeting this is, in a line that stays in view: its reference, what it is, when, and where it stands."""
    return (
        meeting.reference,
        kinds.get(meeting.meeting_type) or opened(meeting.meeting_type),
        words(meeting.starts_at) if meeting.starts_at else "no time yet",
        STATE_WORDS.get(meeting.state, meeting.state),
    )


def _acts(meeting: MeetingView, standing: Standing, base: str, now: datetime) -> Iterable[ActLink]:
    """What can be done with the meeting as a whole, as it stands."""
    here = f"{base}/meetings/{meeting.reference}"
    if meeting.state in {"planned", "confirmed", "held"}:
        yield ActLink("Phone the agencies now", f"{here}/calls")
    if meeting.state in {"planned", "confirmed"}:
        yield from _acts_while_open(meeting, here, now)
    if meeting.state in {"confirmed", "held"} and _begun(meeting, now):
        yield from _acts_once_begun(meeting, here, now)
    if meeting.state == "cancelled":
        yield ActLink("Call it again", f"{here}/again")
    if meeting.state != "cancelled":
        yield ActLink("Written information that came in", f"{here}/written-information")
        yield ActLink("Medical", f"{here}/medical")
        yield ActLink("Disagreements", f"{here}/disagreements")
        yield ActLink("Tell an agency who it is about", f"{here}/who-it-is-about")
        yield ActLink("Who may know of it", f"{here}/readers")
    if meeting.state in {"confirmed", "held"}:
        yield ActLink("Say why notice is short", f"{here}/short-notice")
        if standing.forecast.short:
            yield ActLink("Say why it goes on without everyone", f"{here}/go-on")


def _acts_while_open(meeting: MeetingView, here: str, now: datetime) -> Iterable[ActLink]:
    yield ActLink("Move the meeting" if meeting.starts_at else "Choose its time", f"{here}/time")
    if not _begun(meeting, now):
        yield ActLink("Add an agency", f"{here}/add-agency")
    if put_off_today(meeting, now):
        yield ActLink("It could not be held today", f"{here}/not-held")
    yield ActLink("Find another chair", f"{here}/chair")
    yield ActLink("Cancel the meeting", f"{here}/cancel")
    yield ActLink("Plan it anew, the facts having changed", f"{here}/replan")
    if may_come(meeting.meeting_type):
        yield ActLink("How the family comes", f"{here}/family/arrange")
        yield ActLink("Stand the conference down", f"{here}/stand-down")


def _acts_once_begun(meeting: MeetingView, here: str, now: datetime) -> Iterable[ActLink]:
    if meeting.sitting_now(now) is not None:
        yield ActLink("Add an agency now, by phone first", f"{here}/add-now")
    yield ActLink("Record who came", f"{here}/attendance")
    yield ActLink("Adjourn it to another time", f"{here}/sittings")
    yield ActLink("Record what it came to", f"{here}/outcome")
    yield ActLink("Actions", f"{here}/actions")
    yield ActLink("Decisions", f"{here}/decisions")
    yield ActLink("Minutes", f"{here}/minutes")


def _begun(meeting: MeetingView, now: datetime) -> bool:
    return meeting.starts_at is not None and meeting.starts_at <= now


def _place_acts(meeting: MeetingView, agency: AgencyLine, base: str, now: datetime) -> Iterable[ActLink]:
    """What can be done about one agency's place."""
    here = f"{base}/meetings/{meeting.reference}/places/{agency.requirement_id}"
    yield from _acts_at_once(meeting, agency, here, now)
    if meeting.state not in {"planned", "confirmed"}:
        return
    if agency.state == "wanted":
        yield ActLink("Must not be told", f"{here}/stop")
    if agency.state in {"wanted", "no_inbox"} and agency.level != "core" and not _begun(meeting, now):
        yield ActLink("Need not come", f"{here}/withdraw")
    if agency.state == "no_inbox" and not _begun(meeting, now):
        yield ActLink("Name its inbox", f"{here}/inbox")
    if agency.state == "stopped":
        yield ActLink("Name a person and a safe route", f"{here}/person")


def _acts_at_once(meeting: MeetingView, agency: AgencyLine, here: str, now: datetime) -> Iterable[ActLink]:
    """What can be done about a place of a meeting that has its time and is not over."""
    if meeting.state == "held" and agency.state in {"wanted", "no_inbox", "joined"}:
        yield ActLink("Must not be told: shut it out", f"{here}/exclude")
    sits = under_way(meeting.starts_at, meeting.ends_at, now)
    to_come = meeting.state == "confirmed" and not _begun(meeting, now)
    if agency.state not in {"wanted", "no_inbox", "joined"} or not (sits or to_come):
        return
    may_go = agency.level != "core" or (sits and agency.recorded)
    if may_go and meeting.state in {"confirmed", "held"}:
        yield ActLink("Take it out now", f"{here}/remove")
    if meeting.state == "confirmed" and agency.state != "no_inbox":
        yield ActLink("Call the meeting anew without it", f"{here}/exclude")


def _answer_href(meeting: MeetingView, agency: AgencyLine, base: str, now: datetime) -> str:
    """Where an answer by phone is typed in; empty while there is nothing to answer."""
    open_for_answers = meeting.state == "confirmed" and meeting.starts_at is not None and meeting.starts_at > now
    if not open_for_answers or agency.state == "withdrawn":
        return ""
    return f"{base}/meetings/{meeting.reference}/answers/{agency.requirement_id}"


def titles_of(agencies: Iterable[AgencyLine]) -> dict[str, str]:
    """The words of each place, by its requirement; two places of one role are told apart by their inbox."""
    agencies = list(agencies)
    doubled = {role for role, number in Counter(agency.role for agency in agencies).items() if number > 1}
    titles = {}
    for number, agency in enumerate(agencies, 1):
        which = agency.inbox.name if agency.inbox else f"place {number}"
        words = role_words(agency.role)
        title = f"{words}, {which}" if agency.role in doubled else words
        titles[str(agency.requirement_id)] = title[:1].upper() + title[1:]
    return titles


def _warnings(meeting: MeetingView) -> Iterable[str]:
    if meeting.state == "cancelled":
        because = meeting.cancelled_because or ""
        why = {**CANCEL_WORDS, **STOOD_DOWN_WORDS}.get(because, opened(because))
        yield f"This meeting was cancelled because {why}."
    if meeting.starts_at and meeting.deadline_at and meeting.starts_at > meeting.deadline_at:
        yield "This meeting starts after the latest start in time."
    if meeting.unmatched:
        yield f"{len(meeting.unmatched)} answers came from addresses that were not invited. Look under To do."


def _summary(meeting: MeetingView, kinds: Mapping[str, str], people: Mapping[str, str]) -> list[dict[str, Any]]:
    time = "no time yet"
    if meeting.starts_at and meeting.ends_at:
        time = when_words(meeting.starts_at, meeting.ends_at)
    rows = [
        ("Kind", kinds.get(meeting.meeting_type) or opened(meeting.meeting_type)),
        ("Team", opened(meeting.team)) if meeting.team else None,
        ("Where it stands", STATE_WORDS.get(meeting.state, meeting.state)),
        ("When", time),
        ("How", MODE_WORDS.get(meeting.mode, opened(meeting.mode))),
        ("Where", meeting.venue) if meeting.venue else None,
        ("How soon", URGENCY_WORDS.get(meeting.urgency, meeting.urgency)),
        ("Chair", meeting.chair),
        ("Chair changed because", f"{meeting.chair_because} ({_named(meeting.chair_by, people)})")
        if meeting.chair_because
        else None,
        ("Case", f"{meeting.case_ref}, {source_words(meeting.source)}"),
        (
            "Children",
            ", ".join(f"{child.ref} ({AGE_WORDS.get(child.age_band, child.age_band)})" for child in meeting.children),
        ),
        ("Short notice because", _short_notice(meeting, people)) if meeting.short_notice_by else None,
        (
            "Stood down because" if meeting.state == "cancelled" else "Went on without everyone because",
            f"{meeting.inquorate_reason} ({_named(meeting.inquorate_by, people)})",
        )
        if meeting.inquorate_by
        else None,
        ("Linked meeting", meeting.linked_reference) if meeting.linked_reference else None,
    ]
    return [summary_row(*row) for row in rows if row is not None]


def _named(actor: str | None, people: Mapping[str, str]) -> str:
    return people.get(actor or "") or actor_words(actor or "")


def _short_notice(meeting: MeetingView, people: Mapping[str, str]) -> str:
    code = opened(meeting.short_notice_code) if meeting.short_notice_code else ""
    said = ": ".join(part for part in (code, meeting.short_notice_reason or "") if part)
    return f"{said} ({_named(meeting.short_notice_by, people)})"


def _age(band: str) -> str:
    return AGE_WORDS.get(band, band)


def _hours(agency: AgencyLine) -> Hours:
    try:
        return parse(agency.inbox.hours) if agency.inbox else OFFICE
    except HoursError:
        return OFFICE


def _handed_at(invitation: InvitationLine | None, version: int) -> datetime | None:
    """When event and message had both been handed to Outlook: what notice is counted from."""
    if invitation is None or invitation.version != version:
        return None
    if invitation.event_handed_at is None or invitation.message_handed_at is None:
        return None
    return max(invitation.event_handed_at, invitation.message_handed_at)


def _told_at(meeting: MeetingView, agency: AgencyLine) -> datetime | None:
    """When the agency was told of the meeting's start: in writing, or by phone if that was first."""
    begun_by_phone = meeting.mode == "phone" and all(each.invitation is None for each in meeting.agencies)
    by_phone = told_at(made(agency), meeting.version, meeting.starts_at, begun_by_phone=begun_by_phone)
    told = [at for at in (_handed_at(agency.invitation, meeting.version), by_phone) if at is not None]
    return min(told, default=None)


def _on_its_way(meeting: MeetingView, agency: AgencyLine) -> bool:
    """Whether an invitation to the meeting as it stands waits for Outlook."""
    found = agency.invitation
    asked = found is not None and found.version == meeting.version and found.state == "wanted"
    return asked and meeting.state == "confirmed"


def _notice(meeting: MeetingView, agency: AgencyLine, calendar: WorkingCalendar) -> tuple[str, str]:
    owed, least = span_from_code(agency.notice_standard), span_from_code(agency.notice_minimum)
    handed = _told_at(meeting, agency)
    if handed is None or meeting.starts_at is None:
        return notice_owed(owed, least), notice_given(None, kept=None, owed=owed)
    hours = _hours(agency)
    try:
        had = given(handed, meeting.starts_at, hours, calendar)
        enough = kept(handed, meeting.starts_at, owed, hours, calendar)
    except CalendarTooShortError:
        return notice_owed(owed, least), "It cannot be counted: the bank holidays of that year are not known yet."
    return notice_owed(owed, least), notice_given(had, kept=enough, owed=owed)


def _card(
    meeting: MeetingView,
    agency: AgencyLine,
    titles: Mapping[str, str],
    calendar: WorkingCalendar,
    people: Mapping[str, str],
) -> AgencyCard:
    said, inbox = agency.answer, agency.inbox
    invited = _told_at(meeting, agency) is not None
    status, colour = status_of(
        agency.state,
        said.answer if said else None,
        invited=invited,
        on_its_way=_on_its_way(meeting, agency),
        over=meeting.state in {"cancelled", "held"},
    )
    owed, had = _notice(meeting, agency, calendar)
    level = LEVEL_WORDS.get(agency.level, agency.level)
    return AgencyCard(
        title=f"{titles[str(agency.requirement_id)]} – {level}",
        status=status,
        colour=colour,
        because=tuple(Why(str(why.get("reason", "")), str(why.get("rule", ""))) for why in agency.because),
        inbox=inbox.name if inbox else "",
        phone=phone_link(inbox.phone) if inbox else None,
        escalation_name=inbox.escalation_name if inbox else "",
        escalation_phone=phone_link(inbox.escalation_phone) if inbox else None,
        notice_owed=owed,
        notice_given=had,
        answer=answer_words(
            said.answer,
            said.way,
            said.answered_at,
            by=said.given_by,
            reason=said.reason,
            proposed=said.proposed_start,
        )
        if said
        else (answer_words(None) if invited else "not asked yet"),
        chases=tuple(
            chase_words(chase.to, chase.state, chase.due_at, chase.finished_at, chase.not_sent_because)
            for chase in agency.chases
            if chase.version == meeting.version
        ),
        calls=call_lines(agency, people),
        no_chases="No chase is planned.",
        attendance=attendance_lines(agency),
    )
