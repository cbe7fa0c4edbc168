"""From a confirmed time to who came, each step one command."""

import asyncio

import pytest
from sqlalchemy import text

from service.commands.options import read_time
from service.settings import load
from service.store.engine import make_engine
from tests.commands.commands_world import Convene


def planned(convene: Convene) -> str:
    return str(convene.take_in(wishes={})["meeting_reference"])


def act(convene: Convene, *arguments: str, code: int = 0) -> str:
    found = convene.run(*arguments, "-p", "lewisham", code=code)
    return found.stdout if code == 0 else found.stderr


def test_a_planned_meeting_is_confirmed_moved_and_cancelled(convene: Convene) -> None:
    reference = planned(convene)
    said = act(convene, "meeting", "confirm", reference, "--start", "2026-12-02T10:00", "--mode", "phone")
    assert said == f"Meeting {reference} is confirmed, version 1.\n"
    said = act(convene, "meeting", "move", reference, "--start", "2026-12-02T11:00", "--by", "amy")
    assert said == f"Meeting {reference} is confirmed, version 2.\n"
    said = act(convene, "meeting", "cancel", reference, "--reason", "facts_now_clear")
    assert said == f"Meeting {reference} is cancelled, version 2.\n"


def test_a_full_desk_is_said_with_when_else_and_one_option_goes_through_all_the_same(convene: Convene) -> None:
    first, second = planned(convene), str(convene.take_in("S47-2", wishes={})["meeting_reference"])
    start = ("--start", "2026-12-02T10:00")
    said = act(convene, "meeting", "hold", first, *start)
    assert said.startswith(f"Wednesday 2 December 2026, 10am is held for meeting {first} until ")
    said = act(convene, "meeting", "confirm", second, *start, code=1)
    assert "can sit in 1 meeting at once and is taken then. Next best: " in said
    assert "immediate_risk, desk_agreed, no_other_time, without_desk" in said
    assert "Traceback" not in said
    said = act(convene, "meeting", "confirm", second, *start, "--desk-override", "desk_agreed")
    assert said == f"Meeting {second} is confirmed, version 1.\n"


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2026-12-02T10:00", "2026-12-02T10:00:00+00:00"),
        ("2027-07-01T10:00", "2027-07-01T09:00:00+00:00"),
        ("2027-07-01T10:00+00:00", "2027-07-01T10:00:00+00:00"),
        ("2027-07-01T10:00:00Z", "2027-07-01T10:00:00+00:00"),
    ],
    ids=["winter", "summer", "with an offset", "with a Z"],
)
def test_a_time_without_an_offset_is_london_time(typed: str, instant: str) -> None:
    assert read_time(typed).isoformat() == instant


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["meeting", "confirm", "REF", "--start", "2026-12-01T08:00"], 2, "The start is in the past."),
        (["meeting", "move", "REF", "--start", "2026-12-02T10:00"], 1, "Somebody else has just changed this meeting."),
        (["meeting", "cancel", "REF", "--reason", "rain"], 2, "--reason is one of: already_held, facts_now_clear"),
        (["meeting", "cancel", "REF", "--reason", "replaced", "--if-version", "7"], 1, "Look at it again"),
        (["meeting", "cancel", "CV-1111-111B", "--reason", "replaced"], 2, ""),
        (["answer", "REF", "--role", "gp", "--answer", "yes", "--by", "desk"], 2, "No agency in the role 'gp'"),
        (
            ["answer", "REF", "--role", "lcpp", "--answer", "yes", "--by", "desk", "--at", "2026-12-01T12:00"],
            2,
            "future",
        ),
        (["attendance", "record", "REF", "--role", "lcpp", "--outcome", "attended"], 1, "cannot become held"),
        (["attendance", "confirm", "REF", "--by", "chair"], 1, "cannot become held"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    convene: Convene, arguments: list[str], code: int, sentence: str
) -> None:
    reference = planned(convene)
    said = act(convene, *(reference if part == "REF" else part for part in arguments), code=code)
    assert sentence in said
    assert "Traceback" not in said


def test_another_partnerships_meeting_is_not_known(convene: Convene) -> None:
    reference = planned(convene)
    said = convene.run("meeting", "cancel", reference, "--reason", "replaced", "-p", "wirral", code=2).stderr
    assert said == f"convene: There is no meeting {reference} in this partnership. Check the reference.\n"


