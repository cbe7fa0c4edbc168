"""The end of the demo: the attendance report, what happened in numbers, the expectations, the addresses to open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from math import ceil
from typing import Any

import aiohttp
from rich.markup import escape
from rich.table import Table

from service.demo.cases import DAY, LONDON
from service.demo.client import Client, Stage
from service.demo.expect import Check
from service.demo.narrate import Narrator
from service.demo.story import Ending


async def close(stage: Stage, narrator: Narrator, ending: Ending) -> None:
    """Print all of it."""
    async with aiohttp.ClientSession() as session:
        client = Client(stage, session)
        for partnership in sorted(stage.senders):
            await _report(client, narrator, partnership)
    _numbers(narrator, ending)
    _expectations(narrator, ending.checks)
    _addresses(stage, narrator, ending)


async def _report(client: Client, narrator: Narrator, partnership: str) -> None:
    query = {"partnership": partnership, "from": DAY.isoformat(), "to": DAY.isoformat()}
    found = await client.api("GET", "/reports/attendance", **query)
    title = f"{partnership.capitalize()}: attendance by agency, {found['first']} to {found['last']}"
    table = Table(
        title=title, caption=f"out of: {found['denominator']} places; range: 95% Wilson interval", title_justify="left"
    )
    for heading in ("agency", "came", "of", "%", "likely range", "wrote", "not recorded"):
        table.add_column(heading, justify="left" if heading == "agency" else "right")
    for line in [*found["lines"], {**found["overall"], "words": "all agencies"}]:
        table.add_row(*_cells(line))
    narrator.console.print()
    narrator.console.print(table)
    narrator.note(f"Cancelled meetings, counted apart: {found['overall']['cancelled']}")


def _cells(line: dict[str, Any]) -> list[str]:
    percent = "" if line["percent"] is None else f"{line['percent']:.0f}"
    likely = "" if line["low"] is None else f"{line['low']:.0f} to {line['high']:.0f}"
    numbers = (line["n"], line["of"], percent, likely, line["report_only"], line["not_recorded"])
    return [escape(line["words"]), *map(str, numbers)]


def _numbers(narrator: Narrator, ending: Ending) -> None:
    agencies = [one for play in ending.plays for one in play.meeting.get("agencies", ())]
    chases = [chase for one in agencies for chase in one["chases"]]
    unsent = Counter(chase["not_sent_because"] for chase in chases if chase["state"] == "not_sent")
    why = ", ".join(f"{reason} {count}" for reason, count in unsent.most_common())
    answered = Counter(one["answer"]["way"] for one in agencies if one["answer"])
    table = Table(title="What happened", show_header=False, title_justify="left")
    rows = (
        ("requests sent", len(ending.plays)),
        ("meetings", sum(bool(play.reference) for play in ending.plays)),
        ("calendar events", len(ending.outside.all_events())),
        ("messages to agencies", len(ending.outside.sent_messages())),
        ("replies from Outlook", ending.outside.replies()),
        ("agencies that answered", ", ".join(f"{way} {count}" for way, count in answered.most_common())),
        ("chases sent", sum(chase["state"] == "sent" for chase in chases)),
        ("chases not sent", f"{unsent.total()} ({why})"),
        ("chases still to come", sum(chase["state"] not in {"sent", "not_sent"} for chase in chases)),
        ("open tasks", sum(len(play.meeting.get("tasks", ())) for play in ending.plays)),
    )
    for words, value in rows:
        table.add_row(words, str(value))
    narrator.console.print()
    narrator.console.print(table)


def _expectations(narrator: Narrator, checks: Sequence[Check]) -> None:
    table = Table(title="Expectations", title_justify="left")
    for heading in ("case", "held"):
        table.add_column(heading)
    for case in dict.fromkeys(check.case for check in checks):
        of_case = [check for check in checks if check.case == case]
        held = sum(check.held for check in of_case)
        table.add_row(case, f"{held} of {len(of_case)}", style="" if held == len(of_case) else "bold red")
    narrator.console.print()
    narrator.console.print(table)
    failed = [check for check in checks if not check.held]
    if failed:
        narrator.note(f"{len(failed)} of {len(checks)} expectations did not hold:")
        for check in failed:
            narrator.note(f"  {check.case}: {check.what}. {check.found}")
    else:
        narrator.note(f"All {len(checks)} expectations held.")


def month_over_words(now: datetime, speed: float) -> str:
    """When the demo's own month ends in real time, for whoever waits to draw a dip sample of it: ``now`` is the demo's
    instant, ``speed`` how many times faster than ours its clock runs on."""
    today = now.astimezone(LONDON).date()
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    left = datetime.combine(following, time(), LONDON) - now
    minutes = ceil(left / timedelta(minutes=1) / speed)
    return (
        f"Its clock runs on, {speed:.0f} times as fast as ours: {today:%B %Y} is over in about {minutes} "
        f"minute{'' if minutes == 1 else 's'}. A dip sample can be drawn of it then, and not before."
    )


def _addresses(stage: Stage, narrator: Narrator, ending: Ending) -> None:
    addresses = {
        f"{name.capitalize()}'s worklist": f"{stage.service_url}/{name}/worklist" for name in sorted(stage.senders)
    }
    shown = next((play for play in ending.plays if play.reference), None)
    if shown:
        addresses["one meeting"] = f"{stage.service_url}/{shown.case.partnership}/meetings/{shown.reference}"
    addresses |= {
        "the agencies' inboxes": f"{stage.sandbox_url}/",
        "the API's description": f"{stage.service_url}/api/openapi.json",
    }
    narrator.note()
    narrator.note("Open in a browser:")
    for words, address in addresses.items():
        narrator.note(f"  {words:<22} {address}")
    narrator.note("The worklists ask who you are: choose one of the invented people, each with another role.")
