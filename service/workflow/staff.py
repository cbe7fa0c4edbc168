"""People who sign in: they arrive, they leave, and somebody can end their access at once."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from service.domain.staff import Roles
from service.store.changes import staff
from service.store.engine import single_statements
from service.store.queries.readable import Reader
from service.store.queries.staff import (
    StaffMember,
    every_staff_member,
    staff_member,
    staff_member_before,
    staff_member_looking,
)
from service.workflow.boards import Look, asked_now
from service.workflow.errors import NoSuchPersonError
from service.workflow.ports import Services


async def arrive(services: Services, tenant: str, subject: str, name: str, roles: Roles) -> Mapping[str, UUID]:
    """Note that somebody whom Entra vouches for signed in; returns our id for them where they are let in.

    Each partnership keeps the roles it gave itself, and writes its own audit event.
    """
    let_in: dict[str, UUID] = {}
    async with services.engine.begin() as conn:
        for partnership, held in roles.items():
            here = staff.Arrival(tenant, subject, name, sorted(held))
            staff_id, admitted = await staff.arrive(
                conn, partnership, here, now=services.now(), real_now=services.real_now()
            )
            if admitted:
                let_in[partnership] = staff_id
    return let_in


async def leave(services: Services, ids: Mapping[str, UUID]) -> None:
    """Somebody signed out: every session of theirs ends, on whichever device."""
    async with services.engine.begin() as conn:
        for partnership, staff_id in sorted(ids.items()):
            await staff.sign_out(
                conn,
                partnership,
                staff_id,
                by=f"staff:{staff_id}",
                now=services.now(),
                real_now=services.real_now(),
            )


async def stop(services: Services, partnership: str, staff_id: UUID, *, actor: str) -> None:
    """The kill switch: every session ends with the next page, and no new one begins until somebody admits them again.

    Raises:
        NoSuchPersonError: nobody of that id has signed in here, or they are stopped already.
    """
    async with services.engine.begin() as conn:
        if not await staff.stop(
            conn, partnership, staff_id, by=actor, now=services.now(), real_now=services.real_now()
        ):
            raise NoSuchPersonError(str(staff_id))


async def admit(services: Services, partnership: str, staff_id: UUID, *, actor: str) -> None:
    """Let a stopped person sign in again.

    Raises:
        NoSuchPersonError: nobody of that id is stopped here.
    """
    async with services.engine.begin() as conn:
        if not await staff.admit(conn, partnership, staff_id, by=actor, now=services.now()):
            raise NoSuchPersonError(str(staff_id))


async def list_staff(services: Services, partnership: str) -> list[StaffMember]:
    """Everybody who has ever signed in, by name."""
    async with services.engine.connect() as conn:
        return await every_staff_member(conn, partnership)


async def standing_before(
    services: Services,
    partnership: str,
    reader: Reader,
    staff_id: UUID,
    *,
    reference: str | None = None,
    task_id: UUID | None = None,
) -> tuple[StaffMember, bool] | None:
    """What we hold of a person now, and whether the meeting or the task they ask for is there for them; None where
    nobody of that id is known here."""
    async with single_statements(services.engine) as conn:
        return await staff_member_before(conn, partnership, reader, staff_id, reference=reference, task_id=task_id)


async def standing_looking(
    services: Services, partnership: str, reader: Reader, staff_id: UUID
) -> tuple[StaffMember, Look] | None:
    """What we hold of a person now, and with the same question what their look at the worklist begins with."""
    asked_at = asked_now()
    async with single_statements(services.engine) as conn:
        found = await staff_member_looking(conn, partnership, reader, staff_id)
    return None if found is None else (found[0], Look(found[1], found[2], asked_at))


async def standing(services: Services, partnership: str, staff_id: UUID) -> StaffMember | None:
    """What we hold of a person now; None where nobody of that id is known here."""
    async with services.engine.connect() as conn:
        return await staff_member(conn, partnership, staff_id)
