"""What another policy would have asked of meetings that are past: who more, who less, its notice and quorum.

Nothing here plans a meeting. The times are those that were: an agency the draft adds is taken to have been asked when
the meeting's first invitation left, and every agency by the start the meeting had. Those who came are taken to come
again where the draft asks for them too; whether an agency it adds would have come, nobody knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from service.domain.evaluate import Requirement, evaluate
from service.domain.facts import RequestFacts
from service.domain.hours import OFFICE
from service.domain.london import local_date
from service.domain.notice import kept
from service.domain.policy import Level, Policy, UnknownMeetingTypeError
from service.domain.quorum import RULES, QuorumRule, quorum
from service.domain.spans import Span
from service.domain.working_time import Hours, WorkingCalendar


@dataclass(frozen=True, slots=True)
class PastPlace:
    """One agency's place as it was planned. ``invited``: it was to be asked, so not withdrawn and not held back.

    ``handed_at`` is when its invitation was in Outlook; None when it never was. ``came`` is whether it
    came, or somebody for it, to the first sitting; None where nobody has recorded it.
    """

    role: str
    group: str
    invited: bool
    owed: Span | None
    hours: Hours = OFFICE
    handed_at: datetime | None = None
    core: bool = False
    came: bool | None = None


@dataclass(frozen=True, slots=True)
class PastMeeting:
    """One meeting as it was. Instants are aware; ``starts_at`` is None when it never had a time, or was cancelled.

    ``quorum`` is the rule of the version that planned it (None: not set), ``groups`` how that version groups roles.
    """

    reference: str
    received_at: datetime
    starts_at: datetime | None
    facts: RequestFacts
    partners: tuple[str, ...]
    places: tuple[PastPlace, ...]
    quorum: QuorumRule | None = None
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """The policy on trial, and what the directory has today: the hours of each role that has an inbox."""

    policy: Policy
    desks: Mapping[str, Hours]


@dataclass(slots=True)
class Notice:
    """How many invitations kept the standard notice, how many broke it, and for how many none is set."""

    kept: int = 0
    broken: int = 0
    not_set: int = 0

    def count(self, verdict: bool | None) -> None:  # noqa: FBT001 - the outcome itself, not a switch
        """Count one invitation; None where the partnership has set no figure."""
        if verdict is None:
            self.not_set += 1
        elif verdict:
            self.kept += 1
        else:
            self.broken += 1


@dataclass(slots=True)
class Quorums:
    """Meetings with somebody's attendance recorded, by their quorum.

    ``open``: those who came do not make it, and would with the agencies the draft adds, if these came. ``not_set``: the
    partnership has set none.
    """

    met: int = 0
    open: int = 0
    missed: int = 0
    not_set: int = 0

    @property
    def set(self) -> int:
        """How many meetings a quorum is set for."""
        return self.met + self.open + self.missed


@dataclass(frozen=True, slots=True)
class Moved:
    """Invitations of one agency in the week that begins on this Monday: how many the draft adds, and takes away."""

    week: date
    role: str
    added: int
    removed: int


@dataclass(slots=True)
class Replay:
    """The tally. ``missing_*`` count the meetings to which no agency of a partner group was asked.

    ``unplannable`` counts the meetings whose type the draft does not have, by type: they are in no other figure.
    ``no_inbox`` counts the added invitations for which the directory has nobody today.
    """

    meetings: int = 0
    changed: int = 0
    added: Counter[tuple[date, str]] = field(default_factory=Counter)
    removed: Counter[tuple[date, str]] = field(default_factory=Counter)
    before: Notice = field(default_factory=Notice)
    after: Notice = field(default_factory=Notice)
    quorum_before: Quorums = field(default_factory=Quorums)
    quorum_after: Quorums = field(default_factory=Quorums)
    missing_before: Counter[str] = field(default_factory=Counter)
    missing_after: Counter[str] = field(default_factory=Counter)
    no_inbox: Counter[str] = field(default_factory=Counter)
    unplannable: Counter[str] = field(default_factory=Counter)

    def lines(self) -> tuple[Moved, ...]:
        """The invitations added and removed, by week and agency."""
        keys = sorted({*self.added, *self.removed})
        return tuple(Moved(week, role, self.added[week, role], self.removed[week, role]) for week, role in keys)

    def add(self, past: PastMeeting, draft: Draft, calendar: WorkingCalendar) -> None:
        """Put one meeting's request to the draft and count what comes out.

        Raises:
            CalendarTooShortError: a count runs beyond the known bank holidays.
        """
        self.meetings += 1
        try:
            wanted = evaluate(draft.policy, past.facts, explain=False).requirements
        except UnknownMeetingTypeError:
            self.unplannable[past.facts.meeting_type] += 1
            return
        asked = {requirement.role: requirement for requirement in wanted if not requirement.excluded}
        invited = [place for place in past.places if place.invited]
        roles = {place.role for place in invited}
        week = _monday(past.received_at)
        self.added.update((week, role) for role in asked if role not in roles)
        self.removed.update((week, role) for role in roles if role not in asked)
        self.no_inbox.update(role for role in asked if role not in roles and role not in draft.desks)
        self.changed += asked.keys() != roles
        self._count_partners(past, invited, asked, draft.policy)
        self._count_quorum(past, invited, asked, draft.policy)
        self._count_notice(past, invited, asked, draft, calendar)

    def _count_partners(
        self, past: PastMeeting, invited: Sequence[PastPlace], asked: Iterable[str], policy: Policy
    ) -> None:
        were = {place.group for place in invited}
        would_be = {policy.role_groups[role] for role in asked}
        partners = policy.meeting_type(past.facts.meeting_type).minimum_partners
        self.missing_before.update(group for group in past.partners if group not in were)
        self.missing_after.update(group for group in partners if group not in would_be)

    def _count_quorum(
        self, past: PastMeeting, invited: Sequence[PastPlace], asked: Mapping[str, Requirement], policy: Policy
    ) -> None:
        if past.starts_at is None or all(place.came is None for place in past.places):
            return
        came = {place.role for place in past.places if place.came}
        core = [place.role for place in invited if place.core]
        _count(self.quorum_before, quorum(past.quorum, came, past.groups, core).met, within_reach=False)
        chosen = policy.meeting_type(past.facts.meeting_type).quorum.rule
        rule = RULES[chosen] if chosen else None
        core = [role for role, requirement in asked.items() if requirement.level is Level.CORE]
        again = came & asked.keys()
        added = asked.keys() - {place.role for place in invited}
        met = quorum(rule, again, policy.role_groups, core).met
        with_them = quorum(rule, again | added, policy.role_groups, core).met
        _count(self.quorum_after, met, within_reach=with_them is True)

    def _count_notice(
        self,
        past: PastMeeting,
        invited: Sequence[PastPlace],
        asked: Mapping[str, Requirement],
        draft: Draft,
        calendar: WorkingCalendar,
    ) -> None:
        handed = [place for place in invited if place.handed_at is not None]
        if past.starts_at is None or not handed:
            return
        for place in handed:
            verdict = _verdict(place, place.owed, past.starts_at, calendar)
            self.before.count(verdict)
            if place.role in asked:
                owed = asked[place.role].notice.standard
                same = owed == place.owed
                self.after.count(verdict if same else _verdict(place, owed, past.starts_at, calendar))
        first = min(place.handed_at for place in handed if place.handed_at is not None)
        roles = {place.role for place in invited}
        for role, requirement in asked.items():
            if role not in roles:
                owed, hours = requirement.notice.standard, draft.desks.get(role, OFFICE)
                self.after.count(kept(first, past.starts_at, owed, hours, calendar))


def _count(quorums: Quorums, met: bool | None, *, within_reach: bool) -> None:  # noqa: FBT001 - the outcome itself
    if met is None:
        quorums.not_set += 1
    elif met:
        quorums.met += 1
    elif within_reach:
        quorums.open += 1
    else:
        quorums.missed += 1


def _verdict(place: PastPlace, owed: Span | None, starts_at: datetime, calendar: WorkingCalendar) -> bool | None:
    return None if place.handed_at is None else kept(place.handed_at, starts_at, owed, place.hours, calendar)


def _monday(instant: datetime) -> date:
    day = local_date(instant)
    return day - timedelta(days=day.weekday())
