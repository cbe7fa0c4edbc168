"""``convene drift``: what was changed in Outlook behind our back, taking it over or putting it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.drift import DriftKind
    from service.settings import Settings
    from service.store.queries.drift import Drift
    from service.workflow.drift_guests import Adopted
    from service.workflow.ports import Services

app = typer.Typer(help="What somebody changed in Outlook: see it, take it over, or put it back.", no_args_is_help=True)
SeenOption = Annotated[
    UUID | None, typer.Option("--seen", metavar="ID", help="Only if this difference, as the list shows it, is open.")
]


@app.command("list")
def list_open(partnership: PartnershipOption = "", *, as_json: JsonFlag = False) -> None:
    """List every difference that is open, the meeting that starts soonest first."""

    async def act(settings: Settings, services: Services) -> list[Drift]:
        from service.store.queries.readable import Reader  # noqa: PLC0415
        from service.workflow.drift import list_drifts  # noqa: PLC0415

        reader = Reader(actor_of(""), services.now())
        return await list_drifts(services, partnership_in(settings, partnership), reader)

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    if not found:
        say("Every event that could be compared is as we have it.")
        return
    from service.domain.london import words  # noqa: PLC0415
    from service.web.drift_words import drift_sentence  # noqa: PLC0415

    show_table(
        "Changed in Outlook",
        ("difference", "meeting", "found", "what differs"),
        (
            (each.id, each.meeting_reference, words(each.found_at), drift_sentence(each.kind, each.detail))
            for each in found
        ),
    )


@app.command()
def adopt(
    reference: ReferenceArgument,
    seen: SeenOption = None,
    desk_override: Annotated[
        str, typer.Option(metavar="CODE", help="Why a desk that is full then is asked all the same.", show_default="")
    ] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Take over the time that the event has in Outlook, as a move; or its guests, as far as each may be told."""

    async def act(settings: Settings, services: Services) -> Adopted:
        from service.workflow.drift_guests import adopt_any  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await adopt_any(
            services, name, reference, actor=actor_of(by), seen=seen, desk_override=desk_override or None
        )

    changed = with_services(act)
    if changed.kind == "time":
        say(f"Meeting {changed.reference} has the time from Outlook, version {changed.version}. Every agency is told.")
        return
    say(f"Meeting {changed.reference} has the guests from Outlook. Whoever is new, or let off, is told.")
    for why in changed.left:
        say(f"Not taken over, and put back: {why}")


@app.command()
def restore(
    reference: ReferenceArgument, seen: SeenOption = None, partnership: PartnershipOption = "", by: ByOption = ""
) -> None:
    """Put everything of one event that differs back as we have it; a lost event is made anew."""

    async def act(settings: Settings, services: Services) -> tuple[DriftKind, ...]:
        from service.workflow import drift  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await drift.restore(services, name, reference, actor=actor_of(by), seen=seen)

    done = with_services(act)
    say(f"On its way back to how we have it: {', '.join(done)}. Outlook tells the guests of meeting {reference}.")


@app.command()
def compare(partnership: PartnershipOption = "") -> None:
    """Have the calendars compared now instead of tomorrow morning; a worker does it within a minute."""

    async def act(settings: Settings, services: Services) -> int:
        from service.workflow.drift import compare_again  # noqa: PLC0415

        return await compare_again(services, partnership_in(settings, partnership))

    say(f"Asked for: {with_services(act)} mailboxes are compared again.")
