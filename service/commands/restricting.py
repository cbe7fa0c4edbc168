"""``convene meeting restrict``, ``readers``, ``keep-out``, ``let-in``, ``break-glass``: who may know of a case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, PartnershipOption, ReferenceArgument
from service.commands.output import say, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from datetime import datetime

    from service.settings import Settings
    from service.workflow.ports import Services
    from service.workflow.restricting import Standing

ReasonOption = Annotated[str, typer.Option(help="Why, in up to 200 characters and without names.")]
ReaderOption = Annotated[
    str, typer.Option("--reader", help="Who, as the audit names them: staff:ID (convene staff list), api:NAME.")
]
_Act = Callable[["Services", str], Awaitable["Standing"]]


def restrict(
    reference: ReferenceArgument,
    *,
    reason: ReasonOption,
    reader: Annotated[
        list[str] | None, typer.Option("--reader", help="Who may know of it beside you; once for each.")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="The case is restricted no more.")] = False,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Let only the people named know of a case; its agencies are asked as before."""

    async def act(services: Services, name: str) -> Standing:
        from service.workflow.restricting import open_case, restrict_case  # noqa: PLC0415

        if lift:
            return await open_case(services, name, reference, reason=reason, actor=actor_of(by))
        return await restrict_case(services, name, reference, reader or [], reason=reason, actor=actor_of(by))

    _show(act, partnership)


def readers(reference: ReferenceArgument, partnership: PartnershipOption = "") -> None:
    """Show who may know of a case, who is kept out of it, and who broke the glass, with their reasons."""

    async def act(services: Services, name: str) -> Standing:
        from service.workflow.restricting import standing  # noqa: PLC0415

        return await standing(services, name, reference)

    _show(act, partnership)


def keep_out(
    reference: ReferenceArgument,
    *,
    reader: ReaderOption,
    reason: ReasonOption,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Keep somebody of ours out of a case: they lose its meetings, and break no glass."""

    async def act(services: Services, name: str) -> Standing:
        from service.workflow import restricting  # noqa: PLC0415

        return await restricting.keep_out(services, name, reference, reader, reason=reason, actor=actor_of(by))

    _show(act, partnership)


def let_in(
    reference: ReferenceArgument,
    *,
    reader: ReaderOption,
    reason: ReasonOption,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Keep somebody out of a case no more."""

    async def act(services: Services, name: str) -> Standing:
        from service.workflow import restricting  # noqa: PLC0415

        return await restricting.let_in_again(services, name, reference, reader, reason=reason, actor=actor_of(by))

    _show(act, partnership)


def break_glass(
    reference: ReferenceArgument, *, reason: ReasonOption, partnership: PartnershipOption = "", by: ByOption = ""
) -> None:
    """Look at a restricted case for four hours; a manager is told at once."""

    async def act(settings: Settings, services: Services) -> datetime:
        from service.workflow import restricting  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await restricting.break_glass(services, name, reference, reason=reason, actor=actor_of(by))

    until = with_services(act)
    from service.domain.london import words  # noqa: PLC0415

    say(f"You may see meeting {reference} until {words(until)}. A manager has been told.")


def _show(act: _Act, partnership: str) -> None:
    async def run(settings: Settings, services: Services) -> Standing:
        return await act(services, partnership_in(settings, partnership))

    found = with_services(run)
    say(f"Meeting {found.reference}: {'restricted to the people named' if found.restricted else 'not restricted'}.")
    from service.domain.london import words  # noqa: PLC0415

    if found.people:
        rows = [
            (
                each.reader,
                each.kind.replace("_", " "),
                words(each.until) if each.until else "",
                each.named_by,
                each.reason,
            )
            for each in found.people
        ]
        show_table("People", ("who", "what", "until", "by", "why"), rows)
