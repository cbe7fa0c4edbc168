"""The worklist: what is due, by when, who has not answered; what is most at risk of missing its time stands first."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.notice import NOT_SET
from service.web.wording import from_now, when

_SOON = timedelta(hours=24)
_VERY_SOON = timedelta(hours=4)
# How many silent agencies a row names. One more, and the last line says how many are left.
_NAMED = 4

RED, YELLOW, BLUE, GREEN, GREY = (f"govuk-tag--{colour}" for colour in ("red", "yellow", "blue", "green", "grey"))


@dataclass(frozen=True, slots=True)
class TaskMark:
    """What decides whose an open task is: the words of its owner, and by when."""

    owner: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What the worklist needs of a meeting. Counts are of required agencies; instants are aware."""

    reference: str
    kind: str
    urgency: str
    state: str
    starts_at: datetime | None
    deadline_at: datetime | None
    asked: int
    said_yes: int
    silent: int
    recorded: int
    open_tasks: int = 0
    chair: str = ""
    kind_id: str = ""
    roles: tuple[str, ...] = ()
    silent_roles: tuple[str, ...] = ()
    put_off: bool = False
    to_confirm: int = 0
    tasks: tuple[TaskMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """What is due for one meeting. A lower ``rank`` is more at risk; the colour only repeats what the words say."""

    rank: int
    words: str
    colour: str


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """One meeting as the worklist shows it."""

    reference: str
    href: str
    kind: str
    due: str
    colour: str
    when: str
    deadline: str
    asked: int
    said_yes: int
    silent: tuple[str, ...]
    no_silent: str
    tasks: str = ""
    starts_at: datetime | None = None

    @property
    def silent_named(self) -> tuple[str, ...]:
        """Those of the silent who are named: a row of twelve names is higher than the screen."""
        return self.silent if len(self.silent) <= _NAMED else self.silent[: _NAMED - 1]

    @property
    def silent_more(self) -> str:
        """How many of the silent are not named here, and where they are."""
        left = len(self.silent) - len(self.silent_named)
        return f"and {left} more" if left else ""

    @property
    def mark(self) -> str:
        """Changes when the row says something new; that time has gone by is not new."""
        said = (self.due, self.starts_at, self.said_yes, self.asked, self.silent, self.tasks)
        return f"{zlib.crc32(repr(said).encode()):x}"


@dataclass(frozen=True, slots=True)
class TaskLink:
    """Where a task is done: what the link says, and the right its page asks for."""

    text: str
    href: str
    right: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One thing a person must do. ``to`` is shown only to whoever has its right."""

    kind: str
    detail: str
    reference: str
    href: str
    due: str
    owner: str
    action: str = ""
    to: TaskLink | None = None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One delivery that could not be understood."""

    reference: str
    received: str
    door: str
    problem: str
    href: str


def due_of(meeting: MeetingFacts, now: datetime) -> Due:
    """What is due for a meeting, and how much it is at risk."""
    if meeting.put_off and meeting.state in {"planned", "confirmed"}:
        return Due(-1, "Could not be held: hold it today", RED)
    if meeting.state == "planned":
        return _due_planned(meeting, now)
    if meeting.state == "confirmed" and meeting.starts_at is not None:
        return _due_confirmed(meeting, meeting.starts_at, now)
    if meeting.state == "held":
        left = meeting.asked - meeting.recorded
        if left > 0:
            return Due(5, f"Record {left} more", BLUE)
        return Due(6, "Confirm who came", BLUE) if meeting.to_confirm else Due(8, "Held", GREY)
    return Due(8, "Cancelled, something left to do" if meeting.open_tasks else "Cancelled", GREY)


def _due_planned(meeting: MeetingFacts, now: datetime) -> Due:
    if meeting.deadline_at is not None and meeting.deadline_at < now:
        return Due(0, "Late: choose a time", RED)
    immediate = meeting.urgency == "immediate"
    if immediate or (meeting.deadline_at is not None and meeting.deadline_at - now < _SOON):
        return Due(1, "Choose a time now", RED)
    return Due(4, "Choose a time", YELLOW)


def _due_confirmed(meeting: MeetingFacts, starts_at: datetime, now: datetime) -> Due:
    if starts_at <= now:
        return Due(3, "Record who came", BLUE)
    if meeting.deadline_at is not None and starts_at > meeting.deadline_at:
        return Due(2, "Starts after its deadline", RED)
    if meeting.silent and starts_at - now < _VERY_SOON:
        return Due(1, f"Phone {meeting.silent} with no answer", RED)
    if meeting.silent and starts_at - now < _SOON:
        return Due(3, f"{meeting.silent} with no answer", YELLOW)
    if meeting.silent:
        return Due(6, f"Waiting for {meeting.silent}", GREY)
    return Due(7, "All have answered", GREEN)


def meeting_row(meeting: MeetingFacts, due: Due, base: str, now: datetime) -> MeetingRow:
    """One row. Who has not answered is named only where an answer can still come."""
    starts = meeting.starts_at
    deadline = meeting.deadline_at
    open_for_answers = meeting.state == "confirmed" and starts is not None and starts > now
    return MeetingRow(
        reference=meeting.reference,
        href=f"{base}/meetings/{meeting.reference}",
        kind=meeting.kind,
        due=due.words,
        colour=due.colour,
        when=f"{when(starts, '')}, {from_now(starts, now)}" if starts else "no time yet",
        deadline=f"{when(deadline, '')}, {from_now(deadline, now)}" if deadline else NOT_SET,
        asked=meeting.asked,
        said_yes=meeting.said_yes,
        silent=meeting.silent_roles if open_for_answers else (),
        no_silent=_silence_words(meeting, open_for_answers=open_for_answers),
        tasks=_tasks_words(meeting.open_tasks),
        starts_at=starts,
    )


def _tasks_words(number: int) -> str:
    return "" if not number else f"{number} thing{'' if number == 1 else 's'} to do"


def _silence_words(meeting: MeetingFacts, *, open_for_answers: bool) -> str:
    if meeting.state == "planned":
        return "not asked yet"
    if not open_for_answers:
        return "not asked any more"
    return f"{meeting.silent} of {meeting.asked}" if meeting.silent else "nobody"
