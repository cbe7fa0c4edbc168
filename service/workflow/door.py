"""The door: reference and agency code lead to an agency's place. Wrong codes are counted, as one-time codes' are: by
where they come from, so that a stranger who knows a reference does not shut it for others, and for the reference from
everywhere, so that nobody guesses with many hands.

A reference nobody knows is treated as a meeting's is, and after too many tries the right code fits no more than a wrong
one: whoever guesses learns nothing, not even that they have been stopped.
"""

from __future__ import annotations

import hashlib
import hmac

from service.domain.one_time_codes import LIFE, MOST_WRONG_AT_DOOR, MOST_WRONG_FOR_ONE, MOST_WRONG_FROM_ONE
from service.store.changes import proofs
from service.store.ids import new_id
from service.store.queries.partnerships import every_partnership
from service.store.queries.proofs import places_at_door
from service.workflow.links import answer_link, fits_agency_code
from service.workflow.ports import Services

_PURPOSE, _CLIENT = b"convene door 1\x00", b"convene door client 1\x00"


async def link_at_door(services: Services, reference: str, typed: str, client: str) -> str | None:
    """The personal link of the place that a reference and an agency code name; None where they do not go together, and
    for a quarter of an hour after too many tries. ``client``: the address of the network that the try comes from."""
    now = services.real_now()
    digest = hmac.digest(services.links.secret, _PURPOSE + reference.encode(), hashlib.sha256)
    where = hmac.digest(services.links.secret, _CLIENT + client.encode(), hashlib.sha256)
    found: str | None = None
    async with services.engine.begin() as conn:
        known = [each.id for each in await every_partnership(conn)]
        if not known:
            return None
        tried = await proofs.tried_at_door(conn, known[0], digest, where, now, now - LIFE)
        shut = (
            tried.both >= MOST_WRONG_AT_DOOR
            or tried.by_client >= MOST_WRONG_FROM_ONE
            or tried.for_reference >= MOST_WRONG_FOR_ONE
        )
        for partnership in known:
            for place in await places_at_door(conn, partnership, reference):
                if fits_agency_code(services.links, place.requirement_id, typed):
                    found = answer_link(services.links, partnership, place.requirement_id, place.starts_at)
        if found is not None and not shut:
            return found
        if not shut:
            await proofs.count_door_try(conn, known[0], new_id(now), digest, where, now)
    return None
