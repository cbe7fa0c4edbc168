"""One fortnight lived through, and its history as plain values: nothing but text, numbers, lists and objects."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from structlog.testing import capture_logs

from service.domain.attendance import Denominator
from service.workflow.report import attendance_report
from service.workflow.standard import standard_report
from tests.fortnight.people import People, forbidden_words
from tests.fortnight.script import Script
from tests.fortnight.town import Town

# Long enough for every lease, every wait and every deadline of a meeting that was called in the last hour.
AFTERWARDS = timedelta(days=2)
RECORDS = ("meetings", "requirements", "invitations", "chases", "tasks", "answers", "inboxes", "calendar_events")
_OUTBOX = "SELECT id, meeting_id, requirement_id, chase_id, kind, version, state, not_sent_because, detail FROM outbox"


async def live_through(town: Town, script: Script) -> dict[str, Any]:
    """Live through a fortnight and hand over its history."""
    await town.begin(script.seed, script.start, script.desks)
    people = People(town, script)
    with capture_logs() as logs:
        for act in script.acts:
            await town.run_until(act.at)
            await people.act(act)
            await town.tick()
        await town.run_until(max(script.end, script.acts[-1].at))
        town.deaths.clear()
        await town.control.forget_faults()
        await town.run_until(town.clock.now() + AFTERWARDS)
    figures = [await _figures(town, script) for _ in range(2)]
    history: dict[str, Any] = await _exported(town)
    return history | {
        "seed": script.seed,
        "start": _plain(script.start),
        "ended": _plain(town.clock.now()),
        "diary": _plain(people.diary),
        "figures": figures,
        "forbidden": forbidden_words(script),
        "outside": {
            "logs": [repr(entry) for entry in logs],
            "redis": sorted(town.in_redis),
            "outgoing": list(town.outgoing),
        },
        "counts": {"jobs": town.jobs_run, "killed": town.killed, **town.post.counts},
    }


async def _exported(town: Town) -> dict[str, Any]:
    state = await town.control.state()
    (box,) = state["mailboxes"].values()
    addresses = [address for address in state["deliveries"] if address not in state["mailboxes"]]
    records = {name: _plain(await town.rows(f'SELECT * FROM "{name}"')) for name in RECORDS}  # noqa: S608 - a constant
    for row in (*records["answers"],):
        row.pop("sealed_comment")
    return {
        "events": box["events"],
        "drafts_left": [message["subject"] for message in box["messages"] if message["draft"]],
        "inboxes": {address: await town.control.inbox(address) for address in addresses},
        "calls": state["calls"],
        "audit": _plain(await town.rows("SELECT * FROM audit_events ORDER BY chain, number")),
        "records": records | {"outbox": _plain(await town.rows(_OUTBOX))},
    }


async def _figures(town: Town, script: Script) -> dict[str, Any]:
    days = (script.start.date(), (script.end + AFTERWARDS).date())
    return {
        "attendance": {
            str(each): _plain(asdict(await attendance_report(town.services, "lewisham", *days, denominator=each)))
            for each in Denominator
        },
        "standard": _plain(repr(await standard_report(town.services, "lewisham", *days))),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
