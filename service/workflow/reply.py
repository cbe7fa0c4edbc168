"""Recording answers: one kind of record, whichever way they came in. An unmatched answer is a task, not a loss."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.answers import CLOSES_THE_CHASE, WORDS, Answer, Way
from service.domain.roles import ROLES
from service.store.changes import answers, audit, meetings, tasks
from service.store.changes.answers import Place
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.sealing import KeyErased, seal
from service.workflow import identity
from service.workflow.errors import NameRefusedError, NoSuchMeetingError, NoSuchRequirementError
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row, to_who_is_there


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as it came. The agency is named by its requirement, by its role (and slot), or by an address.

    ``version`` is the invitation version it answers; None means the current one. ``natural_key`` makes the same
    answer read twice one record. Instants are aware.
    """

    answer: Answer
    way: Way
    answered_at: datetime
    natural_key: str
    requirement_id: UUID | None = None
    role: str = ""
    slot: str = ""
    address: str = ""
    version: int | None = None
    given_by: str = ""
    reason: str = ""
    comment: str = ""
    proposed_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an answer. ``counted``: it answers the current version; ``new``: it was not known before."""

    requirement_id: UUID | None
    counted: bool
    new: bool
    words: str


def _matching(places: list[Place], given: GivenAnswer) -> list[Place]:
    """The places an answer fills. One inbox may do the job of several roles: its answer is for all of them."""
    if given.requirement_id is not None:
        return [place for place in places if place.id == given.requirement_id]
    if given.role:
        of_role = [place for place in places if place.role == given.role and given.slot in {"", place.slot}]
        # Two schools have one role: without the slot nobody can say which of them answered.
        return of_role if len(of_role) == 1 else []
    address = given.address.casefold()
    if not address:
        # An inbox that is reached by phone has no address, and must not match an answer that has none.
        return []
    return [place for place in places if (place.address or "").casefold() == address]


async def record_answer(
    services: Services, partnership: str, reference: str, given: GivenAnswer, *, actor: str
) -> Recorded:
    """Record one answer to one meeting.

    Raises:
        NoSuchMeetingError: this partnership has no such meeting.
        NoSuchRequirementError: an answer named a role or place the meeting does not have.
        NameRefusedError: whoever answers, or comes instead, may be tied to the case; a task says so to the officer.
    """
    async with services.engine.begin() as conn:
        meeting = await meetings.lock_meeting(conn, partnership, reference)
        if meeting is None:
            raise NoSuchMeetingError(reference)
        if not await name_refused(conn, services, partnership, meeting, given, actor):
            return await record_in(conn, services, partnership, meeting, given, actor=actor)
    raise NameRefusedError


def _names_in(given: GivenAnswer) -> list[str]:
    """Whoever the answer says gave it, or comes instead (whose name and job stand in the reason)."""
    deputy = [given.reason, given.reason.partition(",")[0]] if given.answer is Answer.DEPUTY else []
    return [name for name in (given.given_by, *deputy) if name.strip()]


async def name_refused(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    given: GivenAnswer,
    actor: str,
) -> bool:
    """Whether the answer names somebody who may be tied to the case. Then the officer has a task, and what is said
    back is the same as long as that task is open, whoever is named: trying names on a page tells nobody anything."""
    names = _names_in(given)
    places = _matching(await answers.places_of(conn, partnership, meeting.id), given)
    if not names or not places:
        return False
    place, now = places[0], services.now()
    kind = str(TaskKind.NAME_REFUSED)
    if given.way is Way.PAGE and await tasks.is_open(conn, partnership, place.id, kind):
        return True
    named = identity.Named(tuple(names), "answer", place.id)
    if not await identity.may_be_tied(conn, services, partnership, meeting, named, actor=actor):
        return False
    task = task_row(
        partnership=partnership,
        kind=TaskKind.NAME_REFUSED,
        detail=f"Phone {ROLES[place.role].words} and settle who comes: somebody it named may be tied to the case. "
        "Say nothing of why. If its inbox must not be told, stop it.",
        now=now,
        meeting_id=meeting.id,
        requirement_id=place.id,
        about=str(new_id(now)),
        due_at=meeting.starts_at,
    )
    await tasks.open_once(conn, to_who_is_there([task], meeting.urgency, now, services.calendar))
    data = {"requirement": str(place.id), "answer": str(given.answer), "way": str(given.way)}
    await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, audit.Action.ANSWER_REFUSED, data)])
    return True


async def record_in(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    given: GivenAnswer,
    *,
    actor: str,
) -> Recorded:
    """``record_answer`` within a transaction that already holds the meeting's lock."""
    matched = _matching(await answers.places_of(conn, partnership, meeting.id), given)
    if not matched and not given.address:
        raise NoSuchRequirementError(given.role or str(given.requirement_id))
    if not matched and await _was_recorded(conn, partnership, meeting.id, given):
        return Recorded(None, counted=False, new=False, words=WORDS[given.answer])
    now, version = services.now(), meeting.version if given.version is None else min(given.version, meeting.version)
    counted = bool(matched) and version == meeting.version
    new = False
    events: list[audit.Event] = []
    found: list[Place | None] = [*matched] or [None]
    for place in found:
        answer_id = new_id(now)
        sealed = await _sealed_comment(conn, services, partnership, meeting, answer_id, given.comment)
        row = _answer_row(partnership, meeting.id, given, version, now) | {
            "id": answer_id,
            "requirement_id": place.id if place else None,
            "sealed_comment": sealed,
            "natural_key": f"{given.natural_key}/{place.id}" if place else given.natural_key,
        }
        if await answers.add_answer(conn, row):
            new = True
            await _follow_up(services, conn, partnership, meeting, place, given, counted=counted, actor=actor)
            events.append(_event(partnership, meeting.id, place, given, counted=counted, actor=actor, now=now))
    await audit.append(conn, events)
    return Recorded(matched[0].id if matched else None, counted, new, WORDS[given.answer])


