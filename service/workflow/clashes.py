"""The clash radar of a partnership: its desks and chairs over the coming days. Changes nothing."""

from __future__ import annotations

from datetime import timedelta

from service.domain.clashes import Radar, Seating, radar
from service.store.queries import finding
from service.store.queries.readable import Reader
from service.workflow.ports import Services


async def clash_radar(services: Services, partnership: str, days: int = 7, *, reader: Reader | None = None) -> Radar:
    """Where the confirmed meetings of the coming days ask too much of a desk or a chair, and which move clears most.

    A desk sits in as many meetings at once as the directory says; a chair in one.
    """
    now = services.now()
    until = now + timedelta(days=days)
    async with services.engine.connect() as conn:
        desks = await finding.desks_between(conn, partnership, reader, now, until)
        chairs = await finding.chairs_between(conn, partnership, reader, now, until)
    return radar(
        [
            *(
                Seating(f"desk {each.inbox_id}", each.name, each.capacity, each.reference, each.starts_at, each.ends_at)
                for each in desks
            ),
            *(
                Seating(f"chair {each.chair}", each.chair, 1, each.reference, each.starts_at, each.ends_at)
                for each in chairs
            ),
        ]
    )
