"""Rows for the tests of the store: two partnerships side by side, so that a leak between them shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store import tables as t
from service.store.changes.bulk import write_rows
from service.store.ids import new_id
from service.store.sealing import Keyring, seal

# A Monday in November: London keeps Greenwich time.
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LEWISHAM, WIRRAL = "lewisham", "wirral"


@dataclass
class World:
    """Writes rows with sensible defaults. Each method returns the id of the row it wrote."""

    conn: AsyncConnection
    keyring: Keyring
    numbers: dict[str, int] = field(default_factory=dict)

    async def add(self, table: Table, **values: Any) -> Any:
        row = dict(values)
        if "id" in table.c and "id" not in row:
            row["id"] = new_id(NOW)
        await write_rows(self.conn, [(table, [row])])
        return row.get("id")

    def next(self, what: str) -> int:
        self.numbers[what] = self.numbers.get(what, 0) + 1
        return self.numbers[what]

    async def partnership(self, partnership: str) -> str:
        await self.add(
            t.partnerships,
            id=partnership,
            name=partnership.title(),
            pack=partnership,
            service_address=f"meetings@{partnership}.example",
            service_phone="01632 960100",
        )
        await self.add(
            t.policy_versions,
            partnership_id=partnership,
            hash="p1",
            pack=partnership,
            version="1",
            content={"pack": partnership},
            starts_at=NOW - timedelta(days=30),
            published_at=NOW - timedelta(days=30),
            published_by="staff:policy",
        )
        return partnership

    async def inbox(self, partnership: str, role: str, **values: Any) -> UUID:
        row = {
            "partnership_id": partnership,
            "role": role,
            "name": role.title(),
            "address": f"{role}@{partnership}.example",
            "phone": "01632 960101",
            "hours": "office",
            "updated_at": NOW,
        }
        return await self.add(t.inboxes, **row | values)  # type: ignore[no-any-return]

    async def mailbox(self, partnership: str, **values: Any) -> UUID:
        row = {"partnership_id": partnership, "address": f"organiser@{partnership}.example", "state": "active"}
        return await self.add(t.mailboxes, **row | values)  # type: ignore[no-any-return]

    async def request(self, partnership: str, **values: Any) -> UUID:
        number = self.next("request")
        key = self.keyring.new_data_key()
        request_id = new_id(NOW)
        row = {
            "id": request_id,
            "partnership_id": partnership,
            "source": "liquidlogic",
            "source_ref": f"LL-{number}",
            "case_ref": f"CASE-{number}",
            "meeting_type": "strategy",
            "urgency": "standard",
            "concern_recorded_at": NOW,
            "received_at": NOW,
            "facts": {"circumstances": []},
            "fingerprint": b"\x01" * 32,
            "key_id": key.key_id,
            "wrapped_key": key.wrapped,
            "sealed_body": seal(key, "requests", request_id, "sealed_body", b"Rosa Sealed-Identity"),
        }
        await self.add(t.requests, **row | values)
        return request_id

    async def meeting(self, partnership: str, **values: Any) -> UUID:
        number = self.next("meeting")
        request_id = values.pop("request_id", None) or await self.request(partnership)
        start = values.pop("starts_at", NOW + timedelta(days=2))
        row = {
            "partnership_id": partnership,
            "request_id": request_id,
            "reference": f"SM-{number}",
            "meeting_type": "strategy",
            "policy_hash": "p1",
            "state": "confirmed",
            "version": 1,
            "starts_at": start,
            "ends_at": start + timedelta(hours=1) if start else None,
            "mode": "online",
            "venue": "",
            "chair": "lcpp-1",
            "created_at": NOW,
        }
        return await self.add(t.meetings, **row | values)  # type: ignore[no-any-return]

    async def requirement(self, partnership: str, meeting_id: UUID, role: str, **values: Any) -> UUID:
        row = {
            "partnership_id": partnership,
            "meeting_id": meeting_id,
            "role": role,
            "slot": "",
            "agency_group": role.split("_", maxsplit=1)[0],
            "level": "core",
            "because": [{"rule": "C01"}],
            "children": ["child-1"],
            "state": "wanted",
        }
        return await self.add(t.requirements, **row | values)  # type: ignore[no-any-return]

    async def invitation(
        self, partnership: str, meeting_id: UUID, requirement_id: UUID, inbox_id: UUID, **values: Any
    ) -> UUID:
        row = {
            "partnership_id": partnership,
            "meeting_id": meeting_id,
            "requirement_id": requirement_id,
            "inbox_id": inbox_id,
            "version": 1,
            "state": "sent",
            "starts_at": NOW + timedelta(days=2),
            "event_handed_at": NOW,
            "message_handed_at": NOW,
            "created_at": NOW,
        }
        return await self.add(t.invitations, **row | values)  # type: ignore[no-any-return]

    async def answer(
        self, partnership: str, meeting_id: UUID, requirement_id: UUID | None, answer: str, **values: Any
    ) -> UUID:
        row = {
            "partnership_id": partnership,
            "meeting_id": meeting_id,
            "requirement_id": requirement_id,
            "version": 1,
            "answer": answer,
            "way": "outlook",
            "given_by": "duty desk",
            "reason": "",
            "answered_at": NOW,
            "received_at": NOW,
            "natural_key": f"n{self.next('answer')}",
        }
        return await self.add(t.answers, **row | values)  # type: ignore[no-any-return]