def test_an_answer_by_phone_is_recorded_once_per_call(convene: Convene) -> None:
    reference = convene.take_in()["meeting_reference"]
    call = (
        "answer",
        reference,
        "--role",
        "health_practitioner",
        "--answer",
        "deputy",
        "--by",
        "duty nurse",
        "-p",
        "lewisham",
        "--at",
        "2026-12-01T08:55",
    )
    assert convene.json(*call) == {"answer": "deputy", "words": "someone comes instead", "counted": True, "new": True}
    assert convene.json(*call)["new"] is False


def test_a_reference_is_read_however_it_is_written(convene: Convene) -> None:
    reference = convene.take_in()["meeting_reference"]
    spoken = reference.lower().replace("-", " ")
    act(convene, "answer", spoken, "--role", "lcpp", "--answer", "yes", "--by", "the desk")


def test_attendance_is_recorded_corrected_and_confirmed(convene: Convene, held: str) -> None:
    record = ("attendance", "record", held, "-p", "lewisham", "--role", "police_child_protection")
    first = convene.json(*record, "--outcome", "no_answer")
    assert first["recorded"] == 1
    assert "police_child_protection" not in first["missing"]
    convene.json(
        *record,
        "--outcome",
        "attended",
        "--how",
        "teams",
        "--contribution",
        "spoke_from_records",
        "--seniority-confirmed",
    )
    confirmed = convene.json("attendance", "confirm", held, "-p", "lewisham", "--by", "the chair")
    assert confirmed["confirmed"] == 1


def test_who_came_instead_a_second_sitting_and_an_agency_brought_in(convene: Convene, held: str) -> None:
    record = ("attendance", "record", held, "-p", "lewisham")
    stood_in = ("--outcome", "represented", "--deputy", "manager", "--deputy-words", "Mr Tam Reed")
    convene.run(*record, "--role", "lcpp", *stood_in)
    convene.run(*record, "--role", "probation", "--outcome", "attended", "--joined")
    opened = ("attendance", "deputies", held, "-p", "lewisham", "--reason", "the minutes")
    assert convene.json(*opened) == [{"role": "lcpp", "sitting": 1, "words": "Mr Tam Reed"}]
    assert convene.run(*opened).stdout == "lcpp, sitting 1: Mr Tam Reed\n"
    adjourn = ("meeting", "adjourn", held, "-p", "lewisham", "--because", "police are missing")
    assert convene.json(*adjourn, "--start", "2026-12-04T10:00")["sitting"] == 2
    early = convene.run(*record, "--role", "lcpp", "--outcome", "attended", "--sitting", "2", code=2)
    assert "has not started" in early.stderr


def test_the_report_counts_what_was_recorded(convene: Convene, held: str) -> None:
    record = ("attendance", "record", held, "-p", "lewisham")
    convene.run(*record, "--role", "police_child_protection", "--outcome", "attended")
    convene.run(*record, "--role", "social_worker", "--outcome", "report_only")
    days = ("--from", "2026-12-01", "--to", "2026-12-01", "-p", "lewisham")
    told = convene.json("report", "attendance", *days)
    lines = {line["key"]: line for line in told["lines"]}
    assert (lines["police_child_protection"]["n"], lines["police_child_protection"]["of"]) == (1, 1)
    assert lines["police_child_protection"]["low"] == pytest.approx(20.65, abs=0.01)
    assert lines["social_worker"]["report_only"] == 1
    # No worker ran, so the other six were never asked: they count as absent, not as still to be recorded.
    assert (told["overall"]["n"], told["overall"]["of"], told["overall"]["not_recorded"]) == (1, 8, 0)
    assert told["denominator"] == "required"
    table = convene.run("report", "attendance", *days)
    assert "likely range" in table.stdout
    assert "places the policy required" in table.stderr


def test_the_audit_holds_after_all_of_it_and_breaks_where_it_is_touched(convene: Convene, held: str) -> None:
    convene.run("attendance", "record", held, "-p", "lewisham", "--role", "lcpp", "--outcome", "attended")
    whole = convene.json("audit", "verify", "-p", "lewisham")
    assert whole["holds"] is True
    assert len(whole["chains"]) == 2
    assert convene.json("audit", "verify", "-p", "lewisham", "--meeting", held)["events"] >= 4
    asyncio.run(tamper(load().database_url.get_secret_value()))
    broken = convene.json("audit", "verify", "-p", "lewisham", code=1)
    assert [chain["problem"] for chain in broken["chains"] if not chain["holds"]] == ["event 2 was changed"]
    assert "event 2 was changed" in convene.run("audit", "verify", "-p", "lewisham", "--meeting", held, code=1).stderr


