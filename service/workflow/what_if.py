"""Trying a draft of the policy on up to a year of past requests: asked for by a page, done by the worker, looked at
again.

Only counts are kept, and no meeting. A worker that dies leaves a row whose lease runs out; the next tick begins it
anew, which does no harm because it reads alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from service.domain.replay import Replay
from service.domain.working_time import CalendarTooShortError
from service.policies.load import from_content
from service.policies.refusal import PolicyRefused
from service.store.chain import JSON
from service.store.changes import audit
from service.store.changes import what_ifs as changes
from service.store.ids import new_id
from service.store.queries import what_ifs as reads
from service.store.queries.policy_drafts import PolicyDraft, policy_draft
from service.store.queries.what_ifs import WhatIf
from service.workflow.ports import Services
from service.workflow.replay import replay_policy

LONGEST = timedelta(days=366)
_NOTED_EVERY = 1.0


async def ask(services: Services, partnership: str, draft: PolicyDraft, first: date, last: date, *, actor: str) -> UUID:
    """Have a draft tried on the requests of these London days, both counted; returns the id to look at it by.

    Raises:
        ValueError: the days are not in order, or more than a year apart.
    """
    if not timedelta(0) <= last - first < LONGEST:
        raise ValueError("a draft is tried on up to a year")
    now = services.now()
    wanted = new_id(now)
    row = {"id": wanted, "draft_id": draft.id, "first_day": first, "last_day": last, "asked_by": actor, "asked_at": now}
    async with services.engine.begin() as conn:
        await changes.ask(conn, partnership, row)
        data: dict[str, JSON] = {"draft": str(draft.id), "first": first.isoformat(), "last": last.isoformat()}
        await audit.append(conn, [audit.Event(partnership, None, now, actor, audit.Action.POLICY_TRIED, data)])
    return wanted


async def look(services: Services, partnership: str, what_if_id: UUID) -> WhatIf | None:
    """How far it is, or what came of it."""
    async with services.engine.connect() as conn:
        return await reads.what_if(conn, partnership, what_if_id)


async def do_next(services: Services) -> bool:
    """Do the one that has waited longest; False when none waits."""
    async with services.engine.begin() as conn:
        claimed = await changes.claim(conn, services.real_now())
    if claimed is None:
        return False
    partnership, wanted = claimed
    async with services.engine.connect() as conn:
        asked = await reads.what_if(conn, partnership, wanted)
        draft = await policy_draft(conn, partnership, asked.draft_id) if asked else None
    if asked is None or draft is None:
        return False
    values: dict[str, Any]
    try:
        values = {"state": "done", "result": counts_of(await _tried(services, asked, draft))}
    except CalendarTooShortError:
        values = {"state": "failed", "problem": "a count runs beyond the known bank holidays"}
    except (PolicyRefused, LookupError):
        values = {"state": "failed", "problem": "this version of the program cannot read the draft any more"}
    async with services.engine.begin() as conn:
        await changes.end(conn, partnership, wanted, values | {"ended_at": services.now()})
    return True


async def _tried(services: Services, asked: WhatIf, draft: PolicyDraft) -> Replay:
    far = [0, 0]

    def told(done: int, total: int) -> None:
        far[:] = done, total

    async def noted() -> None:
        while True:
            await asyncio.sleep(_NOTED_EVERY)
            async with services.engine.begin() as conn:
                await changes.note(conn, asked.partnership, asked.id, far[0], far[1], services.real_now())

    noting = asyncio.ensure_future(noted())
    try:
        policy = from_content(draft.content)
        return await replay_policy(services, asked.partnership, policy, asked.first, asked.last, told)
    finally:
        noting.cancel()
        await asyncio.gather(noting, return_exceptions=True)


def counts_of(found: Replay) -> dict[str, Any]:
    """The counts of a replay as they are kept: by agency how many invitations were added and taken away."""
    added: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for line in found.lines():
        added[line.role] += line.added
        removed[line.role] += line.removed
    return {
        "meetings": found.meetings,
        "changed": found.changed,
        "agencies": [[role, added[role], removed[role]] for role in sorted({*added, *removed})],
        "short_before": [found.before.broken, found.before.kept + found.before.broken],
        "short_after": [found.after.broken, found.after.kept + found.after.broken],
        "quorum_before": asdict(found.quorum_before),
        "quorum_after": asdict(found.quorum_after),
        "unplannable": sum(found.unplannable.values()),
    }
