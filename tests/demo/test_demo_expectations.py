"""The expectations can fail: each kind of harm they look for is shown to them once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from service.demo.cases import all_cases
from service.demo.directories import desks
from service.demo.expect import check_play
from service.demo.outside import Outside
from service.demo.play import Play

REFERENCE = "CV-7K3Q-9XHD"
START = "2026-12-01T15:45:00+00:00"
CASE = next(case for case in all_cases() if case.key.startswith("14"))


def _agency(role: str, rule: str) -> dict[str, Any]:
    answer = {"answer": "yes", "way": "outlook", "answered_at": "2026-12-01T11:25:00+00:00"}
    chase = {"version": 1, "step": 4, "to": "phone", "state": "not_sent", "not_sent_because": "answered"}
    return {
        "role": role,
        "slot": "",
        "state": "wanted",
        "level": "core",
        "because": [{"rule": rule}],
        "children": [],
        "answer": answer,
        "chases": [{**chase, "finished_at": "2026-12-01T13:45:00+00:00"}],
        "attendance": {"outcome": "attended"},
    }


def _play() -> Play:
    meeting = {
        "state": "held",
        "version": 1,
        "starts_at": START,
        "deadline_at": None,
        "tasks": [],
        "agencies": [_agency(role, rule) for role, rule in CASE.expect["invited"].items()],
    }
    taken = {"meeting_reference": REFERENCE, "tasks": ["choose_time"]}
    return Play(CASE, desks(CASE.partnership), taken=taken, meeting=meeting)


def _outside(play: Play) -> dict[str, Any]:
    addresses = [play.desk(named).address for named in CASE.expect["invited"]]
    event = {
        "subject": f"Professionals' meeting {REFERENCE}",
        "body": "You are invited",
        "start": START,
        "cancelled": False,
        "hide_attendees": True,
        "attendees": [{"address": address} for address in addresses],
    }
    subject = f"{REFERENCE}: you are invited to a professionals' meeting"
    messages = [
        {"subject": subject, "body": "why", "recipients": [address], "draft": False, "from": None}
        for address in addresses
    ]
    return {"mailboxes": {"organiser": {"events": [event], "messages": messages}}}


def _failed(play: Play, state: dict[str, Any]) -> list[str]:
    return [check.what for check in check_play(play, Outside(state)) if not check.held]


def test_a_day_without_harm_holds() -> None:
    play = _play()

    assert _failed(play, _outside(play)) == []


def test_a_second_event_is_seen() -> None:
    play = _play()
    state = _outside(play)
    organiser = state["mailboxes"]["organiser"]
    organiser["events"].append(copy.deepcopy(organiser["events"][0]))

    assert "one calendar event in the sandbox" in _failed(play, state)


def test_an_agency_that_was_not_told_is_seen() -> None:
    play = _play()
    state = _outside(play)
    state["mailboxes"]["organiser"]["messages"].pop()

    assert any("its own message" in what for what in _failed(play, state))


@pytest.mark.parametrize("words", ["Posy Makebelieve", "MAKEBELIEVE", "2026-03-28", "1 Imaginary Row"])
def test_an_identity_outside_the_house_is_seen(words: str) -> None:
    play = _play()
    state = _outside(play)
    state["mailboxes"]["organiser"]["messages"][0]["body"] = f"about {words}, Nowhereton ZZ99 1AA"

    assert any("who the family is" in what for what in _failed(play, state))


def test_a_chase_long_after_an_answer_is_seen() -> None:
    play = _play()
    play.meeting["agencies"][0]["chases"][0] |= {"state": "sent", "not_sent_because": None}

    assert "nobody was chased after an answer" in _failed(play, _outside(play))


def test_a_chase_that_ended_without_a_reason_is_seen() -> None:
    play = _play()
    play.meeting["agencies"][0]["chases"][0] |= {"state": "due", "not_sent_because": None}

    assert "every chase was sent, or not sent with a reason" in _failed(play, _outside(play))


def test_an_agency_nobody_asked_for_is_seen() -> None:
    play = _play()
    play.meeting["agencies"].append(_agency("prevent_lead", "C20"))

    assert "nobody else is asked" in _failed(play, _outside(play))


def test_a_step_that_went_wrong_is_a_failure() -> None:
    play = _play()
    play.problems.append("could not be sent")

    assert "could not be sent" in _failed(play, _outside(play))
