"""Calendar entries sent by mail that no place holds any more, and the intents that take them away."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.changes import binding
from service.store.queries.calendar_mails import stale_entries
from service.workflow.calling import GUESTS_AT, Call, Row, outbox_row, sequence_of, stream_of_messages


async def entries_off(conn: AsyncConnection, call: Call | None) -> list[Row]:
    """Intents to take away the entries that no place holds any more. Whoever calls has changed the places already, and
    writes the rows."""
    if call is None:
        return []
    rows: list[Row] = []
    before: Counter[UUID] = Counter()
    for entry in await stale_entries(conn, call.partnership, call.meeting_id):
        about = {"about": "entry_off", "entry": str(entry.id)}
        place = entry.requirement_id
        rows.append(await message_row(conn, call, place, about, unwritten=before[place]))
        before[place] += 1
    return rows


async def message_row(
    conn: AsyncConnection,
    call: Call,
    requirement_id: UUID,
    detail: dict[str, str],
    *,
    after: UUID | None = None,
    unwritten: int = 0,
) -> Row:
    """One more intent to tell an agency something during one version, after ``unwritten`` others of the same place."""
    stream = stream_of_messages(requirement_id)
    told = await binding.rows_in_stream(conn, call.partnership, stream)
    number = sequence_of(call.version, GUESTS_AT + told + unwritten)
    return outbox_row(call, "message", stream, number, requirement_id=requirement_id, after_id=after, detail=detail)
