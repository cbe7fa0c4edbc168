"""Decisions, minutes and receipts by chance for the meetings that stand in the database, and their slow recount."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import update

from service.store import tables as t
from tests.store.store_world import LEWISHAM, World
from tests.workflow.recount import LONDON, Recount, Rows, told_at

HALF_A_DAY = timedelta(hours=12)


async def add_papers(world: World, raw: Rows, chance: Random) -> None:
    """Some meetings owe minutes and have them, in time or late; some have decisions, corrected, opened or not."""
    for meeting in raw["meetings"]:
        if meeting["starts_at"] is None or meeting["state"] == "cancelled":
            continue
        due = meeting["starts_at"] + HALF_A_DAY * chance.randrange(1, 9)
        if chance.random() < 0.7:
            due_now = update(t.meetings).where(t.meetings.c.id == meeting["id"]).values(minutes_due_at=due)
            await world.conn.execute(due_now)
        places = [row["id"] for row in raw["requirements"] if row["meeting_id"] == meeting["id"]]
        for number in range(1, chance.randrange(1, 4)):
            issued = None if chance.random() < 0.2 else due + HALF_A_DAY * chance.randrange(-2, 3)
            await _paper(world, meeting["id"], "minutes", number, issued=issued)
        await _decisions(world, meeting, places, chance)


async def _decisions(world: World, meeting: dict[str, Any], places: list[UUID], chance: Random) -> None:
    before: UUID | None = None
    for number in range(1, chance.randrange(1, 4)):
        concerns = chance.sample(places, 1) if chance.random() < 0.3 else []
        replaces = before if chance.random() < 0.3 else None
        said = {"concerns": concerns, "replaces_id": replaces, "issued": meeting["starts_at"]}
        before = await _paper(world, meeting["id"], "decision", number, **said)
        opens = chance.choice((0.0, 0.9, 1.0))
        for place in places:
            for _ in range(chance.choice((1, 1, 2)) if chance.random() < opens else 0):
                opened = {"opener": "x", "proof": "call_back", "opened_at": meeting["starts_at"], "opened_by": "amy"}
                about = {"partnership_id": LEWISHAM, "meeting_id": meeting["id"], "requirement_id": place}
                await world.add(t.receipts, **about, **opened, paper_id=before)


async def _paper(world: World, meeting: UUID, kind: str, number: int, **more: Any) -> UUID:
    issued = more.pop("issued")
    about = {"partnership_id": LEWISHAM, "meeting_id": meeting, "kind": kind, "number": number, "agreed_by": "chair"}
    sealed = {"sealed_text": b"x", "fingerprint": bytes([number]), "concerns": more.pop("concerns", [])}
    at = {"agreed_at": issued or datetime(2026, 12, 1, tzinfo=LONDON), "issued_at": issued}
    return await world.add(t.papers, **about, **sealed, **at, **more)  # type: ignore[no-any-return]


def count_papers(slow: Recount, raw: Rows, now: datetime) -> None:
    """The two measures of decisions and minutes, added to a recount."""
    for meeting in raw["meetings"]:
        start = meeting["starts_at"]
        if meeting["state"] not in {"confirmed", "held"} or start >= now:
            continue
        by = {"month": start.astimezone(LONDON).strftime("%Y-%m"), "type": meeting["meeting_type"]}
        papers = [row for row in raw["papers"] if row["meeting_id"] == meeting["id"]]
        issued = [row["issued_at"] for row in papers if row["kind"] == "minutes" and row["issued_at"] is not None]
        due = meeting["minutes_due_at"]
        if due is not None and (issued or due < now):
            slow.share("minutes_in_time", bool(issued) and min(issued) <= due, **by)
        corrected = {row["replaces_id"] for row in papers}
        decisions = [row for row in papers if row["kind"] == "decision" and row["id"] not in corrected]
        verdicts = []
        for place in raw["requirements"]:
            if place["meeting_id"] != meeting["id"] or place["state"] == "withdrawn":
                continue
            if not told_at(raw, meeting, place)[0] and not _joined(raw, place):
                continue
            own = [row for row in decisions if not row["concerns"] or place["id"] in row["concerns"]]
            verdicts += [_opened(raw, place, row) for row in own]
        if verdicts:
            slow.share("decisions_opened", all(verdicts), **by)


def _joined(raw: Rows, place: dict[str, Any]) -> bool:
    """Brought in while the meeting sat, and recorded there."""
    own = [row for row in raw["attendances"] if row["requirement_id"] == place["id"] and row["sitting"] == 1]
    return place["state"] == "joined" and any(row["state"] != "proposed" for row in own)


def _opened(raw: Rows, place: dict[str, Any], paper: dict[str, Any]) -> bool:
    return any(row["paper_id"] == paper["id"] and row["requirement_id"] == place["id"] for row in raw["receipts"])
