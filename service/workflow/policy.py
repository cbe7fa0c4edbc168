"""The rules a meeting was planned under. They stay its rules, whatever has been published since."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.policy import Policy
from service.policies.load import from_content
from service.store.queries.policies import policy_by_hash
from service.workflow.errors import NotReadyError
from service.workflow.ports import Services


async def policy_of(services: Services, conn: AsyncConnection, partnership: str, content_hash: str) -> Policy:
    """The policy with this content hash: the current one if that is it, else the version kept in the database.

    Raises:
        NotReadyError: the database has no such version.
        PolicyRefused: the version was kept in a form that this program no longer reads.
    """
    current = services.policies.get(partnership)
    if current is not None and current.content_hash == content_hash:
        return current
    kept = await policy_by_hash(conn, partnership, content_hash)
    if kept is None:
        raise NotReadyError(
            f"The policy that planned this meeting of {partnership} is not in the database. Restore it from a backup."
        )
    return from_content(kept.content)


async def meeting_words(
    services: Services, conn: AsyncConnection, partnership: str, content_hash: str, meeting_type: str
) -> str:
    """What a meeting of this type is called in messages. Raises as ``policy_of``, and UnknownMeetingTypeError."""
    policy = await policy_of(services, conn, partnership, content_hash)
    return policy.meeting_type(meeting_type).name
