"""From the records to the call page, and to the calls that a meeting's page shows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

from service.domain.calls import CallMade, CallOutcome
from service.domain.london import words
from service.domain.message_parts import when_words
from service.domain.roles import words as role_words
from service.store.queries.meeting_lines import AgencyLine, CallLine
from service.web.calls import CallCard, CallPage, FollowUpCard, call_words
from service.web.meeting import answer_word
from service.web.wording import LEVEL_WORDS, actor_words, phone_link
from service.web.worklist import BLUE, GREEN, GREY, RED, YELLOW
from service.workflow.calls import CallEntry, CallList
from service.workflow.follow_up import FollowUp

_COLOURS = {
    CallOutcome.JOINED: GREEN,
    CallOutcome.REACHED: BLUE,
    CallOutcome.LEFT_MESSAGE: YELLOW,
    CallOutcome.NO_ANSWER: RED,
}
_SHORT = {
    CallOutcome.JOINED: "joined",
    CallOutcome.REACHED: "reached",
    CallOutcome.LEFT_MESSAGE: "message left",
    CallOutcome.NO_ANSWER: "no answer",
}


def made(agency: AgencyLine) -> list[CallMade]:
    """An agency's calls as the rule about being told wants them."""
    return [CallMade(CallOutcome(c.outcome), c.called_at, c.version, c.about_start) for c in agency.calls]


def call_lines(agency: AgencyLine, people: Mapping[str, str]) -> tuple[str, ...]:
    """An agency's calls in words, in the order they were made."""
    return tuple(_line(call, people) for call in agency.calls)


def _line(call: CallLine, people: Mapping[str, str]) -> str:
    by = people.get(call.called_by) or actor_words(call.called_by)
    return call_words(call.outcome, call.called_at, by, named=call.spoke_named)


def call_page(
    found: CallList, base: str, people: Mapping[str, str], *, may_mark: bool, done: str = "", begins: bool = False
) -> CallPage:
    """The whole page. ``begins``: the first agency that joins begins the discussion."""
    here = f"{base}/meetings/{found.meeting.reference}"
    return CallPage(
        reference=found.meeting.reference,
        meeting_href=here,
        action=f"{here}/calls",
        once=secrets.token_urlsafe(12),
        sentences=tuple(_sentences(found, begins=begins)),
        cards=tuple(_card(entry, people) for entry in found.entries),
        may_mark=may_mark and found.meeting.state != "cancelled",
        done=done,
    )


def follow_up_card(found: FollowUp, base: str, *, may_plan: bool) -> FollowUpCard:
    """What follows the discussion. A figure the pack does not have is said not to be set."""
    following, planned = found.following, found.planned
    by = f"By {words(following.due_at)}: {following.due_words} from this discussion." if following.due_at else ""
    sentences = [by or f"By when it must be held: {following.due_words}."]
    if planned is None:
        sentences.append("It is asked for about the same people, and the same agencies are asked to it.")
        action = f"{base}/meetings/{found.reference}/follow-up" if may_plan else ""
        name = following.name
        return FollowUpCard(f"The {name}", tuple(sentences), action, f"Plan the {name}")
    when = words(planned.starts_at) if planned.starts_at else "no time yet"
    return FollowUpCard(
        f"The {following.name}",
        tuple(sentences),
        planned_href=f"{base}/meetings/{planned.reference}",
        planned_words=f"{planned.reference}, {when}",
    )


def _sentences(found: CallList, *, begins: bool) -> Iterator[str]:
    meeting = found.meeting
    if meeting.state == "cancelled":
        yield "This meeting was called off. Nobody is to be phoned to it."
        return
    if meeting.starts_at and meeting.ends_at:
        yield f"The meeting: {when_words(meeting.starts_at, meeting.ends_at)}."
    elif begins:
        yield "It has no time yet. The discussion begins with the first agency you mark as joined."
    yield "One press marks one call. The record keeps each with its time and your name."
    if found.night:
        yield "Offices are closed now. Of the agencies that must come, those open at this hour stand first."


def _card(entry: CallEntry, people: Mapping[str, str]) -> CallCard:
    last = CallOutcome(entry.calls[-1].outcome) if entry.calls else None
    status, colour = "not phoned yet", GREY
    if entry.stopped:
        status, colour = "must not be told", RED
    elif last is not None:
        status, colour = _SHORT[last], _COLOURS[last]
    elif entry.answer is not None:
        status, colour = answer_word(entry.answer), BLUE
    title = role_words(entry.role)
    hours = {None: "", True: "Open at this hour.", False: "Closed at this hour."}
    return CallCard(
        place=str(entry.requirement_id),
        title=title[:1].upper() + title[1:],
        why=LEVEL_WORDS.get(entry.level, entry.level),
        status=status,
        colour=colour,
        desk=entry.desk,
        phone=phone_link(entry.phone),
        otherwise=entry.otherwise or "the manager",
        otherwise_phone=phone_link(entry.otherwise_phone),
        open_words=hours[entry.open_now],
        calls=tuple(_line(call, people) for call in entry.calls),
        stopped=entry.stopped,
    )
