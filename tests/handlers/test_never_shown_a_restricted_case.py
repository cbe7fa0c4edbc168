"""Never to staff who are not named for it: a restricted case is not in their lists, not at its address and not in
their counts; whoever breaks the glass is let in for a while, and somebody hears of it."""

from __future__ import annotations

import ast
import inspect
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import service.handlers
from service.domain.references import make_reference
from service.store.queries.readable import Reader
from service.workflow import clashes, desk, dip_review, place_rows, restricting
from service.workflow.errors import BadReaderError, NoReasonError, NoSuchMeetingError
from tests.handlers.every_page import EVERY_ROLE, furnish
from tests.handlers.house import House
from tests.store.test_scope import READS

UNKNOWN = make_reference(bytes(16))
# One address to a line.
PAGES = (
    "",
    "/actions",
    "/attendance",
    "/calendar-file",
    "/calls",
    "/cancel",
    "/chair",
    "/chair-sheet",
    "/decisions",
    "/disagreements",
    "/family",
    "/family/arrange",
    "/go-on",
    "/medical",
    "/minutes",
    "/not-held",
    "/outcome",
    "/readers",
    "/replan",
    "/short-notice",
    "/sittings",
    "/stand-down",
    "/together",
    "/who-it-is-about",
    "/written-information",
)
API = (
    "",
    "/calendar-file",
    "/calls",
    "/chair",
    "/decisions",
    "/family",
    "/follow-up",
    "/minutes",
    "/not-held",
    "/quorum",
    "/replan",
    "/slots",
)


async def restricted(house: House, *readers: str) -> str:
    """A meeting whose case only the command line's officer and these may know of."""
    reference = await house.confirmed()
    await restricting.restrict_case(
        house.services, "lewisham", reference, readers, reason="a colleague's child", actor="command:officer"
    )
    return reference


async def ada(house: House) -> str:
    return f"staff:{(await house.sign_in('officer', 'chair', 'analyst'))['lewisham']}"


async def test_it_is_in_no_list_and_at_no_address_for_staff_who_are_not_named(house: House) -> None:
    await ada(house)
    reference = await restricted(house)
    for page in ("worklist", "contact-sheet", "clashes", "handover", "reports/caseload"):
        assert reference not in await (await house.client.get(f"/lewisham/{page}")).text()
    for page in PAGES:
        hidden = await house.client.get(f"/lewisham/meetings/{reference}{page}")
        assert hidden.status == 404, page


async def test_it_is_in_no_list_and_at_no_address_for_another_system(house: House) -> None:
    reference = await restricted(house)
    listed = await (await house.call("GET", "/api/v1/meetings")).json()
    assert listed["meetings"] == []
    for path in API:
        hidden = await house.call("GET", f"/api/v1/meetings/{reference}{path}")
        assert (hidden.status, (await hidden.json())["code"]) == (404, "no_such_meeting"), path
    for path, body in (("cancel", {"reason": "replaced"}), ("stop", {"role": "school_nurse"})):
        assert (await house.call("POST", f"/api/v1/meetings/{reference}/{path}", body)).status == 404
    asked = {"role": "health_practitioner", "name": "Asha Okoro", "reason": "called back"}
    assert (await house.call("POST", f"/api/v1/meetings/{reference}/identity", asked)).status == 404
    (request,) = await house.rows("SELECT id FROM requests")
    assert (await house.call("GET", f"/api/v1/meeting-requests/{request['id']}")).status == 404


async def test_whoever_may_know_of_it_is_written_as_they_write_themselves(house: House) -> None:
    ids = await house.sign_in("officer", name="Ruth McAdam")
    own = await house.sign_in("manager", name="Kit Manager")
    reference = await restricted(house, f"staff:{ids['lewisham']}", f"staff:{own['lewisham']}")
    shown = await (await house.client.get(f"/lewisham/meetings/{reference}/readers")).text()
    assert "Ruth McAdam may know of it, since" in " ".join(shown.split())


async def test_its_tasks_are_not_listed_and_cannot_be_done_by_others(house: House) -> None:
    await ada(house)
    reference = await restricted(house)
    (task, *_) = await house.rows(
        "SELECT t.id FROM tasks t JOIN meetings m ON m.id = t.meeting_id WHERE m.reference = :reference",
        reference=reference,
    )
    assert (await house.press(f"/lewisham/tasks/{task['id']}/done")).status == 404
    seen = await desk.list_tasks(house.services, "lewisham", Reader("staff:somebody", house.clock.now()))
    assert reference not in {each.meeting_reference for each in seen}
    assert reference in {each.meeting_reference for each in await desk.list_tasks(house.services, "lewisham")}


