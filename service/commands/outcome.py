"""``convene meeting outcome``, ``action`` and ``report``: what a meeting came to, and the reports that came in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_day, read_time
from service.commands.output import printable, say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.outcome import ActionState, Decided, Police

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.outcome import Came, ReportStanding
    from service.workflow.ports import Services

action_app = typer.Typer(help="The actions a meeting agreed: add, list, close.", no_args_is_help=True)

_Told = Annotated[
    datetime | None, typer.Option(parser=read_time, metavar="TIME", help="London time without an offset.")
]


def outcome(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    decided: Annotated[list[Decided] | None, typer.Option(help="What was decided; again for more.")] = None,
    s47_started: _Told = None,
    police: Annotated[Police | None, typer.Option(help="Whether the police investigate.")] = None,
    next_meeting: _Told = None,
    show: Annotated[bool, typer.Option("--show", help="Only show what is recorded.")] = False,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Record, or correct, what a meeting came to: all of it at once, since it replaces what stood there."""

    async def act(settings: Settings, services: Services) -> Came:
        from service.domain.outcome import Outcome  # noqa: PLC0415
        from service.workflow.outcome import came_to, record_outcome  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        if not show:
            given = Outcome(tuple(decided or ()), s47_started, police, next_meeting)
            await record_outcome(services, name, reference, given, actor=actor_of(by))
        return await came_to(services, name, reference)

    kept = with_services(act).outcome
    if as_json:
        has = kept is not None and kept.police_reference_kept
        outcome = kept.outcome if kept else None
        show_json({"meeting_reference": reference, "outcome": outcome, "police_reference_kept": has})
        return
    from service.web.outcome_words import outcome_sentences  # noqa: PLC0415

    told = outcome_sentences(
        kept.outcome if kept else None, police_reference_kept=kept is not None and kept.police_reference_kept
    )
    for sentence in told:
        say(sentence)


@action_app.command()
def add(
    reference: ReferenceArgument,
    owner: Annotated[str, typer.Option(metavar="ROLE", help="The agency role that does it.")],
    what: Annotated[str, typer.Option(help="What is to be done, without names.")],
    due: Annotated[date | None, typer.Option(parser=read_day, metavar="DATE", help="By which day.")] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Keep an action that the meeting agreed."""

    async def act(settings: Settings, services: Services) -> int:
        from service.workflow.outcome import agree_action  # noqa: PLC0415

        name, actor = partnership_in(settings, partnership), actor_of(by)
        return await agree_action(services, name, reference, owner_role=owner, what=what, due_on=due, actor=actor)

    say(f"Action {with_services(act)} of meeting {reference} is kept.")


@action_app.command("list")
def list_actions(
    reference: ReferenceArgument, partnership: PartnershipOption = "", *, as_json: JsonFlag = False
) -> None:
    """List the actions of a meeting."""

    async def act(settings: Settings, services: Services) -> Came:
        from service.workflow.outcome import came_to  # noqa: PLC0415

        return await came_to(services, partnership_in(settings, partnership), reference)

    found = with_services(act).actions
    if as_json:
        show_json([{"number": each.number, "owner_role": each.owner_role, "what": each.what, "due_on": each.due_on,
                    "state": each.state} for each in found])  # fmt: skip
        return
    rows = [(each.number, each.owner_role, printable(each.what), each.due_on or "-", each.state) for each in found]
    show_table(f"Actions of meeting {reference}", ("", "who", "what", "by", "state"), rows)


@action_app.command()
def done(reference: ReferenceArgument, number: int, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Mark an action done."""
    with_services(_close(reference, number, ActionState.DONE, partnership, by))
    say(f"Action {number} of meeting {reference} is done.")


@action_app.command()
def drop(reference: ReferenceArgument, number: int, partnership: PartnershipOption = "", by: ByOption = "") -> None:
    """Mark an action dropped."""
    with_services(_close(reference, number, ActionState.DROPPED, partnership, by))
    say(f"Action {number} of meeting {reference} is dropped.")


def _close(
    reference: str, number: int, state: ActionState, partnership: str, by: str
) -> Callable[[Settings, Services], Awaitable[None]]:
    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.outcome import close_action  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        await close_action(services, name, reference, number, state=state, actor=actor_of(by))

    return act


def report(
    reference: ReferenceArgument,
    *,
    role: Annotated[str, typer.Option(help="The agency's role.")],
    received: Annotated[datetime, typer.Option(parser=read_time, metavar="TIME", help="When it came in.")],
    slot: Annotated[str, typer.Option(help="Which of two agencies of one role.", show_default="")] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Keep when an agency's written report came in; the report itself is not kept here."""

    async def act(settings: Settings, services: Services) -> ReportStanding:
        from service.workflow.outcome import receive_report  # noqa: PLC0415

        name, actor = partnership_in(settings, partnership), actor_of(by)
        return await receive_report(services, name, reference, role=role, slot=slot, received_at=received, actor=actor)

    found = with_services(act)
    if as_json:
        show_json({"role": found.role, "received_at": found.received_at, "due_at": found.due_at,
                   "in_time": found.in_time})  # fmt: skip
        return
    from service.web.outcome_words import report_words  # noqa: PLC0415

    say(report_words(found.role, found.received_at, found.due_at, in_time=found.in_time))


def add_to(meeting_app: typer.Typer) -> None:
    """Register these beside the other commands about a meeting."""
    meeting_app.command()(outcome)
    meeting_app.command()(report)
    meeting_app.add_typer(action_app, name="action")
