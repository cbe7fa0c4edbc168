"""One-time codes: sent to a place's own inbox, typed on its page by whoever reads that inbox.

What a code says is worked out from its row's id and the secret that signs the links, so it stands in no table; the
message that carries it is kept sealed. Whether it fits is decided, and counted, in a transaction of its own: a wrong
try is kept even where nothing else happens.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.one_time_codes import (
    CHARACTERS,
    LIFE,
    Code,
    NoCode,
    living,
    too_many_asked,
    why_not,
)
from service.domain.references import code_of, code_typed
from service.store.changes import audit, meetings, proofs
from service.store.changes.bulk import write_rows
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries.proofs import ProofPlace, codes_of, proof_place
from service.store.tables import outbox
from service.workflow.calling import Call, outbox_row
from service.workflow.errors import CannotSendCodeError, NoSuchMeetingError
from service.workflow.ports import AnswerLinks, Services

CODE = "code"
"""What an outbox row that carries a code is about."""
_PURPOSE = b"convene one-time code 1\x00"
_NOT_NOW = "No code can be sent for this meeting now. Phone us."
_BY_PHONE = "We have no e-mail address for your agency, so no code can be sent. Phone us."
_ENOUGH = "Several codes have been sent in the last 15 minutes. Use the newest one, or phone us."


@dataclass(frozen=True, slots=True)
class CodesOut:
    """What a page may say of the codes that were sent: when the last one was asked for, if one can still be used."""

    last_asked_at: datetime | None


def code_words(links: AnswerLinks, code_id: UUID) -> str:
    """What a code says: six characters in two halves, such as "7K3-Q9X"."""
    return code_of(hmac.digest(links.secret, _PURPOSE + code_id.bytes, hashlib.sha256), CHARACTERS)


async def codes_out(services: Services, partnership: str, requirement_id: UUID) -> CodesOut:
    """Whether a code can be typed now. Changes nothing."""
    now = services.real_now()
    async with services.engine.connect() as conn:
        alive = living(await codes_of(conn, partnership, requirement_id, now - LIFE), now)
    return CodesOut(alive[-1].asked_at if alive else None)


async def ask_for_code(services: Services, partnership: str, requirement_id: UUID, *, actor: str) -> None:
    """Send a code to the place's own inbox.

    Raises:
        CannotSendCodeError: the place is not asked, has no address, or was sent several codes just now.
        NoSuchMeetingError: this partnership has no such place.
    """
    now = services.real_now()
    async with services.engine.begin() as conn:
        place, meeting = await _locked(conn, partnership, requirement_id)
        event = await meetings.live_event(conn, partnership, meeting.id)
        if place.state != "wanted" or place.meeting_state not in {"confirmed", "held"} or event is None:
            raise CannotSendCodeError(_NOT_NOW)
        if not place.by_mail:
            raise CannotSendCodeError(_BY_PHONE)
        if too_many_asked(await codes_of(conn, partnership, requirement_id, now - LIFE), now):
            raise CannotSendCodeError(_ENOUGH)
        code_id = new_id(now)
        about = {"partnership_id": partnership, "meeting_id": meeting.id, "requirement_id": requirement_id}
        await proofs.add_code(conn, {"id": code_id, **about, "asked_at": now})
        row = outbox_row(
            _call(services, partnership, meeting, event),
            "message",
            f"code:{code_id}",
            0,
            requirement_id=requirement_id,
            detail={"about": CODE, "code": str(code_id), "until": (now + LIFE).isoformat()},
        )
        await write_rows(conn, [(outbox, [row])])
        await _audited(services, conn, partnership, meeting, audit.Action.CODE_ASKED, requirement_id, actor)
    await services.wake.outbox([row["id"]], ahead=True)


async def try_code(
    services: Services, partnership: str, requirement_id: UUID, typed: str, *, actor: str
) -> UUID | NoCode:
    """Use up the code that was typed and return its id, or say why it is not taken. Either way it is written down.

    Raises:
        NoSuchMeetingError: this partnership has no such place.
    """
    now, said = services.real_now(), code_typed(typed).encode()
    async with services.engine.begin() as conn:
        _, meeting = await _locked(conn, partnership, requirement_id)
        alive = living(await codes_of(conn, partnership, requirement_id, now - LIFE), now)
        fits = [code for code in alive if hmac.compare_digest(code_typed(_words(services, code)).encode(), said)]
        if fits:
            await proofs.use_code(conn, partnership, fits[0].id, now)
            await _audited(services, conn, partnership, meeting, audit.Action.CODE_USED, requirement_id, actor)
            return fits[0].id
        await proofs.count_wrong(conn, partnership, [code.id for code in alive])
        await _audited(services, conn, partnership, meeting, audit.Action.CODE_REFUSED, requirement_id, actor)
    return why_not(alive)


def _words(services: Services, code: Code) -> str:
    return code_words(services.links, code.id)


async def _locked(conn: AsyncConnection, partnership: str, requirement_id: UUID) -> tuple[ProofPlace, LockedMeeting]:
    place = await proof_place(conn, partnership, requirement_id)
    meeting = await meetings.lock_meeting(conn, partnership, place.reference) if place else None
    if place is None or meeting is None:
        raise NoSuchMeetingError("")
    return place, meeting


def _call(services: Services, partnership: str, meeting: LockedMeeting, event: tuple[UUID, UUID]) -> Call:
    now = services.now()
    return Call(
        partnership=partnership,
        meeting_id=meeting.id,
        version=meeting.version,
        starts_at=meeting.starts_at or now,
        ends_at=meeting.ends_at or now,
        event_id=event[0],
        mailbox_id=event[1],
        ladder=None,
        immediate=False,
        now=now,
        real_now=services.real_now(),
    )


async def _audited(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    action: audit.Action,
    requirement_id: UUID,
    actor: str,
) -> None:
    data = {"requirement": str(requirement_id)}
    await audit.append(conn, [audit.Event(partnership, meeting.id, services.now(), actor, action, data)])