async def test_the_clash_radar_names_it_to_nobody_else(house: House) -> None:
    first, second = await restricted(house), await house.confirmed()
    radar = await clashes.clash_radar(house.services, "lewisham", reader=Reader("staff:x", house.clock.now()))
    assert first not in str(radar)
    assert first in str(await clashes.clash_radar(house.services, "lewisham"))
    assert second


DECEMBER = "from=2026-11-01&to=2026-12-31"
# Files and answers that name meetings, beside the pages of the furnished house.
DOWNLOADS = (
    f"/lewisham/reports/places?{DECEMBER}",
    *(f"/lewisham/reports/standard?{DECEMBER}&format={each}" for each in ("json", "csv", "html", "xlsx")),
    *(f"/lewisham/reports?month=2026-11&format={each}" for each in ("json", "csv", "html")),
)
API_LISTS = (
    "/api/v1/meetings",
    "/api/v1/clashes",
    "/api/v1/disagreements",
    f"/api/v1/reports/places?{DECEMBER}",
    f"/api/v1/reports/standard?{DECEMBER}&format=csv",
    f"/api/v1/reports/attendance?{DECEMBER}&format=csv",
)


async def test_no_page_no_file_and_no_answer_names_one_to_somebody_who_is_not_named_for_it(house: House) -> None:
    """Every address of the furnished house that is not itself about one meeting, once all its cases are restricted."""
    addresses = await furnish(house)
    await house.sign_in(*EVERY_ROLE, "requester", name="Bo Other")
    everything = [each["reference"] for each in await house.rows("SELECT reference FROM meetings")]
    for reference in everything:
        await restricting.restrict_case(
            house.services, "lewisham", reference, [], reason="a colleague's child", actor="command:officer"
        )
    sheets = [f"{each}?format=csv" for each in addresses["/{partnership}/reports/dip-samples/{seal}"]]
    # An agency sees what it was asked to, and a draft is its author's alone: this is somebody else.
    paths = [each for each in addresses if each.startswith("/{partnership}") and "{reference}" not in each]
    looked = 0
    for address in (*(each for path in paths for each in addresses[path]), *DOWNLOADS, *sheets):
        answer = await house.client.get(address)
        assert answer.status in {200, 404}, address
        looked += answer.status == 200
        shown = (await answer.read()).decode("utf-8", "replace")
        assert [each for each in everything if each in shown] == [], address
    assert looked > 35
    for address in API_LISTS:
        answer = await house.call("GET", address, client="eclipse")
        assert answer.status == 200, address
        shown = await answer.text()
        assert [each for each in everything if each in shown] == [], address


async def test_the_rows_behind_the_figures_leave_it_out_and_say_how_many(house: House) -> None:
    me = await ada(house)
    hidden, plain = await restricted(house), await house.confirmed()
    house.clock.at = house.clock.at.replace(month=12, day=20)
    mine = await house.client.get(f"/lewisham/reports/places?{DECEMBER}")
    theirs = await house.call("GET", f"/api/v1/reports/places?{DECEMBER}")
    for answer in (mine, theirs):
        shown = await answer.text()
        assert (hidden in shown, plain in shown) == (False, True)
        assert answer.headers["Convene-Withheld-Meetings"] == "1"
    page = await (await house.client.get(f"/lewisham/reports/standard?{DECEMBER}")).text()
    assert "The rows of 1 meeting are left out, because only the people named" in page
    none = await house.client.get(f"/lewisham/reports/places?{DECEMBER}&team=nobody-s")
    assert none.headers["Convene-Withheld-Meetings"] == "0", "what the rows are narrowed to narrows the count"
    await restricting.restrict_case(
        house.services, "lewisham", hidden, [me, "api:eclipse"], reason="they know", actor="command:officer"
    )
    for answer in (
        await house.client.get(f"/lewisham/reports/places?{DECEMBER}"),
        await house.call("GET", f"/api/v1/reports/places?{DECEMBER}"),
    ):
        assert hidden in await answer.text()
        assert answer.headers["Convene-Withheld-Meetings"] == "0"
    assert "are left out" not in await (await house.client.get(f"/lewisham/reports/standard?{DECEMBER}")).text()


async def test_whoever_is_kept_out_of_a_case_has_no_rows_of_it_either(house: House) -> None:
    me = await ada(house)
    reference = await house.confirmed()
    await restricting.keep_out(house.services, "lewisham", reference, me, reason="her brother", actor="command:officer")
    house.clock.at = house.clock.at.replace(month=12, day=20)
    answer = await house.client.get(f"/lewisham/reports/places?{DECEMBER}")
    assert reference not in await answer.text()
    assert answer.headers["Convene-Withheld-Meetings"] == "1"