async def _was_recorded(conn: AsyncConnection, partnership: str, meeting_id: UUID, given: GivenAnswer) -> bool:
    """Whether this very answer stands already with a place that is asked no more: Outlook shows it again until the
    agency has left the event, and nobody need match what is known."""
    known = await answers.keys_of(conn, partnership, meeting_id)
    return any(key.startswith(f"{given.natural_key}/") for key in known)


def _answer_row(
    partnership: str, meeting_id: UUID, given: GivenAnswer, version: int, now: datetime
) -> dict[str, object]:
    return {
        "partnership_id": partnership,
        "meeting_id": meeting_id,
        "version": version,
        "answer": str(given.answer),
        "way": str(given.way),
        "given_by": given.given_by,
        "reason": given.reason,
        "proposed_start": given.proposed_start,
        # A typed-in answer from the future would outlive every later one.
        "answered_at": min(given.answered_at, now),
        "received_at": now,
    }


async def _sealed_comment(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    answer_id: UUID,
    comment: str,
) -> bytes | None:
    if not comment:
        return None
    key_id, wrapped = await answers.data_key_of(conn, partnership, meeting.request_id)
    try:
        key = services.keyring.open_data_key(key_id, wrapped)
    except KeyErased:
        # The request has been erased; words about it must not be kept either.
        return None
    return seal(key, "answers", answer_id, "sealed_comment", comment.encode())


async def _follow_up(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    place: Place | None,
    given: GivenAnswer,
    *,
    counted: bool,
    actor: str,
) -> None:
    """Close what the answer settles, and open what it asks of a person."""
    now = services.now()
    opened = None
    if place is None:
        digest = hashlib.sha256(given.address.casefold().encode()).hexdigest()[:16]
        opened = task_row(
            partnership=partnership,
            kind=TaskKind.UNMATCHED_ANSWER,
            detail=f"Match an answer ({WORDS[given.answer]}) from an address that was not invited: {given.address}",
            now=now,
            meeting_id=meeting.id,
            about=digest,
        )
    elif given.answer is Answer.ANOTHER_TIME:
        opened = task_row(
            partnership=partnership,
            kind=TaskKind.ANOTHER_TIME,
            detail=f"Look at another time asked for by: {ROLES[place.role].words}",
            now=now,
            meeting_id=meeting.id,
            requirement_id=place.id,
            about=given.natural_key,
        )
    if place is not None and counted:
        # Whatever it said, an agency that is reached by phone only has been reached.
        settled = {"phone_invitation"} | ({"phone_silent"} if given.answer in CLOSES_THE_CHASE else set())
        await tasks.close_for_requirement(conn, partnership, place.id, settled, by=actor, now=now)
    if opened is not None:
        rows = to_who_is_there([opened], meeting.urgency, now, services.calendar)
        await tasks.open_once(conn, rows)


def _event(
    partnership: str,
    meeting_id: UUID,
    place: Place | None,
    given: GivenAnswer,
    *,
    counted: bool,
    actor: str,
    now: datetime,
) -> audit.Event:
    return audit.Event(
        partnership=partnership,
        meeting_id=meeting_id,
        at=now,
        actor=actor,
        action=audit.Action.ANSWER_RECORDED if place else audit.Action.ANSWER_UNMATCHED,
        data={
            "requirement": str(place.id) if place else None,
            "answer": str(given.answer),
            "way": str(given.way),
            "counted": counted,
        },
    )
