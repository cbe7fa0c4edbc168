"""The policy's pages: every figure with its source, a changed pack as a draft, published by a second person only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib.resources import files

import pytest
from aiohttp import FormData
from sqlalchemy import update

from service.commands.checks import by_hand_line
from service.policies.load import content, from_content, load_pack
from service.store.changes import what_ifs
from service.store.queries.policy_drafts import published_by_hand
from service.store.tables import policy_drafts
from service.workflow.policies_in_force import InForce, look_again
from service.workflow.policy_drafts import older_packs, read_draft
from service.workflow.what_if import do_next
from tests.handlers.house import House
from tests.handlers.test_page_checks import check

SEED = (files("service.policies") / "wirral.toml").read_text(encoding="utf-8")
VERSION = load_pack("wirral").version


def changed(version: str = "99") -> str:
    assert SEED.count(f'version = "{VERSION}"') == 1
    return SEED.replace(f'version = "{VERSION}"', f'version = "{version}"')


@pytest.fixture(autouse=True)
async def owner(house: House) -> House:
    object.__setattr__(house.services, "policies", InForce(house.services.policies))
    await house.sign_in("policy_owner")
    return house


async def upload(house: House, source: str, note: str = "A new version of the pack") -> tuple[int, str]:
    form = FormData({"csrf": house.csrf, "note": note}, default_to_multipart=True)
    if source:
        form.add_field("file", source.encode(), filename="wirral.toml", content_type="application/toml")
    answer = await house.client.post("/wirral/policy", data=form, allow_redirects=False)
    return answer.status, await answer.text()


async def the_draft(house: House) -> str:
    [row] = await house.rows("SELECT id FROM policy_drafts WHERE state = 'open'")
    return f"/wirral/policy/drafts/{row['id']}"


async def test_every_figure_is_shown_with_its_source_and_what_is_unset_says_so(house: House) -> None:
    page = await check(await house.client.get("/wirral/policy"), most=400_000)
    assert "not set by the partnership" in page
    assert "It came with the program" in page


async def test_the_pack_that_holds_can_be_saved_changed_and_uploaded_from_the_page_alone(house: House) -> None:
    assert 'href="/wirral/policy/pack"' in await check(await house.client.get("/wirral/policy"))
    assert await (await house.client.get("/wirral/policy/pack")).text() == SEED
    await upload(house, changed())
    draft = await the_draft(house)
    await house.sign_in("manager")
    assert (await house.press(draft)).status == 303
    saved = await house.client.get("/wirral/policy/pack")
    assert (saved.headers["Content-Disposition"], await saved.text()) == (
        'attachment; filename="wirral.toml"',
        changed(),
    )


async def test_a_draft_changes_nothing_until_somebody_else_publishes_it(house: House) -> None:
    assert (await upload(house, changed()))[0] == 303
    draft = await the_draft(house)
    own = await house.press(draft)
    assert (own.status, "Somebody else must publish it" in await own.text()) == (422, True)
    assert house.services.policies["wirral"].version == VERSION
    await house.sign_in("manager")
    assert (await house.press(draft)).status == 303
    assert house.services.policies["wirral"].version == "99"
    again = await house.press(draft)
    assert (again.status, "meanwhile" in await again.text()) == (409, True)
    published = await house.rows("SELECT data FROM audit_events WHERE action = 'policy:version:published'")
    assert any(row["data"]["version"] == "99" for row in published if "version" in row["data"])


async def test_a_version_holds_from_its_first_day_on_and_every_process_notices(house: House) -> None:
    await upload(house, changed())
    draft = await the_draft(house)
    await house.sign_in("policy_owner")
    for wrong, told in (("31/2", "Enter the first day like 3/12/2026"), ("1/12/2025", "This day is past.")):
        refused = await house.press(draft, first_day=wrong)
        page = await check(refused, most=400_000)
        field = f"first_day_{draft.rpartition('/')[2]}"
        assert refused.status == 422
        assert told in page
        assert f'href="#{field}"' in page
        assert f'id="{field}-error"' in page
        assert f'id="{field}" name="first_day" type="text" value="{wrong}"' in page
    assert (await house.press(draft, first_day="2/12/2026")).status == 303
    assert house.services.policies["wirral"].version == VERSION
    house.clock.at += timedelta(days=2)
    await look_again(house.services)
    assert house.services.policies["wirral"].version == "99"


async def test_an_older_pack_can_be_put_in_force_again(house: House) -> None:
    for source in (changed(), SEED):
        await house.sign_in("policy_owner")
        assert (await upload(house, source))[0] == 303
        draft = await the_draft(house)
        await house.sign_in("manager")
        house.clock.at += timedelta(minutes=1)
        assert (await house.press(draft)).status == 303
    assert house.services.policies["wirral"].version == VERSION


WRONG = [
    ("", "a note", "Choose the changed pack"),
    (SEED, "a note", "exactly what holds today"),
    (changed(), " ", "Say in a sentence"),
    ("", "", "Say in a sentence what you changed, and why"),
    ("[pack", "a note", "not a readable TOML file"),
    (changed().replace('id = "wirral"', 'id = "elsewhere"', 1), "a note", "elsewhere"),
]


@pytest.mark.parametrize(("source", "note", "sentence"), WRONG, ids=[row[2] for row in WRONG])
async def test_a_pack_that_cannot_be_kept_is_told_in_a_sentence(
    house: House, source: str, note: str, sentence: str
) -> None:
    status, page = await upload(house, source, note)
    assert (status, sentence in page) == (422, True), page[-1500:]
    assert await house.count("policy_drafts") == 0


async def test_what_was_published_before_the_national_pack_changed_says_so_on_the_page_and_in_the_check(
    house: House,
) -> None:
    await upload(house, changed())
    draft = await the_draft(house)
    page = await check(await house.client.get("/wirral/policy"), most=400_000)
    assert "have changed since it was uploaded" not in page
    # As the draft would stand there, had the national pack stated these anew after it was merged.
    before = content(read_draft("wirral", changed().encode()))
    before["meeting_types"]["icpc"]["name"] = "as it was"
    before["rules"] = [rule for rule in before["rules"] if rule["id"] != "C29"]
    values = {"content": before, "hash": from_content(before).content_hash}
    async with house.services.engine.begin() as conn:
        await conn.execute(update(policy_drafts).values(**values))
    await house.sign_in("manager")
    assert (await house.press(draft)).status == 303
    page = await check(await house.client.get("/wirral/policy"), most=400_000)
    assert (
        "have changed since it was uploaded on Monday 30 November 2026 (meeting_types icpc, rules C29). It keeps"
        in page
    )
    async with house.services.engine.connect() as conn:
        found = await published_by_hand(conn, "wirral", house.services.now())
    assert found is not None
    line = by_hand_line("wirral", found)
    assert line.ok
    assert "published by hand: wirral 99. Warning: The packs it extends have changed" in line.words
    # Uploaded again, it is merged with the packs of today and rests on nothing older.
    assert older_packs(replace(found, content=content(read_draft("wirral", SEED.encode())), source=SEED)) == ""
    refused = older_packs(replace(found, source="[pack]"))
    assert refused.startswith("Merged with the packs of today its file would be refused: ")


async def test_a_draft_is_tried_on_the_past_and_can_be_put_away(house: House) -> None:
    await upload(house, changed())
    draft = await the_draft(house)
    await check(await house.client.get(f"{draft}/what-if"))
    assert await (await house.client.get(f"{draft}/pack")).text() == changed()
    assert (await house.press(draft, act="drop")).status == 303
    assert (await house.press(draft, act="drop")).status == 409
    assert "99" not in await (await house.client.get("/wirral/policy")).text()


async def test_a_draft_is_tried_on_a_year_by_the_worker_and_looked_at_again(house: House) -> None:
    for _ in range(2):
        await house.confirmed()
    await upload(house, changed())
    draft = await the_draft(house)
    assert "The last year" in await check(await house.client.get(f"{draft}/what-if"))
    assert (await house.press(f"{draft}/what-if", months="99")).status == 422
    where = (await house.press(f"{draft}/what-if", months="12")).headers["Location"]
    waits = await check(await house.client.get(where))
    assert ("Check again" in waits, "it has not begun yet" in waits) == (True, True)
    assert await do_next(house.services)
    assert not await do_next(house.services), "each is done once"
    done = await check(await house.client.get(where))
    (said,) = await house.rows("SELECT note FROM policy_drafts")
    assert said["note"]
    assert (said["note"] in waits, said["note"] in done) == (True, True)
    assert ("Meetings looked at" in done, "Try it on a longer stretch" in done) == (True, False)
    (kept,) = await house.rows("SELECT state, result, last_day - first_day AS days FROM what_ifs")
    assert (kept["state"], kept["days"]) == ("done", 364)
    assert "CV-" not in str(kept["result"]), "counts alone are kept"
    for path in ("/wirral/policy/what-ifs/nothing", f"/lewisham{where.removeprefix('/wirral')}"):
        assert (await house.client.get(path)).status in {403, 404}


async def test_a_try_whose_worker_died_is_begun_anew_and_one_that_cannot_be_says_so(house: House) -> None:
    await upload(house, changed())
    draft = await the_draft(house)
    where = (await house.press(f"{draft}/what-if", months="6")).headers["Location"]
    async with house.engine.begin() as conn:
        assert await what_ifs.claim(conn, house.clock.real) is not None
    assert not await do_next(house.services), "somebody holds it"
    house.clock.real += what_ifs.LEASE
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql("UPDATE policy_drafts SET content = '{}'::jsonb")
    assert await do_next(house.services)
    assert "could not be tried" in await check(await house.client.get(where))


async def test_an_officer_publishes_nothing(house: House) -> None:
    await upload(house, changed())
    draft = await the_draft(house)
    await house.sign_in("officer")
    assert (await house.press(draft)).status == 403
