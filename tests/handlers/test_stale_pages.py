"""The dead man's switch of the periodic jobs: who looks at a page, or at the figures, is told when nobody works."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.domain.london import words
from service.store import tables
from service.store.changes import heartbeats
from service.web.stale import STALE_AFTER, stale_words, unread_words
from tests.handlers.house import MONDAY, House

OLD = "has not sent and read as it should"


async def beats(house: House, job: str, error: str | None = None) -> None:
    async with house.engine.begin() as conn:
        await heartbeats.beat(conn, job, house.clock.real, error)
        await conn.execute(tables.mailboxes.update().values(read_at=house.clock.at))


async def both_pages(house: House, reference: str) -> list[str]:
    paths = ("/lewisham/worklist", f"/lewisham/meetings/{reference}")
    return [await (await house.client.get(path)).text() for path in paths]


async def test_the_pages_warn_while_no_worker_has_run_or_one_has_stopped(house: House) -> None:
    reference = await house.confirmed()
    assert all("has not begun to send" in page for page in await both_pages(house, reference))
    await beats(house, "v1.sweep")
    house.clock.at += timedelta(days=9)
    await beats(house, "v1.sweep")
    assert not any("Phone whoever cannot wait" in page for page in await both_pages(house, reference))
    house.clock.real += timedelta(minutes=20)
    assert all(f"{OLD} for 20 minutes" in page for page in await both_pages(house, reference))


async def test_a_job_that_runs_and_fails_is_as_good_as_none(house: House) -> None:
    reference = await house.confirmed()
    await beats(house, "v1.sweep")
    await beats(house, "v1.upkeep")
    house.clock.real += timedelta(minutes=20)
    await beats(house, "v1.sweep")
    await beats(house, "v1.upkeep", "TimeoutError")
    assert all(OLD in page for page in await both_pages(house, reference))
    await beats(house, "v1.upkeep")
    assert not any(OLD in page for page in await both_pages(house, reference))


async def test_every_page_of_answers_says_since_when_outlook_has_not_been_read(house: House) -> None:
    reference = await house.confirmed()
    await beats(house, "v1.sweep")
    pages = [f"/lewisham/{name}" for name in ("worklist", f"meetings/{reference}", "contact-sheet")]
    old = f"Answers given in Outlook were last read on {words(house.clock.at)}"
    for minutes, warned in ((4, False), (1, True)):
        house.clock.at += timedelta(minutes=minutes)
        for path in pages:
            assert (old in await (await house.client.get(path)).text()) is warned, path
    await house.sign_in("administrator")
    assert old in await (await house.client.get("/lewisham/operations")).text()


async def test_the_figures_say_when_each_job_last_ended_well(house: House) -> None:
    await beats(house, "v1.sweep")
    await beats(house, "v1.upkeep", "TimeoutError")
    figures = await (await house.client.get("/metrics")).text()
    name = "convene_job_last_success_timestamp_seconds"
    shown = dict(line.split() for line in figures.splitlines() if line.startswith(name))
    assert float(shown[f'{name}{{job="v1.sweep"}}']) == MONDAY.timestamp()
    assert float(shown[f'{name}{{job="v1.upkeep"}}']) == 0


def test_a_mailbox_never_read_is_told_of_and_one_read_just_within_the_limit_is_not() -> None:
    late = timedelta(minutes=4)
    assert "not been read yet" in unread_words([MONDAY, None], MONDAY, late)
    assert unread_words([MONDAY, MONDAY - late], MONDAY, late) == ""
    assert words(MONDAY - timedelta(hours=5)) in unread_words([MONDAY, MONDAY - timedelta(hours=5)], MONDAY, late)
    assert unread_words([], MONDAY, late) == "", "a partnership without a mailbox reads nothing"


@pytest.mark.parametrize(("late", "warned"), [(timedelta(), False), (timedelta(seconds=1), True)])
def test_the_warning_begins_just_after_the_limit(late: timedelta, *, warned: bool) -> None:
    assert bool(stale_words([MONDAY, MONDAY - STALE_AFTER - late], MONDAY)) is warned
