"""Secure mail by page: a policy owner allows it for an agency, and only then an officer finds the form to send it."""

from __future__ import annotations

import re

import pytest

from tests.handlers.house import House
from tests.handlers.test_page_checks import check

HERE = "/lewisham/policy/secure-mail"
AGENCY = {"agency": "school_nurse/", "reason": "agreed with the trust in May"}


async def confirm_addresses(house: House) -> None:
    async with house.engine.begin() as conn:
        await conn.exec_driver_sql(
            "INSERT INTO address_checks (id, partnership_id, inbox_id, field, address, state, proof, asked_by,"
            " asked_at, coded_at, next_try_at) SELECT gen_random_uuid(), partnership_id, id, 'address', address,"
            " 'verified', 'code', 'a', now(), now(), now() FROM inboxes"
        )


async def test_it_is_allowed_by_name_sent_once_and_ended(house: House) -> None:
    reference = await house.confirmed()
    about = f"/lewisham/meetings/{reference}/who-it-is-about"
    await confirm_addresses(house)
    assert "secure mail" not in await check(await house.client.get(about))
    assert (await house.press(f"{about}/secure-mail", secure_agency="x")).status == 409
    await house.sign_in("policy_owner")
    assert "For no agency" in await check(await house.client.get(HERE))
    for wrong in ({"agency": "nobody/"}, {"reason": ""}, {"reason": "x" * 300}):
        answer = await house.press(HERE, **(AGENCY | wrong))
        assert (answer.status, "error-summary" in await check(answer)) == (422, True), wrong
    assert (await house.press(HERE, **AGENCY)).headers["Location"].endswith("done=secure_allowed")
    allowed = await check(await house.client.get(HERE))
    assert ("Ada Officer" in allowed, "agreed with the trust in May" in allowed) == (True, True)
    await house.sign_in("officer")
    page = await check(await house.client.get(about))
    place = (await house.requirement(reference, "school_nurse")).hex
    assert (place in page, "Or send it by secure mail" in page) == (True, True)
    once = re.findall(r'name="once" value="([^"]+)"', page)[0]
    fields = {"secure_agency": place, "secure_reason": "to look into its records", "once": once}
    for wrong in ({"secure_reason": ""}, {"secure_agency": "x"}):
        answer = await house.press(f"{about}/secure-mail", **(fields | wrong))
        assert answer.status == 422, wrong
        await check(answer)
    assert (await house.press(f"{about}/secure-mail", **(fields | {"once": "x"}))).status == 400
    for _ in range(2):
        done = await house.press(f"{about}/secure-mail", **fields)
        assert done.headers["Location"].endswith("done=secure_mail")
    assert len(await house.rows("SELECT 1 FROM outbox WHERE stream LIKE 'secure:%'")) == 1
    await house.sign_in("policy_owner")
    ends = re.findall(rf'action="({HERE}/[^"]+)"', await check(await house.client.get(HERE)))
    for _ in range(2):
        assert (await house.press(ends[0])).status == 303
    assert "For no agency" in await check(await house.client.get(HERE))
    assert (await house.press(f"{HERE}/x")).status == 404


@pytest.mark.parametrize("role", ["administrator", "manager", "officer", "analyst", "auditor"])
async def test_nobody_else_allows_it(house: House, role: str) -> None:
    await house.sign_in(role)
    assert (await house.client.get(HERE)).status == 403
    assert (await house.press(HERE, **AGENCY)).status == 403
    assert await house.count("secure_mail_allowed") == 0
