"""A changed policy pack: uploaded by its owner, tried on the past, and put in force by a second person."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.london import date_words, local_date, start_of_day
from service.domain.policy import Policy
from service.domain.replay import Replay
from service.policies.figures import FigureLine, MeetingFigures, figures_of
from service.policies.load import content, from_content, load_file, packaged_source
from service.policies.refusal import PolicyRefused
from service.store.chain import instant_text
from service.store.changes import audit, policies
from service.store.changes import policy_drafts as changes
from service.store.ids import new_id
from service.store.queries.partnerships import partnership_by_id
from service.store.queries.policy_drafts import PolicyDraft, policy_draft, policy_drafts_of
from service.workflow.errors import ChangedMeanwhileError, PolicyDraftRefusedError
from service.workflow.policies_in_force import look_again
from service.workflow.ports import Services
from service.workflow.replay import replay_policy

__all__ = [
    "FigureLine",
    "draft_policy",
    "drafts_of",
    "drop_draft",
    "figures_in_force",
    "older_packs",
    "publish_draft",
    "read_draft",
    "source_in_force",
    "try_draft",
]

_LONGEST_NOTE = 200
LARGEST_BYTES = 256 * 1024
# How many differing statements a sentence names.
_NAMED = 5


def read_draft(pack: str, source: bytes) -> Policy:
    """A pack as its owner uploaded it, merged with the program's packs that it extends.

    Raises:
        PolicyDraftRefusedError: it is no good pack, or another partnership's; the sentence says where and why.
    """
    if len(source) > LARGEST_BYTES:
        raise PolicyDraftRefusedError("The file is too large for a policy pack.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{pack}.toml"
        file.write_bytes(source)
        try:
            policy = load_file(file)
        except PolicyRefused as refused:
            raise PolicyDraftRefusedError(str(refused)) from None
    if policy.id != pack:
        raise PolicyDraftRefusedError(f"This is the pack {policy.id!r}. Yours is {pack!r}: change its id, or the file.")
    return policy


async def draft_policy(services: Services, partnership: str, source: bytes, note: str, *, actor: str) -> PolicyDraft:
    """Keep an uploaded pack as a draft. Nothing is planned by it yet.

    Raises:
        PolicyDraftRefusedError: no good pack; nothing was changed in it; or no note says what was.
    """
    now, said = services.now(), " ".join(note.split())
    if not said or len(said) > _LONGEST_NOTE or not said.isprintable():
        raise PolicyDraftRefusedError("Say in a sentence of up to 200 characters what you changed, and why.")
    async with services.engine.begin() as conn:
        home = await partnership_by_id(conn, partnership)
        policy = read_draft(home.pack if home else partnership, source)
        if policy.content_hash == services.policies[partnership].content_hash:
            raise PolicyDraftRefusedError("This pack says exactly what holds today. There is nothing to publish.")
        draft_id = new_id(now)
        values = {
            "id": draft_id,
            "partnership_id": partnership,
            "hash": policy.content_hash,
            "pack": policy.id,
            "version": policy.version,
            "content": content(policy),
            "source": source.decode("utf-8"),
            "note": said,
            "made_by": actor,
            "made_at": now,
        }
        await changes.add(conn, values)
        data = {"draft": str(draft_id), "hash": policy.content_hash}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.POLICY_DRAFTED, data)])
        return await _known(conn, partnership, draft_id)


async def publish_draft(
    services: Services, partnership: str, draft_id: UUID, first_day: date | None, *, actor: str
) -> PolicyDraft:
    """Put a draft in force from a London day on, or at once. Meetings that are planned already keep their version.

    Raises:
        PolicyDraftRefusedError: the person who made it, a day that is past, or a pack the program no longer reads.
        ChangedMeanwhileError: somebody has published or dropped it meanwhile, or there is no such draft.
    """
    now = services.now()
    starts_at = now if first_day is None or first_day == local_date(now) else start_of_day(first_day)
    if starts_at < now:
        raise PolicyDraftRefusedError("This day is past. Choose today or a day to come.")
    async with services.engine.begin() as conn:
        draft = await _known(conn, partnership, draft_id)
        if draft.made_by == actor:
            raise PolicyDraftRefusedError("You made this draft. Somebody else must publish it.")
        try:
            from_content(draft.content)
        except PolicyRefused as refused:
            raise PolicyDraftRefusedError(f"{refused} Upload the file again.") from None
        if not await changes.end(conn, partnership, draft_id, "published", by=actor, now=now, starts_at=starts_at):
            raise ChangedMeanwhileError
        version = policies.NewVersion(draft.hash, draft.pack, draft.version, draft.content, starts_at)
        if not await policies.publish(conn, partnership, version, by=actor, now=now):
            # Its content is known already: what is new is that it holds again.
            data = {"hash": draft.hash, "draft": str(draft_id), "starts_at": instant_text(starts_at)}
            event = audit.Event(partnership, None, now, actor, audit.Action.POLICY_PUBLISHED, data)
            await audit.append(conn, [event])
        published = await _known(conn, partnership, draft_id)
    await look_again(services)
    return published


def older_packs(draft: PolicyDraft) -> str:
    """What to say of a draft that was merged with packs the program no longer has; empty where nothing differs.

    A draft keeps what it was merged to, for ever: a figure that the national pack states anew reaches it only when its
    file is uploaded again.
    """
    try:
        today = content(read_draft(draft.pack, draft.source.encode()))
    except PolicyDraftRefusedError as refused:
        return f"Merged with the packs of today its file would be refused: {refused}"
    differing = [
        f"{part} {name}" if name else part
        for part in sorted({*today, *draft.content})
        for name in _differing(today.get(part), draft.content.get(part))
    ]
    if not differing:
        return ""
    named = ", ".join(differing[:_NAMED]) + (" and more" if len(differing) > _NAMED else "")
    return (
        f"The packs it extends have changed since it was uploaded on {date_words(local_date(draft.made_at))} "
        f"({named}). It keeps to the older ones until its file is uploaded again and published."
    )


def _differing(now: object, then: object) -> Iterator[str]:
    """The names under one part of a pack whose statements differ; of a list of rules, their ids."""
    if isinstance(now, list) and isinstance(then, list):
        now, then = _by_id(now), _by_id(then)
    if isinstance(now, dict) and isinstance(then, dict):
        yield from (name for name in sorted({*now, *then}) if now.get(name) != then.get(name))
    elif now != then:
        yield ""


def _by_id(rows: Sequence[Any]) -> dict[str, Any]:
    return {str(row.get("id", number) if isinstance(row, dict) else number): row for number, row in enumerate(rows)}


async def drop_draft(services: Services, partnership: str, draft_id: UUID, *, actor: str) -> None:
    """Put a draft away. Its owner may, and so may anybody who could have published it.

    Raises:
        ChangedMeanwhileError: somebody has ended it meanwhile, or there is no such draft.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        if not await changes.end(conn, partnership, draft_id, "dropped", by=actor, now=now):
            raise ChangedMeanwhileError
        data = {"draft": str(draft_id)}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.POLICY_DROPPED, data)])


