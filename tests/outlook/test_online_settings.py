"""How an online meeting is set, read as strictly as Graph gives it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from service.commands.checks import job_lines
from service.outlook.adapter import open_graph
from service.outlook.errors import Gone, PermanentConfiguration, PermanentData
from service.outlook.online import OnlineSettings, faults_of, organiser_in, read_online
from service.outlook.send import create_event
from service.scheduler.jobs import PERIODIC
from service.store.queries.health import Heartbeat
from tests.outlook.stage import EVENT, MAILBOX, running_sandbox

GOOD = OnlineSettings("organizer", False, False, False, False)
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (replace(GOOD, lobby_scope="everyone"), "not everyone waits in the lobby"),
        (replace(GOOD, lobby_scope="organization"), "not everyone waits in the lobby"),
        (replace(GOOD, lobby_scope=None), "not everyone waits in the lobby"),
        (replace(GOOD, dial_in_bypasses=True), "callers by phone may pass the lobby"),
        (replace(GOOD, records_by_itself=True), "it is recorded by itself"),
        (replace(GOOD, may_be_recorded=None), "it may be recorded"),
        (replace(GOOD, may_be_transcribed=True), "it may be transcribed, and notes by assistants made of it"),
    ],
)
def test_each_setting_that_lets_somebody_in_or_writes_something_down_is_named(
    settings: OnlineSettings, fault: str
) -> None:
    assert faults_of(settings) == (fault,)
    assert faults_of(GOOD) == ()


@pytest.mark.parametrize(
    ("link", "organiser"),
    [
        ("https://teams.example/l/meetup-join/x/0?context=%7B%22Tid%22%3A%22t%22%2C%22Oid%22%3A%22o-1%22%7D", "o-1"),
        ("https://teams.example/l/meetup-join/x/0", ""),
        ("https://teams.example/l/meetup-join/x/0?context=%7B", ""),
        ("https://teams.example/l/meetup-join/x/0?context=%5B%5D", ""),
    ],
)
def test_the_organiser_is_read_from_the_join_link(link: str, organiser: str) -> None:
    assert organiser_in(link) == organiser


async def test_the_settings_are_read_by_the_join_link_under_the_organisers_object_id() -> None:
    async with running_sandbox() as place, open_graph(place.settings) as graph:
        made = await create_event(graph, MAILBOX, EVENT, "mtg-7KQ2M")
        assert await read_online(graph, MAILBOX, made.join_url) == GOOD
        with pytest.raises(Gone):
            await read_online(graph, MAILBOX, made.join_url.replace("meeting_", "meeting_0"))
        with pytest.raises(PermanentData):
            await read_online(graph, MAILBOX, made.join_url.partition("?")[0])
        lobby = {"scope": "everyone", "isDialInBypassEnabled": True}
        await place.control.post("teams", mailbox=MAILBOX, settings={"lobbyBypassSettings": lobby})
        assert len(faults_of(await read_online(graph, MAILBOX, made.join_url))) == 2
        await place.control.post("teams", mailbox=MAILBOX, allowed=False)
        with pytest.raises(PermanentConfiguration):
            await read_online(graph, MAILBOX, made.join_url)


def test_every_periodic_job_has_a_line_that_fails_when_it_is_quiet() -> None:
    (line,) = job_lines([], NOW)
    assert (line.ok, "start a worker" in line.words) == (True, True)
    beats = [Heartbeat(job, NOW, NOW - timedelta(seconds=20), None) for job in PERIODIC]
    assert all(each.ok for each in job_lines(beats, NOW))
    quiet = [*beats[1:], replace(beats[0], last_success_at=NOW - timedelta(minutes=10), last_error="TimeoutError")]
    (failed,) = [each for each in job_lines(quiet, NOW) if not each.ok]
    assert (beats[0].job in failed.name, "TimeoutError" in failed.words) == (True, True)
    missing = [each for each in job_lines(beats[1:], NOW) if not each.ok]
    assert [each.words for each in missing] == ["has never ended well"]
