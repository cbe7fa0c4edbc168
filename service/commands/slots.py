"""``convene slots``: the best starts for a request, why each is good, and who cannot make it.

It needs no database, unless ``--calendars`` asks for what the service itself knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.failures import Exit, RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json, show_table
from service.commands.policy import chosen_pack, directory_inboxes
from service.commands.request_files import read_bytes, read_request
from service.commands.running import actor_of, business_now, calendar_at, partnership_in, with_services

if TYPE_CHECKING:
    from service.domain.clashes import Clash
    from service.domain.slots import Suggestion
    from service.domain.slots_asked import Wanted
    from service.domain.slots_give_up import GivenUp
    from service.settings import Settings
    from service.workflow.clashes import ClashesFound
    from service.workflow.find_time import Found
    from service.workflow.hold import Held
    from service.workflow.ports import Services


_DAYS = 15


def slots(  # noqa: PLR0913 - each option is one a person may say
    request: Annotated[Path, typer.Argument(metavar="REQUEST.json", help="The request; - reads standard input.")],
    policy: Annotated[
        str,
        typer.Option(help="A pack by name, or a .toml file; the request's partnership when not said.", show_default=""),
    ] = "",
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="Search from this time instead of now.")
    ] = None,
    directory: Annotated[Path | None, typer.Option(help="A directory file, for each agency's own hours.")] = None,
    availability: Annotated[
        Path | None, typer.Option(help="Who is taken when, who may chair, past attendance (docs/operator.md).")
    ] = None,
    minutes: Annotated[
        int, typer.Option(min=0, max=1440, help="How long it lasts; what the request wishes when not said.")
    ] = 0,
    count: Annotated[int, typer.Option(min=1, max=20, help="How many starts to suggest.")] = 3,
    days: Annotated[int, typer.Option(min=1, max=60, help="How many working days ahead to look.")] = _DAYS,
    *,
    calendars: Annotated[
        bool,
        typer.Option(
            "--calendars",
            help="Ask the service's records and the tenant's calendars instead of files; needs the database.",
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Suggest the best starts for a request; exits with 1 when none keeps every hard rule, and says what to give up."""
    from service.commands.availability import read_availability, wanted_of  # noqa: PLC0415
    from service.commands.explaining import explanation_of  # noqa: PLC0415
    from service.domain.slots import rank  # noqa: PLC0415
    from service.domain.slots_give_up import give_up  # noqa: PLC0415

    if calendars:
        if policy or at or directory or availability or days != _DAYS:
            raise RefusedError(
                "With --calendars the records say who is free: leave out --policy, --at, --directory, --availability "
                "and --days."
            )
        _from_records(request, minutes, count, as_json=as_json)
        return
    now = at or business_now()
    known = read_availability(availability)
    read = read_request(request, read_bytes(request), now).request
    length = timedelta(minutes=minutes or read.wishes.minutes)
    chosen = chosen_pack(policy or read.partnership, named=bool(policy))
    calendar = calendar_at(now)
    plan = explanation_of(chosen, read, now, directory_inboxes(directory), calendar).plan
    wanted = wanted_of(plan, known, now, length, days)
    found = rank(wanted, calendar, count)
    instead = () if found else give_up(wanted, calendar)
    if as_json:
        show_json(_as_json(wanted, found, instead))
    else:
        _show(wanted, found, instead)
    if not found:
        raise typer.Exit(int(Exit.NO))


def _from_records(request: Path, minutes: int, count: int, *, as_json: bool) -> None:
    async def act(_: Settings, services: Services) -> Found:
        from service.workflow.find_time import find_time_for  # noqa: PLC0415

        read = read_request(request, read_bytes(request), services.now()).request
        return await find_time_for(services, read, minutes or None, count)

    found = with_services(act)
    if as_json:
        show_json(_as_json(found.wanted, found.slots, found.instead) | {"calendars": _calendars(found)})
    else:
        _show(found.wanted, found.slots, found.instead)
    if not found.slots:
        raise typer.Exit(int(Exit.NO))


def _calendars(found: Found) -> list[dict[str, Any]]:
    return [
        {"kind": each.kind, "who": each.who, "seen_at": each.at, "words": each.words(found.wanted.now)}
        for each in found.calendars
    ]


