"""``convene audit verify``: whether the record of the record still holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import JsonFlag, PartnershipOption, read_reference
from service.commands.output import note, say, show_json
from service.commands.running import partnership_in, with_services

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.settings import Settings
    from service.store.queries.audit import ChainCheck
    from service.workflow.ports import Services

app = typer.Typer(help="The audit: is every event as it was written?", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The audit: is every event as it was written?"""


@app.command()
def verify(
    partnership: PartnershipOption = "",
    meeting: Annotated[
        str | None,
        typer.Option(parser=read_reference, metavar="REFERENCE", help="Only this meeting's chain."),
    ] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Recompute the hash chains of a partnership, or of one meeting, from their starts."""

    async def act(settings: Settings, services: Services) -> list[ChainCheck]:
        from service.store.queries.audit import verify_chain  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        async with services.engine.connect() as conn:
            chains = [await _chain_of(conn, name, meeting)] if meeting else await _chains(conn, name)
            return [await verify_chain(conn, name, chain) for chain in chains]

    checks = with_services(act)
    broken = [check for check in checks if not check.holds]
    events = sum(check.events for check in checks)
    if as_json:
        show_json({"holds": not broken, "events": events, "chains": [_as_json(check) for check in checks]})
    else:
        say(f"{len(checks)} chains, {events} events: {'all hold' if not broken else f'{len(broken)} are broken'}.")
        for check in broken:
            note(f"chain {check.chain}: {check.problem}. Keep a copy of the database and find out who changed it.")
    if broken:
        raise typer.Exit(int(Exit.NO))


def _as_json(check: ChainCheck) -> dict[str, object]:
    return {
        "chain": check.chain,
        "holds": check.holds,
        "events": check.events,
        # Whoever writes these down elsewhere can later show that no end was cut off.
        "tail": {"number": check.tail.number, "hash": check.tail.hash.hex()},
        "broken_at": check.broken_at,
        "problem": check.problem,
    }


async def _chain_of(conn: AsyncConnection, partnership: str, reference: str) -> str:
    from service.store.chain import chain_name  # noqa: PLC0415
    from service.store.queries.meeting import meeting_view  # noqa: PLC0415

    found = await meeting_view(conn, partnership, reference)
    if found is None:
        raise RefusedError(f"There is no meeting {reference} in this partnership. Check the reference.")
    return chain_name(partnership, found.id)


async def _chains(conn: AsyncConnection, partnership: str) -> list[str]:
    from sqlalchemy import select  # noqa: PLC0415

    from service.store.tables import audit_events, meetings  # noqa: PLC0415

    # A meeting whose whole chain is gone must not pass because nothing was left to check.
    written = select(audit_events.c.chain).where(audit_events.c.partnership_id == partnership).distinct()
    known = select(meetings.c.id).where(meetings.c.partnership_id == partnership)
    chains = {str(chain) for chain in await conn.scalars(written)}
    return sorted(chains | {str(each) for each in await conn.scalars(known)})
