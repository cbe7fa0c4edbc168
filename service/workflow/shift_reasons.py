"""Why somebody of ours opens what is sealed about one meeting: said once, and good for that meeting for one shift.

It is kept sealed, for whoever said it alone. Each opening still keeps the reason beside itself and is audited.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from service.domain.one_time_codes import SESSION
from service.store.changes import drafts
from service.store.changes.drafts import DraftKept
from service.store.queries.drafts import draft_of
from service.store.sealing import unseal
from service.workflow.drafts import Author
from service.workflow.ports import Services

_KIND = "reason"
_OF_REASONS = UUID("8d0f5a53-0a7e-5b7c-9d53-6f1c5a3f2c10")


@dataclass(frozen=True, slots=True, repr=False)
class ShiftReason:
    """What was said, and until when it is good (real time)."""

    reason: str
    until: datetime


def _id(author: Author, reference: str) -> UUID:
    return uuid5(_OF_REASONS, f"{author.partnership}:{author.staff_id}:{reference}")


async def keep_reason(services: Services, author: Author, reference: str, reason: str) -> None:
    """Keep why somebody opens things of this meeting, for a shift from now; a newer reason replaces an older one."""
    kept = DraftKept(_id(author, reference), author.staff_id, json.dumps(reason).encode(), kind=_KIND)
    async with services.engine.begin() as conn:
        await drafts.keep(conn, services.keyring, author.partnership, kept, now=services.real_now())


async def reason_of_shift(services: Services, author: Author, reference: str) -> ShiftReason | None:
    """The reason that this person gave for this meeting within the shift; None where it is to be asked for."""
    reason_id = _id(author, reference)
    async with services.engine.connect() as conn:
        found = await draft_of(conn, author.partnership, author.staff_id, reason_id)
    if found is None or found.sealed_form is None or found.kind != _KIND:
        return None
    if services.real_now() - found.updated_at >= SESSION:
        return None
    key = services.keyring.open_data_key(found.key_id, found.wrapped_key)
    said = unseal(key, "drafts", reason_id, "sealed_form", found.sealed_form)
    return ShiftReason(json.loads(said), found.updated_at + SESSION)
