"""``convene directory list, change, unverified, confirm, drop``: one inbox, and new addresses that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.new_addresses import Check
    from service.domain.one_time_codes import NoCode
    from service.settings import Settings
    from service.store.queries.directory import Inbox
    from service.workflow.inbox_edit import InboxChanged
    from service.workflow.ports import Services


def add_to(directory: typer.Typer) -> None:
    """Put these under ``convene directory``."""
    directory.command(name="list")(show_inboxes)
    for command in (change, unverified, confirm, drop):
        directory.command()(command)


InboxArgument = Annotated[str, typer.Argument(metavar="INBOX", help="Its id, as convene directory list shows it.")]
CheckArgument = Annotated[str, typer.Argument(metavar="ID", help="As convene directory unverified shows it.")]


def _uuid(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise RefusedError(
            f"{said[:40]!r} is not an id. List them: convene directory list, directory unverified"
        ) from None


def show_inboxes(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """Every inbox in use, with its id."""

    async def act(settings: Settings, services: Services) -> tuple[str, list[Inbox]]:
        from service.store.queries.directory import inboxes_for  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        async with services.engine.connect() as conn:
            return name, await inboxes_for(conn, name)

    name, found = with_services(act)
    shown = ("id", "role", "place", "name", "address", "phone", "hours", "channel", "capacity")
    rows = [tuple(str(getattr(each, column)) for column in shown) for each in found]
    if as_json:
        show_json({"partnership": name, "inboxes": [dict(zip(shown, row, strict=True)) for row in rows]})
        return
    show_table(f"Directory of {name}", shown, rows)


def change(
    inbox: InboxArgument,
    sets: Annotated[
        list[str],
        typer.Option("--set", metavar="COLUMN=VALUE", help="May be repeated; the columns are those of an import."),
    ],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Change one inbox. A new address is used once somebody who reads it has confirmed it."""
    from service.workflow.inbox_edit import CHANGEABLE  # noqa: PLC0415

    pairs = [said.partition("=") for said in sets]
    for column, equals, _ in pairs:
        if not equals or column not in CHANGEABLE:
            raise RefusedError(f"--set {column!r}: write COLUMN=VALUE; the columns are {', '.join(CHANGEABLE)}")

    async def act(settings: Settings, services: Services) -> InboxChanged:
        from service.workflow.errors import BadInboxError  # noqa: PLC0415
        from service.workflow.inbox_edit import change_inbox  # noqa: PLC0415

        name, changes = partnership_in(settings, partnership), {column: value for column, _, value in pairs}
        try:
            return await change_inbox(services, name, _uuid(inbox), changes, actor=actor_of(by))
        except BadInboxError as bad:
            raise RefusedError(*(f"{column}: {said}" for column, said in bad.problems.items())) from None

    done = with_services(act)
    if as_json:
        waits = [{"field": str(new.field), "address": new.address} for new in done.to_confirm]
        show_json({"inbox": str(done.inbox_id), "changed": list(done.fields), "to_confirm": waits})
        return
    say(f"Changed: {', '.join(done.fields) or 'nothing'}.")
    for new in done.to_confirm:
        say(f"{new.address} is used once it is confirmed: a code is on its way to it.")


def unverified(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """New addresses that nobody has confirmed yet: nothing is sent to them."""

    async def act(settings: Settings, services: Services) -> tuple[str, list[Check]]:
        from service.store.queries.address_checks import open_checks  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        async with services.engine.connect() as conn:
            return name, await open_checks(conn, name)

    name, found = with_services(act)
    rows: list[dict[str, Any]] = [
        {
            "id": str(each.id),
            "field": str(each.field),
            "address": each.address,
            "call_back": each.known_phone,
            "asked_at": each.asked_at.isoformat(),
            "asked_by": each.asked_by,
            "mail": each.mail_state,
        }
        for each in found
    ]
    if as_json:
        show_json({"partnership": name, "unverified": rows})
    elif rows:
        show_table(f"Not confirmed in {name}", tuple(rows[0]), [tuple(each.values()) for each in rows])
    else:
        say(f"{name}: every address in use was confirmed or vouched for, or stood there before.")


def confirm(
    check: CheckArgument,
    code: Annotated[str, typer.Argument(help="As it was read out on a call back to the number known before.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Confirm a new address with the code that was read out on a call back: it is used from now on."""
    from service.domain.one_time_codes import NO_CODE_WORDS  # noqa: PLC0415

    async def act(settings: Settings, services: Services) -> NoCode | None:
        from service.domain.new_addresses import Proof  # noqa: PLC0415
        from service.workflow.new_addresses import verify  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await verify(services, name, _uuid(check), code, proof=Proof.CALL_BACK, actor=actor_of(by))

    refused = with_services(act)
    if refused is not None:
        say(f"{NO_CODE_WORDS[refused]}.")
        raise typer.Exit(int(Exit.NO))
    say("The address is confirmed and used from now on.")


def drop(check: CheckArgument, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Drop a new address that waits: what was used before is used on."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.new_addresses import drop as drop_one  # noqa: PLC0415

        await drop_one(services, partnership_in(settings, partnership), _uuid(check), actor=actor_of(by))

    with_services(act)
    say("The address is dropped.")
