"""Every act upon a meeting in one place: what can be done now, and of the rest, why it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from service.domain.facts import Urgency
from service.domain.family import may_come
from service.domain.london import day_words, words
from service.domain.meetings import may_be_put_off
from service.store.queries.meeting_lines import MeetingView
from service.web.meeting import ActGroup, ActLink

ARRANGE, AFTER, TOLD = "Arrange it", "At the meeting and after it", "Who may be told"
# By the last part of an act's address; what is in none of these belongs to arranging the meeting.
_GROUPS = {
    AFTER: (
        "chair-sheet",
        "add-now",
        "attendance",
        "sittings",
        "outcome",
        "actions",
        "decisions",
        "minutes",
        "written-information",
        "medical",
        "disagreements",
    ),
    TOLD: ("who-it-is-about", "readers"),
}
# What waits for the meeting to begin, by its address.
_ONCE_BEGUN = {
    "add-now": "Add an agency now, by phone first",
    "attendance": "Record who came",
    "sittings": "Adjourn it to another time",
    "outcome": "Record what it came to",
    "actions": "Actions",
    "decisions": "Decisions",
    "minutes": "Minutes",
}
_WHILE_TO_COME = {
    "time": "Move the meeting",
    "cancel": "Cancel the meeting",
    "replan": "Plan it anew, the facts having changed",
}


def act_groups(
    possible: Iterable[ActLink], meeting: MeetingView, here: str, now: datetime, *, may_confirm: bool
) -> tuple[ActGroup, ...]:
    """The acts in their groups, in the order they come in; those that are not possible now last, each with its why."""
    acts = [ActLink("Chair’s sheet to print", f"{here}/chair-sheet"), *possible]
    if not may_confirm:
        acts = [replace(act, href="", why=_CHAIRS) if _last(act.href) == "readers" else act for act in acts]
    there = {_last(act.href) for act in acts}
    waiting = [(last, act) for last, act in _not_now(meeting, now) if last not in there]
    groups: dict[str, list[ActLink]] = {ARRANGE: [], AFTER: [], TOLD: []}
    for act in acts:
        groups[_group(_last(act.href) or "readers")].append(act)
    for last, act in waiting:
        groups[_group(last)].append(act)
    return tuple(ActGroup(heading, tuple(found)) for heading, found in groups.items() if found)


_CHAIRS = "For chairs and managers."


def _last(href: str) -> str:
    return href.rpartition("/")[2]


def _group(last: str) -> str:
    return next((heading for heading, lasts in _GROUPS.items() if last in lasts), ARRANGE)


def _not_now(meeting: MeetingView, now: datetime) -> Iterator[tuple[str, ActLink]]:
    """What could be done at another time of this meeting's life, and when. Of a cancelled one there is nothing."""
    if meeting.state == "cancelled":
        return
    if meeting.starts_at is None or (meeting.state != "held" and meeting.starts_at > now):
        when = f"From {words(meeting.starts_at)} on." if meeting.starts_at else "It has no time yet."
        yield from _waiting(_ONCE_BEGUN, when)
    if meeting.state == "held":
        yield from _waiting(_WHILE_TO_COME, "It has been held.")
    if meeting.state in {"planned", "confirmed"} and not put_off_today(meeting, now):
        yield from _waiting({"not-held": "It could not be held today"}, _on_its_day(meeting))
    if meeting.state == "planned":
        yield from _waiting({"short-notice": "Say why notice is short"}, "It has no time yet.")
    if meeting.state in {"confirmed", "held"}:
        yield from _waiting({"go-on": "Say why it goes on without everyone"}, "Everyone it needs is coming, or came.")
    if not may_come(meeting.meeting_type):
        yield from _waiting(
            {"stand-down": "Stand it down"}, "A meeting of professionals goes on with whoever is there: safety first."
        )


def put_off_today(meeting: MeetingView, now: datetime) -> bool:
    """Whether it can be said today that this meeting could not be held."""
    immediate = meeting.urgency == Urgency.IMMEDIATE
    return may_be_put_off(meeting.starts_at, meeting.deadline_at, immediate=immediate, now=now)


def _on_its_day(meeting: MeetingView) -> str:
    """When that can be said."""
    if meeting.starts_at is not None:
        return f"On its day, {day_words(meeting.starts_at)}."
    return f"Once it is due, {day_words(meeting.deadline_at)}." if meeting.deadline_at else "It has no time yet."


def _waiting(acts: dict[str, str], why: str) -> Sequence[tuple[str, ActLink]]:
    return [(last, ActLink(text, "", why)) for last, text in acts.items()]
