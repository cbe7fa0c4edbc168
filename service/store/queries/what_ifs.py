"""Reads of drafts that are tried on a long stretch of the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import policy_drafts, what_ifs


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One try. ``result`` are its counts, once it is done; ``done`` of ``total`` meetings meanwhile. ``note`` is what
    the draft's author said of it.
    """

    id: UUID
    partnership: str
    draft_id: UUID
    first: date
    last: date
    state: str
    done: int
    total: int
    result: dict[str, Any] | None
    problem: str
    asked_at: datetime
    note: str


async def what_if(conn: AsyncConnection, partnership: str, what_if_id: UUID) -> WhatIf | None:
    """One of them."""
    w, d = what_ifs.c, policy_drafts.c
    found = await conn.execute(
        select(
            w.id, w.partnership_id, w.draft_id, w.first_day, w.last_day, w.state, w.done, w.total, w.result, w.problem,
            w.asked_at, d.note,
        )
        .join(policy_drafts, d.id == w.draft_id)
        .where(w.partnership_id == partnership, d.partnership_id == partnership, w.id == what_if_id)
    )  # fmt: skip
    row = found.one_or_none()
    return None if row is None else WhatIf(*tuple(row))
