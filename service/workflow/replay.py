"""Trying a draft policy on past requests. Reads only: the database itself refuses a write meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.hours import parse
from service.domain.london import start_of_day
from service.domain.policy import Policy
from service.domain.quorum import RULES, QuorumRule
from service.domain.replay import Draft, PastMeeting, Replay
from service.policies.load import from_content
from service.policies.refusal import PolicyRefused
from service.store.queries import replay
from service.store.queries.directory import inboxes_for
from service.store.queries.policies import policy_by_hash
from service.workflow.errors import BadTimeError
from service.workflow.ports import Services
from service.workflow.stored_facts import facts_from_json

Progress = Callable[[int, int], None]
"""Told how many meetings are done, of how many."""


async def replay_policy(
    services: Services, partnership: str, policy: Policy, first: date, last: date, progress: Progress
) -> Replay:
    """Put every request that came in on the London days ``first`` to ``last``, both counted, to a draft.

    Raises:
        BadTimeError: the last day comes before the first.
        CalendarTooShortError: a count runs beyond the known bank holidays.
    """
    if last < first:
        raise BadTimeError(f"The period ends on {last}, before it begins on {first}.")
    start, end = start_of_day(first), start_of_day(min(last, date.max - timedelta(days=1)) + timedelta(days=1))
    tally = Replay()
    async with services.engine.connect() as conn:
        await conn.execute(text("SET TRANSACTION READ ONLY"))
        draft = Draft(policy, {each.role: parse(each.hours) for each in await inboxes_for(conn, partnership)})
        planned = _Planned(conn, partnership)
        total = await replay.how_many(conn, partnership, start, end)
        progress(0, total)
        async for stored in replay.stream_meetings(conn, partnership, start, end):
            facts = facts_from_json(stored.facts, stored.concern_recorded_at)
            took_place = None if stored.state == "cancelled" else stored.starts_at
            least, rule, groups = await planned.by(stored.policy_hash, facts.meeting_type)
            past = PastMeeting(
                stored.reference, stored.received_at, took_place, facts, least, stored.places, rule, groups
            )
            tally.add(past, draft, services.calendar)
            progress(tally.meetings, total)
    return tally


class _Planned:
    """What the policy that planned a meeting says of its type; a version is read once."""

    def __init__(self, conn: AsyncConnection, partnership: str) -> None:
        self._conn, self._partnership = conn, partnership
        self._policies: dict[str, Policy | None] = {}

    async def by(
        self, policy_hash: str, meeting_type: str
    ) -> tuple[tuple[str, ...], QuorumRule | None, Mapping[str, str]]:
        """The least partners, the quorum's rule (None: not set) and how roles are grouped."""
        if policy_hash not in self._policies:
            self._policies[policy_hash] = await self._policy(policy_hash)
        policy = self._policies[policy_hash]
        found = policy.meeting_types.get(meeting_type) if policy else None
        if policy is None or found is None:
            return (), None, {}
        rule = found.quorum.rule
        return found.minimum_partners, RULES[rule] if rule else None, policy.role_groups

    async def _policy(self, policy_hash: str) -> Policy | None:
        version = await policy_by_hash(self._conn, self._partnership, policy_hash)
        try:
            return from_content(version.content) if version else None
        except (PolicyRefused, LookupError):
            # A version that this program no longer reads: what it named as the least is not known.
            return None
