"""A bank holiday announced since the release counts for the commands that need no other setting."""

from __future__ import annotations

import pytest

from tests.commands.commands_world import Convene

# A Wednesday; the request's concern is of the Tuesday before.
ANNOUNCED = "CONVENE_ANNOUNCED_BANK_HOLIDAYS"
AT = ("--at", "2026-12-01T10:00")


def deadline(bare: Convene) -> str:
    conference = bare.request(meeting_type="icpc", initiating_sd_at="2026-12-01T09:00:00+00:00")
    return str(bare.json("policy", "explain", conference, *AT)["deadline_at"])


def test_a_deadline_in_working_days_moves_by_the_announced_day(bare: Convene) -> None:
    before = deadline(bare)
    bare.monkeypatch.setenv(ANNOUNCED, '["2026-12-02"]')
    assert deadline(bare) > before
    bare.monkeypatch.setenv(ANNOUNCED, '["2026-12-05"]')
    assert deadline(bare) == before, "a Saturday is no working day anyhow"


def test_no_start_is_suggested_on_the_announced_day(bare: Convene) -> None:
    away = {"seats": [[["2026-12-01T00:00", "2026-12-02T00:00"]]]}
    busy = bare.file("availability.json", {"agencies": {"police_child_protection": away}})
    asked = ("slots", bare.request(), *AT, "--availability", busy, "--count", "20")
    starts = [each["start"][:10] for each in bare.json(*asked)["slots"]]
    assert "2026-12-02" in starts
    bare.monkeypatch.setenv(ANNOUNCED, '["2026-12-02"]')
    assert "2026-12-02" not in [each["start"][:10] for each in bare.json(*asked)["slots"]]


@pytest.mark.parametrize("said", ["2026-12-02", '["2 December"]', '{"a": 1}'])
def test_what_is_no_list_of_days_is_refused_with_the_setting_s_name(bare: Convene, said: str) -> None:
    bare.monkeypatch.setenv(ANNOUNCED, said)
    assert ANNOUNCED in bare.run("policy", "explain", bare.request(), *AT, code=2).stderr
