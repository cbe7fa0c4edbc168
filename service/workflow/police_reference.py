"""The police's own reference for what a meeting came to: sealed, since it leads to a person in the police's systems.

It stands beside the outcome and is kept when the outcome is corrected by somebody who may not read it. Reading it needs
a reason, and is audited in the same transaction.
"""

from __future__ import annotations

import re

from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.chain import JSON
from service.store.changes import audit
from service.store.changes import outcome as changes
from service.store.changes.meetings import LockedMeeting, lock_meeting
from service.store.sealing import seal
from service.workflow.errors import BadOutcomeError, NoSuchMeetingError
from service.workflow.identity import police_reference_of, reason_said
from service.workflow.papers import key_of
from service.workflow.ports import Services

# Forces write them as 01/12345/26, CAD 1234 28NOV26 or 27MP1/0004711: letters, figures, and what parts them.
_REFERENCE = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./-]{1,39}")


def reference_said(text: str) -> str:
    """A police reference as it is kept, its letters large and its spaces single.

    Raises:
        BadOutcomeError: it is none.
    """
    said = " ".join(text.split()).upper()
    if not _REFERENCE.fullmatch(said):
        raise BadOutcomeError(
            "This is no police reference: write it as the police gave it, up to 40 letters, figures, spaces, dots, "
            "slashes and hyphens, with a figure among them."
        )
    return said


async def keep_police_reference(services: Services, partnership: str, reference: str, text: str, *, actor: str) -> None:
    """Keep, or correct, the police's reference beside a recorded outcome.

    Raises:
        NoSuchMeetingError, ErasedError
        BadOutcomeError: it is no reference, or no outcome is recorded for it to stand beside.
    """
    now, said = services.now(), reference_said(text)
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        found = await changes.sealed_police_reference(conn, partnership, meeting.id)
        if found is None:
            raise BadOutcomeError("Record what the meeting came to first; the police's reference stands beside it.")
        key = await key_of(services, conn, partnership, meeting)
        sealed = seal(key, "meeting_outcomes", found.outcome_id, "sealed_police_reference", said.encode())
        await changes.put_police_reference(conn, partnership, meeting.id, sealed)
        # Never the reference: a hash chain could not forget it.
        data: dict[str, JSON] = {"corrected": found.sealed is not None}
        action = audit.Action.POLICE_REFERENCE_RECORDED
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])


async def open_police_reference(
    services: Services, partnership: str, reference: str, *, reason: str, actor: str
) -> str | None:
    """The police's reference, for somebody with a reason; None where none is kept. Handed back once that is audited.

    Raises:
        NoSuchMeetingError, NoReasonError, ErasedError, SealError
    """
    now, why = services.now(), reason_said(reason)
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        found = await changes.sealed_police_reference(conn, partnership, meeting.id)
        if found is None or found.sealed is None:
            return None
        said = police_reference_of(await key_of(services, conn, partnership, meeting), found.outcome_id, found.sealed)
        data: dict[str, JSON] = {"reason": why, "columns": ["sealed_police_reference"]}
        action = audit.Action.POLICE_REFERENCE_OPENED
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
    return said


async def _locked(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting
