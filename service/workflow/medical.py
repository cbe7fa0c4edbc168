"""A child protection medical: decided with a meeting, booked as an appointment of its own, its own attendance recorded.

Where none is needed the decision takes a reason from the policy's list and a sentence, by a named person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.london import words
from service.domain.medical import AT_MEDICAL_WORDS, TOLD, AtMedical, MedicalState, MedicalStep, refusal, state_after
from service.store.changes import audit, meetings, tasks
from service.store.changes import medical as changes
from service.store.changes.meetings import LockedMeeting
from service.store.queries.medical import MedicalAttendance, MedicalRow, came_to_medical, medical_of
from service.store.sealing import SealError
from service.workflow import identity
from service.workflow.errors import BadReasonError, BadTimeError, NoSuchMeetingError
from service.workflow.policy import policy_of
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row


@dataclass(frozen=True, slots=True)
class MedicalGiven:
    """What is said of a medical; None leaves things as they are. A start books it, at ``place``."""

    needed: bool | None = None
    reason_code: str | None = None
    reason: str = ""
    starts_at: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Medical:
    """A meeting's medical as it stands; ``row`` None: nobody has decided."""

    reference: str
    row: MedicalRow | None
    came: tuple[MedicalAttendance, ...]


async def medical_at(services: Services, partnership: str, reference: str) -> Medical:
    """The medical of one meeting.

    Raises:
        NoSuchMeetingError
    """
    async with services.engine.begin() as conn:
        return await _shown(conn, partnership, await _locked(conn, partnership, reference))


async def _locked(conn: AsyncConnection, partnership: str, reference: str) -> LockedMeeting:
    meeting = await meetings.lock_meeting(conn, partnership, reference)
    if meeting is None:
        raise NoSuchMeetingError(reference)
    return meeting


async def _shown(conn: AsyncConnection, partnership: str, meeting: LockedMeeting) -> Medical:
    row = await medical_of(conn, partnership, meeting.id)
    return Medical(meeting.reference, row, tuple(await came_to_medical(conn, partnership, meeting.id)))


async def decide_medical(
    services: Services, partnership: str, reference: str, given: MedicalGiven, *, actor: str
) -> Medical:
    """Decide whether a medical is needed, and book or move its appointment.

    Raises:
        NoSuchMeetingError, NotReadyError
        BadTimeError: the start cannot be used, or the medical has taken place.
        BadReasonError: none is needed, and the policy's reason or the sentence is missing; or words name somebody.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        before = await medical_of(conn, partnership, meeting.id)
        state = MedicalState(before.state) if before else None
        step = MedicalStep(given.needed, given.starts_at)
        if given.needed is None and given.starts_at is None:
            raise BadReasonError("Say whether a medical is needed, or when it is.")
        if (why := refusal(state, before.starts_at if before else None, step, now)) is not None:
            raise BadTimeError(why)
        reasons = (await policy_of(services, conn, partnership, meeting.policy_hash)).medical_not_needed_reasons
        values = _decided(given, reasons, actor, now) | _booked(given, before)
        values["state"] = str(state_after(state, step))
        await _refuse_names(services, conn, partnership, meeting, f"{given.reason} {given.place}")
        await changes.keep_medical(conn, partnership, meeting.id, _whole(values, before, actor, now), now)
        await _told(services, conn, partnership, meeting, given, values, actor)
        await _to_do(conn, partnership, meeting, values, actor, now)
        await audit.append(conn, list(_events(partnership, meeting, given, values, actor, now)))
        return await _shown(conn, partnership, meeting)


def _decided(given: MedicalGiven, reasons: Mapping[str, str], actor: str, now: datetime) -> dict[str, Any]:
    if given.needed is None:
        return {}
    decided = {"decided_by": actor, "decided_at": now, "reason_code": None, "reason": None}
    if given.needed:
        return decided
    if given.reason_code not in reasons or not given.reason.strip():
        known = ", ".join(sorted(reasons)) or "in your own words alone"
        raise BadReasonError(f"Say why no medical is needed: a reason from the list ({known}) and a sentence.")
    # A booking that was made before does not stand beside "not needed".
    return decided | {"reason_code": given.reason_code, "reason": given.reason.strip(), "starts_at": None, "place": ""}


def _booked(given: MedicalGiven, before: MedicalRow | None) -> dict[str, Any]:
    if given.starts_at is None:
        return {}
    return {"starts_at": given.starts_at, "place": given.place, "bookings": (before.bookings if before else 0) + 1}


def _whole(values: dict[str, Any], before: MedicalRow | None, actor: str, now: datetime) -> dict[str, Any]:
    """A first booking decides at once that one is needed; a later one leaves who decided as it is."""
    decided = _kept(before) if before else {"decided_by": actor, "decided_at": now}
    return {**decided, **values}


async def _refuse_names(
    services: Services, conn: AsyncConnection, partnership: str, meeting: LockedMeeting, said: str
) -> None:
    """Words that stand in tasks and in the record must not say who somebody is."""
    try:
        words_of = await identity.forbidden_words(conn, services.keyring, partnership, meeting.request_id)
    except SealError:
        raise BadReasonError("The identities of this case cannot be checked, so no free words can be kept.") from None
    if words_of.found_in(said.encode(), said):
        raise BadReasonError("Take names and addresses out of the words. Nothing was kept.")


async def _told(
    services: Services,
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    given: MedicalGiven,
    values: Mapping[str, Any],
    actor: str,
) -> None:
    """A task for each who must hear of the appointment, or of its end; what was to be told before is stale."""
    now, kind = services.now(), TaskKind.TELL_OF_MEDICAL
    await tasks.drop_kinds(conn, partnership, meeting.id, [kind], by=actor, now=now)
    if given.starts_at is None:
        return
    when = f"{words(given.starts_at)}, {given.place or 'no place yet'}"
    rows = [
        task_row(
            partnership=partnership,
            kind=kind,
            detail=f"Tell {AT_MEDICAL_WORDS[who]} of the medical: {when}.",
            now=now,
            meeting_id=meeting.id,
            about=f"{who}:{values['bookings']}",
            due_at=given.starts_at,
        )
        for who in TOLD
    ]
    await tasks.open_once(conn, rows, by=actor)


async def _to_do(
    conn: AsyncConnection,
    partnership: str,
    meeting: LockedMeeting,
    values: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> None:
    """What is still to be done about the medical: arrange it, or record who came. No pack says within what time."""
    arrange, record = TaskKind.ARRANGE_MEDICAL, TaskKind.RECORD_MEDICAL
    state = MedicalState(values["state"])
    about: dict[str, Any] = {"partnership": partnership, "now": now, "meeting_id": meeting.id}
    if state is MedicalState.NOT_NEEDED:
        await tasks.drop_kinds(conn, partnership, meeting.id, [arrange, record], by=actor, now=now)
    elif state is MedicalState.WANTED:
        detail = "Arrange the medical the meeting decided on; the partnership has set no time for it."
        # Said again it is another task: one that was dropped with "not needed" stays dropped.
        await tasks.drop_kinds(conn, partnership, meeting.id, [arrange], by=actor, now=now)
        row = task_row(kind=arrange, detail=detail, about=now.isoformat(), **about)
        await tasks.open_once(conn, [row], by=actor)
    elif values.get("starts_at") is not None:
        await tasks.close_kinds(conn, partnership, meeting.id, [arrange], by=actor, now=now)
        await tasks.drop_kinds(conn, partnership, meeting.id, [record], by=actor, now=now)
        when = words(values["starts_at"])
        row = task_row(
            kind=record,
            detail=f"Record who came to the medical of {when}, the social worker too.",
            about=str(values["bookings"]),
            due_at=values["starts_at"],
            **about,
        )
        await tasks.open_once(conn, [row], by=actor)


def _events(
    partnership: str,
    meeting: LockedMeeting,
    given: MedicalGiven,
    values: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> Iterator[audit.Event]:
    if given.needed is not None:
        # The sentence stays with the row: a hash chain could never forget what it says.
        data: dict[str, Any] = {"needed": given.needed, "reason_code": values.get("reason_code")}
        yield audit.Event(partnership, meeting.id, now, actor, audit.Action.MEDICAL_DECIDED, data)
    if given.starts_at is not None:
        data = {"starts_at": given.starts_at.isoformat(), "booking": values["bookings"]}
        yield audit.Event(partnership, meeting.id, now, actor, audit.Action.MEDICAL_BOOKED, data)


async def record_medical(
    services: Services, partnership: str, reference: str, came: Mapping[AtMedical, bool], *, actor: str
) -> Medical:
    """Record or correct who came to the medical. It can be said again for some of them.

    Raises:
        NoSuchMeetingError
        BadTimeError: no medical was booked, or it has not started.
    """
    now = services.now()
    async with services.engine.begin() as conn:
        meeting = await _locked(conn, partnership, reference)
        row = await medical_of(conn, partnership, meeting.id)
        booked_for = row.starts_at if row else None
        step = MedicalStep(attended=True)
        why = refusal(MedicalState(row.state) if row else None, booked_for, step, now)
        if row is None or why is not None:
            raise BadTimeError(why or "No medical was booked with this meeting.")
        before = {each.who: each.came for each in await came_to_medical(conn, partnership, meeting.id)}
        said = {str(who): present for who, present in came.items()}
        await changes.keep_attendance(conn, partnership, row.id, said, actor, now)
        await changes.keep_medical(conn, partnership, meeting.id, {**_kept(row), "state": str(MedicalState.HELD)}, now)
        await tasks.drop_kinds(conn, partnership, meeting.id, [TaskKind.TELL_OF_MEDICAL], by=actor, now=now)
        await tasks.close_kinds(conn, partnership, meeting.id, [TaskKind.RECORD_MEDICAL], by=actor, now=now)
        data: dict[str, Any] = {"came": said, "before": {who: before[who] for who in said if who in before}}
        action = audit.Action.MEDICAL_ATTENDED
        await audit.append(conn, [audit.Event(partnership, meeting.id, now, actor, action, data)])
        return await _shown(conn, partnership, meeting)


def _kept(row: MedicalRow) -> dict[str, Any]:
    return {"decided_by": row.decided_by, "decided_at": row.decided_at}