async def drafts_of(services: Services, partnership: str) -> list[PolicyDraft]:
    """Open and published drafts, the newest first."""
    async with services.engine.connect() as conn:
        return await policy_drafts_of(conn, partnership)


async def source_in_force(services: Services, partnership: str) -> str | None:
    """The file of the policy that holds now, as its owner wrote it. None: it is neither a draft's nor the program's."""
    policy = services.policies[partnership]
    for draft in await drafts_of(services, partnership):
        if draft.hash == policy.content_hash:
            return draft.source
    return packaged_source(policy)


def figures_in_force(services: Services, partnership: str) -> tuple[MeetingFigures, ...]:
    """Every figure of the policy that holds now, with what is unset and what was to be reviewed by today."""
    return figures_of(services.policies[partnership], local_date(services.now()))


async def try_draft(services: Services, partnership: str, draft: PolicyDraft, first: date, last: date) -> Replay:
    """What a draft would have done to the requests of these London days. Raises as ``replay_policy``."""
    return await replay_policy(services, partnership, from_content(draft.content), first, last, lambda _, __: None)


async def _known(conn: AsyncConnection, partnership: str, draft_id: UUID) -> PolicyDraft:
    found = await policy_draft(conn, partnership, draft_id)
    if found is None:
        raise ChangedMeanwhileError
    return found