async def test_whoever_is_named_sees_it_as_ever_and_so_do_its_agencies(house: House) -> None:
    reference = await restricted(house, await ada(house), "api:reader")
    assert reference in await (await house.client.get("/lewisham/worklist")).text()
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 200
    assert (await house.call("GET", f"/api/v1/meetings/{reference}", client="reader")).status == 200
    assert (await house.client.get(await house.link(reference))).status == 200


async def test_a_refusal_is_that_of_a_reference_nobody_knows(house: House) -> None:
    await ada(house)
    reference, unknown = await restricted(house), UNKNOWN
    for path in PAGES:
        hidden = await (await house.client.get(f"/lewisham/meetings/{reference}{path}")).text()
        absent = await (await house.client.get(f"/lewisham/meetings/{unknown}{path}")).text()
        assert "There is nothing at this address" in hidden or hidden.replace(reference, "") == absent.replace(
            unknown, ""
        )


async def test_the_way_to_the_glass_is_shown_for_every_reference_there_could_be_and_to_readers_alone(
    house: House,
) -> None:
    await ada(house)
    reference, unknown = await restricted(house), UNKNOWN
    pages = []
    for each in (reference, unknown):
        answer = await house.client.get(f"/lewisham/meetings/{each.lower()}/chair")
        page = await answer.text()
        assert (answer.status, f'href="/lewisham/meetings/{each}/break-glass"' in page) == (404, True)
        pages.append(page.replace(each, "X"))
    assert pages[0] == pages[1], "it says nothing of whether there is such a meeting"
    for path in ("/lewisham/meetings/CV-1111", "/lewisham/nothing", "/nothing"):
        assert "break-glass" not in await (await house.client.get(path)).text(), path
    await house.sign_in("administrator", partnerships=("lewisham",))
    for each in (reference, unknown):
        assert "break-glass" not in await (await house.client.get(f"/lewisham/meetings/{each}")).text()


async def test_breaking_the_glass_lets_somebody_in_for_four_hours_and_a_manager_hears(house: House) -> None:
    me = await ada(house)
    reference = await restricted(house)
    path = f"/lewisham/meetings/{reference}/break-glass"
    assert "Look at a restricted case" in await (await house.client.get(path)).text()
    assert (await house.press(path, version="0", reason="")).status == 422
    done = await house.press(path, version="0", reason="the child was found at the station just now")
    assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}")
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 200
    (task,) = await house.rows("SELECT owner, state FROM tasks WHERE kind = 'glass_broken'")
    assert (task["owner"], task["state"]) == ("team manager, children's social care", "open")
    (event,) = await house.rows("SELECT actor, data FROM audit_events WHERE action = 'identity:glass:broken'")
    assert (event["actor"], event["data"]["refused"]) == (me, False)
    assert 'kind="glass"' in await (await house.client.get("/metrics")).text()
    house.clock.at += timedelta(hours=4)
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 404


async def test_somebody_kept_out_loses_it_and_breaks_no_glass_and_that_too_is_heard(house: House) -> None:
    me = await ada(house)
    reference = await house.confirmed()
    await restricting.keep_out(house.services, "lewisham", reference, me, reason="her brother", actor="command:officer")
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 404
    assert reference not in await (await house.client.get("/lewisham/worklist")).text()
    broken = await house.press(f"/lewisham/meetings/{reference}/break-glass", version="0", reason="let me see it")
    assert broken.status == 404
    (event,) = await house.rows("SELECT data FROM audit_events WHERE action = 'identity:glass:broken'")
    assert event["data"]["refused"] is True
    assert len(await house.rows("SELECT id FROM tasks WHERE kind = 'glass_broken'")) == 1
    await restricting.restrict_case(
        house.services, "lewisham", reference, [me], reason="named by mistake", actor="command:officer"
    )
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 404, "kept out is kept out"
    await restricting.let_in_again(
        house.services, "lewisham", reference, me, reason="another Ada", actor="command:officer"
    )
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 200


async def test_the_page_of_the_glass_is_the_same_for_a_reference_nobody_knows(house: House) -> None:
    await ada(house)
    reference, unknown = await restricted(house), UNKNOWN
    pages = [
        await (await house.client.get(f"/lewisham/meetings/{each}/break-glass")).text() for each in (reference, unknown)
    ]
    assert pages[0].replace(reference, "X") == pages[1].replace(unknown, "X")
    assert (await house.press(f"/lewisham/meetings/{unknown}/break-glass", version="0", reason="why")).status == 404


async def test_a_case_is_opened_up_again_and_whoever_restricts_it_is_never_locked_out(house: House) -> None:
    me = await ada(house)
    reference = await restricted(house)
    found = await restricting.standing(house.services, "lewisham", reference)
    assert (found.restricted, [each.reader for each in found.people]) == (True, ["command:officer"])
    await restricting.open_case(house.services, "lewisham", reference, reason="all may know", actor=me)
    assert (await house.client.get(f"/lewisham/meetings/{reference}")).status == 200