async def tamper(url: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as conn:
        changed = text("UPDATE audit_events SET actor = 'somebody' WHERE meeting_id IS NOT NULL AND number = 2")
        await conn.execute(changed)
    await engine.dispose()


def test_whether_enough_are_coming_is_told_and_a_no_can_be_tried_first(convene: Convene) -> None:
    reference = planned(convene)
    said = act(convene, "meeting", "quorum", reference)
    assert said.startswith("Quorum: not set by the partnership.\n")
    assert "is not met yet. Missing: children's social care, police and health." in said
    found = convene.json("meeting", "quorum", reference, "-p", "lewisham", "--if-no", "police_child_protection")
    assert found["national_least_missing"] == ["children's social care", "police", "health"]
    assert "can no longer be met by answers still to come" in " ".join(found["words"])
    assert "No agency in the role" in act(convene, "meeting", "quorum", reference, "--if-no", "prison", code=2)


def test_short_notice_is_explained_from_the_policys_list(convene: Convene) -> None:
    reference = planned(convene)
    act(convene, "meeting", "confirm", reference, "--start", "2026-12-02T10:00")
    explain = ["meeting", "explain", reference, "--reason", "it came late"]
    said = act(convene, *explain, "--code", "late_request", "--by", "amy")
    assert said == f"Meeting {reference}: short notice because the request reached us late.\n"
    assert "is one of: contact_is_near" in act(convene, *explain, "--code", "rain", code=2)


def test_a_calendar_file_is_written_once_there_is_a_time(convene: Convene) -> None:
    reference, path = planned(convene), convene.folder / "meeting.ics"
    assert "has no time yet" in act(convene, "meeting", "calendar-file", reference, "--out", str(path), code=2)
    assert not path.exists()
    act(convene, "meeting", "confirm", reference, "--start", "2026-12-01T14:00")
    act(convene, "meeting", "calendar-file", reference, "--out", str(path))
    assert f"SUMMARY:Professionals' meeting {reference}" in path.read_text()


def test_why_a_meeting_goes_on_without_everyone_is_kept(convene: Convene) -> None:
    reference = planned(convene)
    assert "has its time" in act(convene, "meeting", "go-on", reference, "--reason", "the risk is now", code=2)
    act(convene, "meeting", "confirm", reference, "--start", "2026-12-02T10:00")
    said = act(convene, "meeting", "go-on", reference, "--reason", "the risk is now", "--by", "amy")
    assert said == f"Meeting {reference} goes on without: children's social care, police, health.\n"


def test_what_a_meeting_came_to_its_actions_and_reports(convene: Convene, held: str) -> None:
    about = (held, "-p", "lewisham")
    assert convene.run("meeting", "outcome", *about, "--show").stdout == "No outcome is recorded yet.\n"
    decided = ("--decided", "section_47_enquiry", "--s47-started", "2026-12-01T09:00", "--police", "none")
    said = convene.run("meeting", "outcome", *about, *decided).stdout
    assert "Decided: section 47 enquiry." in said
    assert "There is no police investigation." in said
    assert convene.json("meeting", "outcome", *about, "--show")["outcome"]["police"] == "none"
    add = ("meeting", "action", "add", *about, "--owner", "gp", "--due", "2026-12-08")
    assert convene.run(*add, "--what", "share the records").stdout == f"Action 1 of meeting {held} is kept.\n"
    [listed] = convene.json("meeting", "action", "list", *about)
    assert (listed["number"], listed["owner_role"], listed["due_on"]) == (1, "gp", "2026-12-08")
    assert (listed["what"], listed["state"]) == ("share the records", "open")
    convene.run("meeting", "action", "done", held, "1", "-p", "lewisham")
    assert "no open action 1" in convene.run("meeting", "action", "drop", held, "1", "-p", "lewisham", code=2).stderr
    report = ("meeting", "report", *about, "--role", "lcpp", "--received", "2026-12-01T08:00")
    assert "when it is due is not set by the partnership" in convene.run(*report).stdout
    assert convene.json(*report)["in_time"] is None