def of_meeting(
    reference: ReferenceArgument,
    minutes: Annotated[
        int | None,
        typer.Option(min=15, max=480, help="How long it lasts; as long as it is now, or an hour, if not said."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=20, help="How many starts to suggest.")] = 3,
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Suggest the best starts for a planned meeting, or for one that is to be moved; changes nothing."""

    async def act(settings: Settings, services: Services) -> Found:
        from service.workflow.find_time import find_time  # noqa: PLC0415

        return await find_time(services, partnership_in(settings, partnership), reference, minutes, count)

    found = with_services(act)
    if as_json:
        show_json({"meeting_reference": found.reference, **_as_json(found.wanted, found.slots, found.instead)})
    else:
        _show(found.wanted, found.slots, found.instead)
    if not found.slots:
        raise typer.Exit(int(Exit.NO))


def hold(
    reference: ReferenceArgument,
    *,
    start: Annotated[
        datetime, typer.Option(parser=read_time, metavar="TIME", help="When it would start; London time.")
    ],
    minutes: Annotated[int, typer.Option(min=1, max=480, help="How long it takes.")] = 60,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Keep a time for a meeting for a quarter of an hour, at every desk; invites nobody, and is let go by itself."""

    async def act(settings: Settings, services: Services) -> Held:
        from service.workflow.hold import hold_slot  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await hold_slot(services, name, reference, start, minutes, actor=actor_of(by))

    held = with_services(act)
    if as_json:
        show_json(held)
        return
    from service.domain.london import time_words, words  # noqa: PLC0415

    say(f"{words(held.start)} is held for meeting {held.reference} until {time_words(held.until)}.")


def clashes(
    partnership: PartnershipOption = "",
    days: Annotated[int, typer.Option(min=1, max=60, help="How many days ahead to look.")] = 7,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say where desks and chairs are asked for by too many meetings at once; exits with 1 when any is."""

    async def act(settings: Settings, services: Services) -> ClashesFound:
        from service.workflow.clashes import clash_radar  # noqa: PLC0415

        return await clash_radar(services, partnership_in(settings, partnership), days)

    found = with_services(act)
    if as_json:
        show_json(found)
    else:
        _show_clashes(found)
    if found.clashes:
        raise typer.Exit(int(Exit.NO))


def _show_clashes(found: ClashesFound) -> None:
    from service.domain.london import time_words, words  # noqa: PLC0415

    if not found.clashes:
        say("No desk and no chair is asked for by more meetings than it can sit in.")
        return
    rows = [
        (each.words, f"{words(each.start)} to {time_words(each.end)}", _meetings(each), each.capacity)
        for each in found.clashes
    ]
    show_table("Clashes", ("desk or chair", "when", "meetings", "at once"), rows, numbers=1)
    if found.move:
        say(f"Moving {found.move} clears {found.clears}: convene meeting slots {found.move}")
        best = "; ".join(each.words for each in found.move_to)
        say(f"Best: {best}." if best else "No start was found at which every desk it needs has a seat.")
    if found.swap:
        pair = f"{found.swap.first} and {found.swap.second}"
        say(f"Giving {pair} each other's times clears {found.swap.clears} and keeps both in time.")


def _meetings(clash: Clash) -> str:
    others = [f"{clash.others} not shown here"] if clash.others else []
    return ", ".join([*clash.meetings, *others])


def _show(wanted: Wanted, found: Sequence[Suggestion], instead: Sequence[GivenUp]) -> None:
    from service.domain.slots_words import headline  # noqa: PLC0415

    for number, each in enumerate(found, 1):
        say(f"{number}. {headline(each)}")
        _show_one(each, wanted)
    if found:
        return
    say("No start keeps every hard rule. What could be given up, least harm first:")
    for number, way in enumerate(instead, 1):
        say(f"{number}. {way.words[0].upper()}{way.words[1:]}: {headline(way.suggestion)}")
        _show_one(way.suggestion, wanted)
    if not instead:
        say("Nothing in the days looked at: look further ahead with --days, or name another chair.")


def _show_one(suggestion: Suggestion, wanted: Wanted) -> None:
    from service.domain.slots_words import who_cannot, why_good  # noqa: PLC0415

    for sentence in why_good(suggestion, wanted):
        say(f"   {sentence}")
    for sentence in who_cannot(suggestion):
        say(f"   Cannot come: {sentence}.")


def _as_json(wanted: Wanted, found: Sequence[Suggestion], instead: Sequence[GivenUp]) -> dict[str, Any]:
    return {
        "at": wanted.now,
        "earliest_fair": wanted.clocks.earliest_fair,
        "latest_lawful": wanted.clocks.latest_lawful,
        "slots": [one_as_json(each, wanted) for each in found],
        "give_up": [{"words": way.words, **one_as_json(way.suggestion, wanted)} for way in instead],
    }


def one_as_json(suggestion: Suggestion, wanted: Wanted) -> dict[str, Any]:
    """One start as programs read it."""
    from service.domain.slots_words import who_cannot, why_good  # noqa: PLC0415

    return {
        "start": suggestion.start,
        "end": suggestion.end,
        "chair": suggestion.chair.name,
        "quorum_met": suggestion.quorum.met,
        "quorum_missing": list(suggestion.quorum.missing),
        "expected": suggestion.expected,
        "required": suggestion.required,
        "fair_to_all": suggestion.fair,
        "notice_short_for": [each.notice.role for each in suggestion.short],
        "coming": [
            {"role": each.notice.role, "came": each.history.n, "asked": each.history.of} for each in suggestion.coming
        ],
        "cannot_come": [{"role": each.attendee.notice.role, "why": each.why} for each in suggestion.cannot],
        "why": list(why_good(suggestion, wanted)),
        "who_cannot": list(who_cannot(suggestion)),
    }


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(slots)
