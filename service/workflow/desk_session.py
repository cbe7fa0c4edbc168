"""A desk session: one code, one named user, and the meetings of their agency's inbox for a shift.

The browser keeps a random word; we keep its hash, and the user's name sealed under a key of its own. Each opening in
the session is an opening by ``Proof.DESK_SESSION``, checked against the case like any other.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from service.domain.one_time_codes import SESSION
from service.store.changes import audit, meetings, proofs
from service.store.ids import new_id
from service.store.queries.proofs import DeskMeeting, desk_meetings, desk_session, proof_place
from service.store.sealing import SealError, seal, unseal
from service.workflow.disclosing import must_not_hear
from service.workflow.errors import NoSuchMeetingError
from service.workflow.links import KEPT_AFTER_START
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits at an agency's desk. ``word`` is the browser's own, and the root of its forms' anti-forgery word."""

    session_id: UUID
    partnership: str
    inbox_id: UUID
    agency: str
    service_phone: str
    ends_at: datetime
    name: str = field(repr=False)
    word: str = field(repr=False)


async def begin_desk_session(
    services: Services, partnership: str, requirement_id: UUID, code_id: UUID, name: str, *, actor: str
) -> str:
    """Open the session of somebody who has just used this code; returns the word their browser is to keep.

    Raises:
        NoSuchMeetingError: there is no such place, or the name may be tied to its case; nothing tells which.
    """
    now, word = services.real_now(), secrets.token_urlsafe(32)
    key, session_id = services.keyring.new_data_key(), new_id(now)
    refused = False
    async with services.engine.begin() as conn:
        place = await proof_place(conn, partnership, requirement_id)
        meeting = await meetings.lock_meeting(conn, partnership, place.reference) if place else None
        if place is None or meeting is None or place.inbox_id is None or place.state != "wanted":
            raise NoSuchMeetingError("")
        refused = await must_not_hear(conn, services, partnership, meeting, requirement_id, name, actor=actor)
        if not refused:
            await proofs.add_session(
                conn,
                {
                    "id": session_id,
                    "partnership_id": partnership,
                    "inbox_id": place.inbox_id,
                    "code_id": code_id,
                    "word_hash": _hashed(word),
                    "key_id": key.key_id,
                    "wrapped_key": key.wrapped,
                    "sealed_name": seal(key, "desk_sessions", session_id, "sealed_name", name.encode()),
                    "began_at": now,
                    "ends_at": now + SESSION,
                },
            )
            data = {"session": str(session_id), "requirement": str(requirement_id)}
            event = audit.Event(partnership, meeting.id, services.now(), actor, audit.Action.DESK_SESSION_BEGUN, data)
            await audit.append(conn, [event])
    if refused:
        raise NoSuchMeetingError("")
    return word


async def desk_of(services: Services, word: str) -> Desk | None:
    """Whose session this is; None when it has ended, or never was."""
    async with services.engine.connect() as conn:
        kept = await desk_session(conn, _hashed(word))
    if kept is None or kept.ended_at is not None or services.real_now() >= kept.ends_at:
        return None
    try:
        key = services.keyring.open_data_key(kept.key_id, kept.wrapped_key)
        name = unseal(key, "desk_sessions", kept.id, "sealed_name", kept.sealed_name).decode()
    except SealError:
        return None
    return Desk(kept.id, kept.partnership, kept.inbox_id, kept.agency, kept.service_phone, kept.ends_at, name, word)


async def meetings_of_desk(services: Services, desk: Desk) -> list[DeskMeeting]:
    """The meetings this desk is asked to, those of the last week included."""
    async with services.engine.connect() as conn:
        return await desk_meetings(conn, desk.partnership, desk.inbox_id, services.now() - KEPT_AFTER_START)


async def end_desk_session(services: Services, desk: Desk, *, actor: str) -> None:
    """End the session before its time; ending it twice is no error."""
    async with services.engine.begin() as conn:
        if await proofs.end_session(conn, desk.partnership, desk.session_id, services.real_now()):
            data = {"session": str(desk.session_id)}
            event = audit.Event(desk.partnership, None, services.now(), actor, audit.Action.DESK_SESSION_ENDED, data)
            await audit.append(conn, [event])


def _hashed(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "surrogateescape")).digest()
