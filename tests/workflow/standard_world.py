"""Rows for the standard's tests: a quarter of random meetings of Lewisham, under a policy that sets a quorum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.policies.holidays import working_calendar
from service.policies.load import content, load_pack
from service.store import tables as t
from service.store.sealing import Keyring
from service.workflow.ports import AnswerLinks, Services
from tests.store.store_world import LEWISHAM, WIRRAL, World

# A Monday; the clocks go back within the period, and the last week has the Christmas bank holidays.
FIRST = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOW = datetime(2026, 12, 30, 12, tzinfo=UTC)
ROLES = ("gp", "health_visitor", "lcpp", "police_child_protection", "school")
OWED = (None, "hours:24", "working_hours:4", "working_days:2")
REASONS = (None, None, None, "immediate_risk", "a sentence that might name somebody")
KINDS = ("strategy",) * 5 + ("icpc",) * 3 + ("strategy_followup", "strategy_hospital", "prebirth_icpc")
OUTCOMES = ("attended", "attended", "represented", "report_only", "apologies", "no_answer")
TABLES = (
    "meetings", "requests", "children", "requirements", "invitations", "inboxes", "attendances", "answers",
    "meeting_outcomes", "reports_received",
    "medicals", "medical_attendances", "not_held",
)  # fmt: skip


class NoWake:
    async def outbox(self, ids: list[UUID], *, ahead: bool = False) -> None: ...

    async def mailbox(self, mailbox_id: UUID) -> None: ...


def services_at(engine: AsyncEngine, now: datetime = NOW) -> Services:
    return Services(
        engine=engine,
        keyring=Keyring({"test": b"\x07" * 32}, "test"),
        wake=NoWake(),
        now=lambda: now,
        real_now=lambda: now,
        calendar=working_calendar(now.date()),
        policies={},
        links=AnswerLinks("https://convene.example", b"k" * 32),
    )


async def lewisham(conn: AsyncConnection) -> World:
    """Both partnerships; Lewisham's policy "p2" asks for quorum Q1 of strategy meetings and for none of others."""
    world = World(conn, Keyring({"test": b"\x07" * 32}, "test"))
    for partnership in (LEWISHAM, WIRRAL):
        await world.partnership(partnership)
    pack = content(load_pack("lewisham"))
    pack["meeting_types"]["strategy"]["quorum"]["rule"] = "Q1"
    row = {"pack": "lewisham", "version": "2", "content": pack, "starts_at": FIRST, "published_at": FIRST}
    await world.add(t.policy_versions, partnership_id=LEWISHAM, hash="p2", published_by="staff:policy", **row)
    return world


async def raw_rows(conn: AsyncConnection, partnership: str = LEWISHAM) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in (*TABLES, "tasks", "chases", "papers", "receipts"):
        rows = await conn.execute(
            text(f"SELECT * FROM {table} WHERE partnership_id = :it"),  # noqa: S608 - the names stand here
            {"it": partnership},
        )
        found[table] = [dict(row) for row in rows.mappings()]
    return found


