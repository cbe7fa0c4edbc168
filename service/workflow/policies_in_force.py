"""The policy in force for each partnership: the program's own pack, or what two people put in force by hand since.

A process holds them in memory and looks now and then whether a later one has come to hold. A meeting planned in
between keeps the version that planned it, like every meeting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import structlog

from service.domain.policy import Policy
from service.policies.load import from_content
from service.policies.refusal import PolicyRefused
from service.store.queries.policy_drafts import published_by_hand
from service.workflow.ports import Services

log = structlog.get_logger(__name__)


class InForce(Mapping[str, Policy]):
    """Each partnership's policy now. Made of the program's own packs; ``look_again`` puts later ones in their place."""

    def __init__(self, own: Mapping[str, Policy]) -> None:
        self.own = dict(own)
        self._now = dict(own)

    def __getitem__(self, partnership: str) -> Policy:
        return self._now[partnership]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def put(self, partnership: str, policy: Policy) -> None:
        """Let this policy hold from now on."""
        self._now[partnership] = policy


async def look_again(services: Services) -> None:
    """Let hold what holds now by the database. A version this program cannot read is logged, and changes nothing."""
    held = services.policies
    if not isinstance(held, InForce):
        return
    async with services.engine.connect() as conn:
        for partnership in held:
            found = await published_by_hand(conn, partnership, services.now())
            if found is None:
                held.put(partnership, held.own[partnership])
            elif found.hash != held[partnership].content_hash:
                try:
                    held.put(partnership, from_content(found.content))
                except PolicyRefused as refused:
                    log.error("policy not readable", partnership=partnership, hash=found.hash, because=str(refused))
