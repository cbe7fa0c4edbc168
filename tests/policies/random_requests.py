"""Random requests from a seed: any mixture of the words a request may hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from service.domain.facts import CHILD_FLAGS, CIRCUMSTANCES, AgeBand, ChildFacts, RequestFacts, Urgency
from service.domain.policy import Policy
from service.domain.roles import ROLES

MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)

# Every instant a request may or may not hold, and from which a deadline may count.
CLOCKS = (
    "initiating_sd_at",
    "last_sd_at",
    "action_taken_at",
    "decided_at",
    "missing_since",
    "icpc_at",
    "previous_review_at",
    "written_notification_at",
    "lado_referral_at",
    "birth_clock_at",
    "delivery_clock_at",
)


def random_requests(policy: Policy, count: int, seed: int) -> Iterator[RequestFacts]:
    """``count`` requests that the policy knows the meeting type of."""
    dice = Random(seed)  # noqa: S311 - reproducible examples, no secret
    types = sorted(policy.meeting_types)
    for _ in range(count):
        instants: dict[str, Any] = {clock: _instant(dice) for clock in CLOCKS}
        yield RequestFacts(
            meeting_type=dice.choice(types),
            urgency=dice.choice(list(Urgency)),
            concern_recorded_at=MONDAY,
            children=tuple(_child(dice, number) for number in range(dice.randrange(4))),
            circumstances=_some(dice, CIRCUMSTANCES, 6),
            involved_roles=_some(dice, ROLES, 3),
            excluded_roles=_some(dice, ROLES, 2),
            referrer_role=dice.choice([None, *sorted(ROLES)]),
            **instants,
        )


def _instant(dice: Random) -> datetime | None:
    return None if dice.random() < 0.3 else MONDAY - timedelta(minutes=dice.randrange(90 * 24 * 60))


def _child(dice: Random, number: int) -> ChildFacts:
    return ChildFacts(
        f"child-{number}",
        dice.choice(list(AgeBand)),
        on_school_roll=dice.random() < 0.5,
        flags=_some(dice, CHILD_FLAGS, 3),
    )


def _some(dice: Random, words: Collection[str], most: int) -> frozenset[str]:
    return frozenset(dice.sample(sorted(words), dice.randrange(most + 1)))
