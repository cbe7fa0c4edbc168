"""The door: reference and agency code lead to an agency's place. Wrong codes are counted, as one-time codes' are.

A reference nobody knows is treated as a meeting's is, and after too many tries the right code fits no more than a wrong
one: whoever guesses learns nothing, not even that they have been stopped.
"""

from __future__ import annotations

import hashlib
import hmac

from service.domain.one_time_codes import LIFE, MOST_WRONG_AT_DOOR
from service.store.changes import proofs
from service.store.ids import new_id
from service.store.queries.partnerships import every_partnership
from service.store.queries.proofs import places_at_door
from service.workflow.links import answer_link, fits_agency_code
from service.workflow.ports import Services

_PURPOSE = b"convene door 1\x00"


async def link_at_door(services: Services, reference: str, typed: str) -> str | None:
    """The personal link of the place that a reference and an agency code name; None where they do not go together, and
    for a quarter of an hour after too many tries."""
    now = services.real_now()
    digest = hmac.digest(services.links.secret, _PURPOSE + reference.encode(), hashlib.sha256)
    found: str | None = None
    async with services.engine.begin() as conn:
        known = [each.id for each in await every_partnership(conn)]
        if not known:
            return None
        tried = await proofs.tried_at_door(conn, known[0], digest, now, now - LIFE)
        for partnership in known:
            for place in await places_at_door(conn, partnership, reference):
                if fits_agency_code(services.links, place.requirement_id, typed):
                    found = answer_link(services.links, partnership, place.requirement_id, place.starts_at)
        if found is not None and tried < MOST_WRONG_AT_DOOR:
            return found
        if tried < MOST_WRONG_AT_DOOR:
            await proofs.count_door_try(conn, known[0], new_id(now), digest, now)
    return None
