"""A chair who is away finds a substitute: changed by name and reason, told to nobody, and the case's readers follow."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from service.workflow import restricting
from service.workflow.chairs import add_away, change_chair, import_chairs, rota_of, substitutes_for
from service.workflow.chairs_file import ChairsRefusedError, read_chairs
from service.workflow.errors import BadChairError, BadReasonError, NotOpenError
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

ROTA = b"""
[[chair]]
name = "Ada Okafor"
reader = "staff:ada"

[[chair]]
name = "Ben Castle"
reader = "staff:ben"

[[chair]]
name = "Cem Dogan"
reader = "staff:cem"

[[chair]]
name = "Dee Part-Time"
hours = "Wed-Fri 09:00-17:00"
"""
WHY = "She is ill today."


async def tuesday(house: House, chair: str = "Ada Okafor", hours: int = 24) -> str:
    return await house.confirmed(house.clock.at + timedelta(hours=hours), chair=chair)


async def on_rota(house: House) -> None:
    await import_chairs(house.services, "lewisham", read_chairs(ROTA), actor="command:amy")


async def test_whoever_is_free_and_has_the_fewest_meetings_chairs_and_nobody_is_told(house: House) -> None:
    await on_rota(house)
    reference = await tuesday(house)
    await tuesday(house, "Ben Castle", hours=48)
    gone = await add_away(
        house.services, "lewisham", "Ada Okafor", date(2026, 12, 1), date(2026, 12, 2), actor="command:amy"
    )
    assert [(each.reference, each.instead) for each in gone] == [(reference, ("Cem Dogan", "Ben Castle"))]
    sent = await house.count("outbox")
    changed = await change_chair(house.services, "lewisham", reference, reason=WHY, actor="staff:manager")
    assert (changed.before, changed.chair) == ("Ada Okafor", "Cem Dogan")
    assert await house.count("outbox") == sent
    (meeting,) = await house.rows(
        "SELECT chair, chair_because, chair_by, version FROM meetings WHERE reference = :x", x=reference
    )
    assert meeting == {"chair": "Cem Dogan", "chair_because": WHY, "chair_by": "staff:manager", "version": 1}
    (event,) = await house.rows("SELECT actor, data FROM audit_events WHERE action = 'planning:chair:changed'")
    assert event["actor"] == "staff:manager"
    assert "Cem" not in str(event["data"])
    page = await (await house.client.get(f"/lewisham/meetings/{reference}")).text()
    assert "Cem Dogan" in page
    assert "Somebody else chairs the meeting" in page


async def test_the_readers_of_a_restricted_case_follow_and_who_is_kept_out_is_never_found(house: House) -> None:
    await on_rota(house)
    reference = await tuesday(house)
    services = house.services
    await restricting.restrict_case(
        services, "lewisham", reference, ["staff:ada"], reason="a colleague's child", actor="command:officer"
    )
    await restricting.keep_out(services, "lewisham", reference, "staff:ben", reason="brother", actor="command:officer")
    assert [each.name for each in await substitutes_for(services, "lewisham", reference)] == ["Cem Dogan"]
    with pytest.raises(BadChairError, match="must not know"):
        await change_chair(services, "lewisham", reference, reason=WHY, actor="command:officer", to="Ben Castle")
    await change_chair(services, "lewisham", reference, reason=WHY, actor="command:officer")
    found = await restricting.standing(services, "lewisham", reference)
    named = {each.reader for each in found.people if each.kind == "named"}
    assert named == {"command:officer", "staff:cem"}


async def test_what_cannot_be_is_refused_with_its_reason(house: House) -> None:
    await on_rota(house)
    services, reference, planned = house.services, await tuesday(house), await house.planned(chair="Ada Okafor")
    busy = await tuesday(house, "Cem Dogan")
    with pytest.raises(BadChairError, match="chairs another meeting"):
        await change_chair(services, "lewisham", reference, reason=WHY, actor="staff:a", to="Cem Dogan")
    with pytest.raises(BadChairError, match="on the rota"):
        await change_chair(services, "lewisham", reference, reason=WHY, actor="staff:a", to="Zoe Nobody")
    with pytest.raises(BadChairError, match="no time yet"):
        await change_chair(services, "lewisham", planned, reason=WHY, actor="staff:a")
    with pytest.raises(BadReasonError):
        await change_chair(services, "lewisham", reference, reason=" ", actor="staff:a")
    with pytest.raises(BadReasonError, match="names"):
        await change_chair(services, "lewisham", reference, reason="Keziah Fennimore knows her", actor="staff:a")
    with pytest.raises(BadChairError, match="rota"):
        await add_away(services, "lewisham", "Zoe Nobody", date(2026, 12, 1), date(2026, 12, 1), actor="staff:a")
    # Whoever is asked outside the hours of their rota may say yes.
    done = await change_chair(services, "lewisham", reference, reason=WHY, actor="staff:a", to="Dee Part-Time")
    assert done.chair == "Dee Part-Time"
    assert (await house.call("POST", f"/api/v1/meetings/{busy}/cancel", {"reason": "made_in_error"})).status == 200
    with pytest.raises(NotOpenError):
        await change_chair(services, "lewisham", busy, reason=WHY, actor="staff:a")


async def test_the_page_and_the_api_offer_who_is_free_and_change_it_once(house: House) -> None:
    await on_rota(house)
    reference = await tuesday(house)
    path = f"/lewisham/meetings/{reference}/chair"
    page = await check(await house.client.get(path))
    assert "It is chaired by Ada Okafor now." in page
    assert page.index("Ben Castle, no meeting to come") < page.index("Cem Dogan, no meeting to come")
    assert "Dee Part-Time" not in page
    refused = await check(await house.press(path, code="Zoe Nobody", reason=""))
    assert "Choose a reason" in refused
    named = await house.press(path, code="Ben Castle", reason="Keziah Fennimore knows her")
    assert (named.status, "Take names and addresses out" in await named.text()) == (422, True)
    for _ in range(2):
        done = await house.press(path, code="Ben Castle", reason=WHY)
        assert (done.status, done.headers["Location"]) == (303, f"/lewisham/meetings/{reference}?done=chair")
    shown = await check(await house.client.get(done.headers["Location"]))
    assert "She is ill today. (Ada Officer)" in shown
    assert await house.count("audit_events WHERE action = 'planning:chair:changed'") == 1
    offered = await (await house.call("GET", f"/api/v1/meetings/{reference}/chair")).json()
    assert [each["name"] for each in offered["chairs"]] == ["Ada Okafor", "Cem Dogan"]
    changed = await house.call("POST", f"/api/v1/meetings/{reference}/chair", {"reason": "Back from sick leave."})
    assert (changed.status, (await changed.json())["chair"]) == (200, "Ada Okafor")
    planned = await house.planned(chair="Ada Okafor")
    nobody = await check(await house.client.get(f"/lewisham/meetings/{planned}/chair"))
    assert "no time yet" in nobody
    # Nothing is asked that cannot be answered: it says where to go on instead.
    assert "Why does the chair change?" not in nobody
    assert f'href="/lewisham/meetings/{planned}/time"' in nobody
    assert 'href="/lewisham/rota"' in nobody
    answer = await house.call("GET", f"/api/v1/meetings/{planned}/chair")
    assert (answer.status, (await answer.json())["code"]) == (409, "bad_chair")


async def test_a_new_rota_leaves_out_whoever_it_does_not_name(house: House) -> None:
    await on_rota(house)
    await import_chairs(house.services, "lewisham", read_chairs(ROTA.split(b'[[chair]]\nname = "Ben')[0]), actor="a:b")
    assert [line.chair.name for line in await rota_of(house.services, "lewisham")] == ["Ada Okafor"]
    assert await rota_of(house.services, "wirral") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[chair]]\nname = "A"\nhours = "Noday 9-5"', "hours"),
        ('[[chair]]\nname = ""', "name"),
        ('[[chair]]\nname = "A"\n[[chair]]\nname = "A"', "twice"),
        ('[[chair]]\nname = "A"\nreader = "Ada herself"', "reader"),
        ('[[chair]]\nname = "A"\naway = [{ from = 2026-12-02, to = 2026-12-01 }]', "in order"),
        ('[[chair]]\nname = "A"\nshoe = 4', "not known"),
        ("chair = 3", "nothing else"),
    ],
)
def test_a_file_with_a_slip_is_refused_by_name(text: str, said: str) -> None:
    with pytest.raises(ChairsRefusedError) as refused:
        read_chairs(text.encode())
    assert said in " ".join(refused.value.problems)
