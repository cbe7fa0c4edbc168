"""One request under one policy, explained: what ``convene policy explain`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from service.commands.output import say, show_table
from service.domain.clock_starts import CLOCK_WORDS, clock_instant
from service.domain.london import length_words, local_date, words
from service.domain.notice import NOT_SET
from service.domain.policy import Policy
from service.domain.requests import MeetingRequest, derive_facts
from service.domain.roles import words as role_words
from service.domain.working_time import WorkingCalendar
from service.policies.explain import AgencyRow, Explanation, as_json, explain
from service.store.changes.directory import InboxEntry
from service.store.queries.directory import Inbox
from service.workflow.plan import Plan, make_plan, places_of


@dataclass(frozen=True, slots=True)
class Explained:
    """The plan of a request at one instant and its words. ``hours_known``: a directory gave each agency's hours."""

    at: datetime
    plan: Plan
    explanation: Explanation
    clock_starts_at: datetime | None
    hours_known: bool

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON values; instants in ISO 8601."""
        clocks = self.plan.clocks
        return {
            **as_json(self.explanation),
            "at": self.at,
            "clock_starts_at": self.clock_starts_at,
            "deadline_at": self.plan.deadline_at,
            "deadline": self.plan.timescale.words,
            "deadline_unknown_from": [str(clock) for clock in self.plan.timescale.unknown],
            "clocks": {
                "earliest_fair": clocks.earliest_fair,
                "latest_lawful": clocks.latest_lawful,
                "gap_seconds": None if clocks.gap is None else int(clocks.gap.total_seconds()),
                "gives_way": [{"role": each.role, "sentence": each.sentence()} for each in clocks.gives_way],
                "notice_not_set": list(clocks.not_set),
                "hours": "directory" if self.hours_known else "office hours",
            },
            "places": [
                {
                    "role": binding.requirement.role,
                    "state": str(binding.state),
                    "inbox": None if binding.inbox is None else binding.inbox.name,
                    "children": list(binding.children),
                }
                for binding in self.plan.bindings
            ]
            if self.hours_known
            else None,
        }


def as_inbox(number: int, entry: InboxEntry) -> Inbox:
    """A row of a directory file as if it had been imported."""
    return Inbox(id=UUID(int=number), updated_at=datetime.min.replace(tzinfo=UTC), **asdict(entry))


def explanation_of(
    policy: Policy, request: MeetingRequest, now: datetime, inboxes: Sequence[Inbox], calendar: WorkingCalendar
) -> Explained:
    """Explain a request at an aware instant, counting with a calendar of working days.

    Raises:
        UnknownMeetingTypeError: the policy has no such meeting type.
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    facts = derive_facts(request, local_date(now))
    plan = make_plan(policy, facts, places_of(request.children), inboxes, now=now, calendar=calendar)
    started = clock_instant(policy.meeting_type(facts.meeting_type).clock, facts)
    return Explained(now, plan, explain(policy, facts, plan.evaluation), started, bool(inboxes))


def show_explanation(explained: Explained) -> None:
    """Print it for a person."""
    told = explained.explanation
    extends = f", which extends {', '.join(told.extends)}" if told.extends else ""
    say(f"{told.meeting_type_words}, {told.urgency}, under {told.policy_name} {told.version}{extends}")
    say(f"At {words(explained.at)}; pack {told.content_hash[:12]}")
    say()
    columns = ("agency", "level", "why", "rule", "source", "notice owed")
    show_table("Who must come, and why", columns, [_agency_cells(agency) for agency in told.agencies])
    _show_team(told)
    _show_separate(told)
    _show_clocks(explained)
    _show_places(explained)
    figures = [(row.about, row.words, f"{row.source} ({row.edition})", row.confidence) for row in told.figures]
    show_table("Figures", ("what", "figure", "source", "confidence"), figures)
    for row in told.seen_elsewhere:
        say(f"Seen elsewhere, not a figure of ours: {row.about}, {row.place}: {row.words} ({row.source})")
    for note in told.notes:
        say(f"Note: {note}")
    for stage in told.escalation:
        say(f"If professionals disagree, {stage.about}: {stage.words} ({stage.source})")
    silent = [(row.rule, ", ".join(row.would_invite) or "-", row.why) for row in told.silent]
    show_table("Rules that did not fire", ("rule", "would invite", "because"), silent)


def _agency_cells(agency: AgencyRow) -> tuple[str, ...]:
    about = f" (for {', '.join(agency.children)})" if agency.children else ""
    marks = [
        *(["its shared inbox must not be told"] if agency.excluded else []),
        *(["a written report is accepted"] if agency.report_accepted else []),
    ]
    return (
        agency.words + about,
        agency.level,
        "\n".join([*(f"{each.reason}: {each.fact}" for each in agency.reasons), *marks]),
        "\n".join(each.rule for each in agency.reasons),
        "\n".join(f"{each.source} [{each.confidence}]" for each in agency.reasons),
        _notice_words(agency),
    )


def _notice_words(agency: AgencyRow) -> str:
    if agency.notice_standard == agency.notice_minimum == NOT_SET:
        return NOT_SET
    return f"{agency.notice_standard}; at least: {agency.notice_minimum}"


def _show_team(told: Explanation) -> None:
    for row in told.arranged_here:
        say(f"Arranged here, {row.about}: {row.words} ({row.source} [{row.confidence}])")
    if told.team is not None:
        say(f"Goes to: {told.team.words} ({told.team.rule}: {told.team.reason}; {told.team.fact})")


def _show_separate(told: Explanation) -> None:
    for row in told.separate:
        agencies = f" with {', '.join(row.agencies)}" if row.agencies else ""
        say(f"A separate meeting must be opened: {row.words}{agencies} ({row.rule}: {row.reason}; {row.source})")
    for arrangement in told.arrangements:
        say(f"Arrange: {arrangement}")
    if told.followed_by:
        say(f"Followed by: {told.followed_by}")


def _show_clocks(explained: Explained) -> None:
    plan, started = explained.plan, explained.clock_starts_at
    clock = CLOCK_WORDS[plan.policy.meeting_type(plan.facts.meeting_type).clock]
    say(f"Its clock starts with {clock}: {words(started) if started else 'the request does not say when'}")
    say(f"Deadline: {plan.timescale.words}")
    clocks = plan.clocks
    say(f"Earliest start fair to all: {words(clocks.earliest_fair) if clocks.earliest_fair else NOT_SET}")
    say(f"Latest start in time: {words(clocks.latest_lawful) if clocks.latest_lawful else _no_deadline(plan)}")
    if clocks.gap is not None:
        short = clocks.gap.total_seconds() < 0
        say(f"Between them: {length_words(clocks.gap)}{' too little: notice must give way' if short else ''}")
    for each in clocks.gives_way:
        say(f"  {each.sentence()}")
    if clocks.earliest_fair is not None and not explained.hours_known:
        say("(counted in office hours; --directory counts in each agency's own)")
    say()


def _no_deadline(plan: Plan) -> str:
    return "unknown" if plan.timescale.unknown else NOT_SET


def _show_places(explained: Explained) -> None:
    if not explained.hours_known:
        return
    rows = [
        (
            role_words(binding.requirement.role),
            str(binding.state).replace("_", " "),
            binding.inbox.name if binding.inbox else "-",
            ", ".join(binding.children) or "-",
        )
        for binding in explained.plan.bindings
    ]
    show_table("Inboxes", ("agency", "state", "inbox", "children"), rows)