@dataclass
class Quarter:
    """Writes meetings by chance. Every instant is on a quarter of an hour."""

    world: World
    chance: Random

    async def fill(self, number: int) -> None:
        hours = {"police_child_protection": "always", "school": "Mon-Fri 09:00-17:00"}
        channel = {"gp": "phone", "school": "calendar_mail"}
        inboxes = {
            role: await self.world.inbox(
                LEWISHAM,
                role,
                hours=hours.get(role, "Mon-Fri 09:00-17:00"),
                channel=channel.get(role, "outlook"),
            )
            for role in ROLES
        }
        for _ in range(number):
            await self.meeting(inboxes)

    def team(self) -> str:
        return self.chance.choice(("north", "south"))

    async def meeting(self, inboxes: dict[str, UUID]) -> None:
        chance = self.chance
        start = FIRST + timedelta(minutes=15 * chance.randrange(0, 4 * 24 * 88))
        kind = chance.choice(KINDS)
        state = chance.choice(("held", "held", "held", "confirmed", "cancelled", "planned"))
        initiating = start - timedelta(days=chance.randrange(-1, 40))
        named = initiating.isoformat() if chance.random() < 0.8 else None
        request = await self.world.request(
            LEWISHAM,
            case_ref=f"CASE-{chance.randrange(12)}",
            facts={"case": {"circumstances": [chance.choice(("neglect", "home_conditions"))], "team": self.team()}}
            | {"initiating_sd_at": named},
        )
        for ref in range(chance.randrange(1, 4)):
            child: dict[str, Any] = {
                "ref": f"child-{ref}",
                "age_band": chance.choice(("unborn", "0-4", "5-17")),
                "flags": [],
            }
            await self.world.add(t.children, partnership_id=LEWISHAM, request_id=request, on_school_roll=True, **child)
        never_timed = state == "planned" or (state == "cancelled" and chance.random() < 0.3)
        version = 0 if never_timed else chance.choice((1, 1, 2))
        meeting = await self.world.meeting(
            LEWISHAM,
            request_id=request,
            meeting_type=kind,
            policy_hash="p2",
            state=state,
            version=version,
            starts_at=None if never_timed else start,
            # Not before the period: a meeting that was cancelled without a time counts by this day.
            created_at=max(start - timedelta(days=5), FIRST),
            deadline_at=chance.choice((None, start, start - timedelta(hours=1), start + timedelta(days=1))),
            cancelled_because=chance.choice(("facts_now_clear", "already_held")) if state == "cancelled" else None,
            short_notice_reason=chance.choice(REASONS),
            inquorate_reason=chance.choice((None, None, "a sentence that might name somebody")),
        )
        for day in range(chance.choice((0, 0, 0, 1, 2))):
            why = {"because": chance.choice(("nobody_answered", "nobody_to_chair")), "decided_role": "team_manager"}
            tried = {"tried": ["gp"], "reached": [], "tried_by": ["staff:amy"], "recorded_by": "staff:amy"}
            about = {"partnership_id": LEWISHAM, "meeting_id": meeting, **why, **tried}
            at = start - timedelta(days=3 - day)
            await self.world.add(t.not_held, **about, recorded_at=at, natural_key=f"day-{day}")
        # Some held meetings are adjourned, once or twice.
        sittings = chance.choice((1, 1, 1, 2, 3)) if state == "held" else 1
        for number in range(2, sittings + 1):
            again = {"starts_at": start + timedelta(days=number), "ends_at": start + timedelta(days=number, hours=1)}
            told = {"because": "A partner is missing.", "adjourned_by": "staff:amy", "created_at": start}
            about = {"partnership_id": LEWISHAM, "meeting_id": meeting}
            await self.world.add(t.sittings, **about, number=number, **again, **told)
        if state == "held" and kind.startswith("strategy") and chance.random() < 0.5:
            began = start + timedelta(hours=chance.randrange(48))
            came_to = {"decided": ["section_47_enquiry"], "s47_started_at": began if chance.random() < 0.7 else None}
            told = {"recorded_by": "staff:amy", "recorded_at": start}
            about = {"partnership_id": LEWISHAM, "meeting_id": meeting, **told}
            await self.world.add(t.meeting_outcomes, **about, **came_to)
        if chance.random() < 0.6:
            await self.medical(meeting, start)
        for role in chance.sample(ROLES, chance.randrange(2, 6)):
            await self.place(meeting, role, inboxes[role], (start, version, state), sittings)

    async def medical(self, meeting: UUID, start: datetime) -> None:
        chance, about = self.chance, {"partnership_id": LEWISHAM, "decided_by": "staff:amy", "decided_at": start}
        state = chance.choice(("not_needed", "wanted", "booked", "booked", "held", "held"))
        when = start + timedelta(days=chance.randrange(1, 20)) if state in {"booked", "held"} else None
        why = chance.choice(("already_examined", "no_injury_alleged")) if state == "not_needed" else None
        row = {"state": state, "starts_at": when, "reason_code": why, "meeting_id": meeting}
        medical = await self.world.add(t.medicals, **about, **row)
        for who in ("child", "social_worker", "examining_doctor"):
            if state == "held" and chance.random() < 0.8:
                came = {"who": who, "came": chance.random() < 0.7, "recorded_by": "staff:amy", "recorded_at": start}
                await self.world.add(t.medical_attendances, partnership_id=LEWISHAM, medical_id=medical, **came)

    async def place(
        self, meeting: UUID, role: str, inbox: UUID, about: tuple[datetime, int, str], sittings: int
    ) -> None:
        chance, (start, version, state) = self.chance, about
        joined = state == "held" and chance.random() < 0.15
        place = await self.world.requirement(
            LEWISHAM,
            meeting,
            role,
            inbox_id=inbox if chance.random() < 0.95 and not joined else None,
            level=chance.choice(("core", "core", "conditional", "optional")),
            state="joined" if joined else chance.choice(("wanted", "wanted", "wanted", "withdrawn")),
            notice_standard=chance.choice(OWED),
        )
        if chance.random() < 0.5:
            # Conferences are due two working days ahead here: some come early, some late, some after the start.
            came = start + timedelta(days=1) - timedelta(minutes=15 * chance.randrange(4 * 24 * 8))
            about_report = {"partnership_id": LEWISHAM, "meeting_id": meeting, "requirement_id": place}
            kept = {"received_at": came, "recorded_by": "staff:amy", "recorded_at": start}
            await self.world.add(t.reports_received, **about_report, **kept)
        for number in () if joined else range(1, version + 1):
            await self.invite(meeting, place, (role, inbox), start, (number, version))
        for sitting in range(1, sittings + 1):
            if version and state == "held" and chance.random() < 0.85 / sitting:
                row = {
                    "sitting": sitting,
                    "outcome": chance.choice(OUTCOMES),
                    "contribution": chance.choice((None, "spoke_from_records", "sent_information", "none")),
                    "state": chance.choice(("recorded", "recorded", "confirmed", "proposed")),
                    "recorded_by": "staff:amy",
                    "recorded_at": start,
                }
                about_it = {"partnership_id": LEWISHAM, "meeting_id": meeting, "requirement_id": place}
                await self.world.add(t.attendances, **about_it, **row)

    async def invite(
        self, meeting: UUID, place: UUID, who: tuple[str, UUID], start: datetime, numbers: tuple[int, int]
    ) -> None:
        chance, (role, inbox), (number, version) = self.chance, who, numbers
        handed = start - timedelta(minutes=15 * chance.randrange(-4, 4 * 24 * 4))
        about = {"partnership_id": LEWISHAM, "meeting_id": meeting, "requirement_id": place}
        if role == "gp":
            key = f"phone_invitation:{meeting}:{place}:{number}"
            row = {"kind": "phone_invitation", "key": key, "owner": "officer", "detail": "Phone.", "created_at": handed}
            done = chance.random() < 0.7
            await self.world.add(
                t.tasks, **about, **row, state="done" if done else "open", closed_at=handed if done else None
            )
        else:
            await self.world.invitation(
                LEWISHAM,
                meeting,
                place,
                inbox,
                version=number,
                state="sent" if number == version else "replaced",
                starts_at=start if number == version or chance.random() < 0.5 else start - timedelta(days=1),
                event_handed_at=None if role == "school" or chance.random() < 0.1 else handed,
                message_handed_at=None if chance.random() < 0.1 else handed + timedelta(minutes=15),
            )
        for step in range(chance.randrange(0, 3)):
            state = chance.choice(("due", "handed", "sent", "not_sent"))
            why = chance.choice(("answered", "started")) if state == "not_sent" else None
            chase = {"version": number, "step": step, "to": "inbox", "due_at": start, "state": state}
            await self.world.add(t.chases, **about, **chase, not_sent_because=why)
        for turn in range(chance.randrange(0, 3)):
            answered = {"version": number, "answered_at": start - timedelta(days=3, minutes=-turn)}
            await self.world.answer(LEWISHAM, meeting, place, chance.choice(("yes", "no", "maybe")), **answered)