async def test_what_cannot_be_done_is_refused_with_its_mend(house: House) -> None:
    reference = await house.confirmed()
    services = house.services
    with pytest.raises(BadReaderError, match="as the audit does"):
        await restricting.restrict_case(services, "lewisham", reference, ["Ada"], reason="x", actor="command:a")
    with pytest.raises(BadReaderError, match="themself"):
        await restricting.keep_out(services, "lewisham", reference, "command:a", reason="x", actor="command:a")
    with pytest.raises(BadReaderError, match="kept out"):
        await restricting.let_in_again(services, "lewisham", reference, "command:b", reason="x", actor="command:a")
    with pytest.raises(NoReasonError):
        await restricting.break_glass(services, "lewisham", reference, reason=" ", actor="command:a")
    with pytest.raises(NoSuchMeetingError):
        await restricting.restrict_case(services, "wirral", reference, [], reason="x", actor="command:a")
    assert await house.count("case_access") == 0


# What shows or counts meetings to a person, and so must ask who reads.
FOR_A_PERSON = {
    "worklist.worklist",
    "caseload.open_meetings",
    "drift.open_drifts",
    "tasks.open_tasks",
    "contact_sheet.contact_lines",
    "chairs.chaired_meetings",
    "handover.night_meetings",
    "dead_letters.dead_letters",
    "openings.openings_between",
    "finding.seats_between",
    "finding.chairs_between",
    "requests.request_by_id",
    "standard.meeting_facts",
    "standard.withheld_facts",
}
# What gives rows of meetings to a handler by way of the workflow.
BY_THE_WORKFLOW = (
    place_rows.csv_rows,
    place_rows.withheld,
    dip_review.reviewed,
    dip_review.keep_verdicts,
)
# What a handler may read without saying who reads, and why.
EXEMPT = {
    "meeting_view": "one meeting, by a reference that the guard has held against the reader",
    "medical_of": "one meeting that was read before",
    "disagreements_of": "one meeting that was read before",
    "mails_of": "one meeting that was read before",
    "teams_proposals": "one meeting that was read before",
    "came_to_medical": "one meeting that was read before",
    "timeline": "one meeting that was read before",
    "parents_of": "one meeting that was read before",
    "sharing_of": "one meeting that was read before",
    "answer_place": "an agency's own link: agencies are no readers of ours",
    "proof_place": "an agency's own link or desk: agencies are no readers of ours",
    "places_at_door": "an agency with its own code: agencies are no readers of ours",
    "held_item": "deliveries, before they are meetings",
    "inboxes_for": "no meeting",
    "directory": "no meeting",
    "open_checks": "no meeting",
    "desk_rows": "no meeting",
    "allowed_agencies": "no meeting",
    "secure_places": "one meeting that was read before",
    "bounces": "counts of an agency's open tasks, by inbox, with no meeting",
    "checks_of": "no meeting",
    "inbox_history": "no meeting: the events of an inbox stand in the partnership's own chain",
    "mailboxes_of": "no meeting",
    "last_reads": "when mailboxes were read: no meeting",
    "open_items": "deliveries, before they are meetings",
    "every_heartbeat": "the machine",
    "whole_backlog": "counts of the machine's work over all partnerships, with no reference",
    "every_partnership": "no meeting",
    "partnership_by_id": "no meeting",
    "staff_names": "no meeting",
}


@pytest.mark.parametrize("name", sorted(FOR_A_PERSON))
def test_what_lists_meetings_to_a_person_asks_who_reads_and_has_no_default_for_it(name: str) -> None:
    reader = list(inspect.signature(READS[name]).parameters.values())[2]
    assert (reader.name, reader.annotation, reader.default) == ("reader", "Reader | None", inspect.Parameter.empty)


@pytest.mark.parametrize("function", BY_THE_WORKFLOW, ids=lambda each: str(each.__qualname__))
def test_what_gives_rows_of_meetings_asks_who_reads_and_has_no_default_for_it(function: Any) -> None:
    reader = inspect.signature(function).parameters["reader"]
    assert (reader.kind, reader.default) == (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.empty)


def test_no_handler_reads_meetings_without_saying_who_reads() -> None:
    folder = Path(str(service.handlers.__path__[0]))
    for_a_person = {name.partition(".")[2] for name in FOR_A_PERSON}
    imported: set[str] = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("service.store.queries."):
                imported |= {each.name for each in node.names if each.name[0].islower()}
    assert imported <= for_a_person | set(EXEMPT) | {"may_read_meeting"}
    called_without: list[str] = []
    for file in folder.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                nothing = len(call.args) > 2 and isinstance(call.args[2], ast.Constant)
                if call.func.id in for_a_person and nothing:
                    called_without.append(f"{file.name}: {call.func.id}")
    assert called_without == []
