"""``convene meeting replan``: correct or add facts, see what that changes, and plan the meeting anew."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from service.domain.amending import Amendment, ChildAmendment
    from service.domain.replanned import Replanned
    from service.settings import Settings
    from service.workflow.ports import Services


class UrgencyChoice(StrEnum):
    """How soon it must be."""

    IMMEDIATE = "immediate"
    STANDARD = "standard"
    PLANNED = "planned"


def replan(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    add: Annotated[
        list[str] | None, typer.Option("--add", metavar="CIRCUMSTANCE", help="A circumstance that is known now.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="CIRCUMSTANCE", help="One that turned out not to be so.")
    ] = None,
    add_agency: Annotated[
        list[str] | None, typer.Option("--add-agency", metavar="ROLE", help="An agency that is involved.")
    ] = None,
    remove_agency: Annotated[
        list[str] | None, typer.Option("--remove-agency", metavar="ROLE", help="One that is not involved.")
    ] = None,
    add_flag: Annotated[
        list[str] | None, typer.Option("--add-flag", metavar="CHILD=FLAG", help="As C1=missing.")
    ] = None,
    remove_flag: Annotated[
        list[str] | None, typer.Option("--remove-flag", metavar="CHILD=FLAG", help="As C1=missing.")
    ] = None,
    age: Annotated[
        list[str] | None, typer.Option("--age", metavar="CHILD=BAND", help="As C2=0-4: unborn, 0-4, 5-17 or 18+.")
    ] = None,
    on_roll: Annotated[
        list[str] | None, typer.Option("--on-roll", metavar="CHILD=yes|no", help="Whether it is on a school's roll.")
    ] = None,
    must_not_be_told: Annotated[
        list[str] | None,
        typer.Option("--must-not-be-told", metavar="ROLE", help="An agency whose shared inbox must not be told."),
    ] = None,
    clock: Annotated[
        list[str] | None, typer.Option("--clock", metavar="NAME=TIME", help="As initiating_sd_at=2026-11-24T14:00.")
    ] = None,
    urgency: Annotated[UrgencyChoice | None, typer.Option(help="How soon it must be.")] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    in_force: Annotated[
        bool, typer.Option("--in-force", help="Plan by the policy in force, not by the one that planned it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
    seen: Annotated[
        str, typer.Option("--seen", metavar="MARK", help="Only if it is still the difference of this mark.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Correct or add facts and plan a meeting anew: who is added, who falls away, and what becomes of invitations."""
    said: dict[str, Any] = {
        "circumstances": (add, remove),
        "agencies": (add_agency, remove_agency),
        "flags": (add_flag, remove_flag),
        "ages": age,
        "on_roll": on_roll,
        "must_not_be_told": must_not_be_told,
        "clocks": clock,
        "urgency": urgency,
    }

    async def act(settings: Settings, services: Services) -> Replanned:
        from service.workflow.replan import preview, replan_meeting  # noqa: PLC0415
        from service.workflow.replan_look import ReplanAsked  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        asked = ReplanAsked(amendment_of(said), in_force=in_force, seen=seen)
        if dry_run:
            return await preview(services, name, reference, asked)
        return await replan_meeting(services, name, reference, asked, actor=actor_of(by))

    found = with_services(act)
    from service.web.replan_words import replan_sentences  # noqa: PLC0415

    if as_json:
        from service.web.replan_shown import as_shown  # noqa: PLC0415

        show_json(as_shown(found))
        return
    for sentence in replan_sentences(found):
        say(sentence)
    if found.done:
        say(f"Meeting {found.reference} is planned anew; it stays version {found.version}.")
    elif not found.nothing_to_do:
        say(f"Nothing was changed. To do exactly this: the same command with --seen {found.mark}, without --dry-run.")


def amendment_of(said: Mapping[str, Any]) -> Amendment:
    """The change of facts out of the options. Raises RefusedError for a label that is not known."""
    from service.domain.amending import CLOCK_FACTS, Amendment, Words  # noqa: PLC0415
    from service.domain.facts import CIRCUMSTANCES, Urgency  # noqa: PLC0415
    from service.domain.roles import ROLES  # noqa: PLC0415

    def both(name: str, known: Iterable[str], kind: str) -> Words:
        added, removed = said[name]
        return Words(_known(added, known, kind), _known(removed, known, kind))

    clocks = {_one(name, CLOCK_FACTS, "clock"): read_time(text) for name, text in _pairs(said["clocks"], "--clock")}
    return Amendment(
        urgency=Urgency(said["urgency"].value) if said["urgency"] else None,
        circumstances=both("circumstances", CIRCUMSTANCES, "circumstance"),
        involved_roles=both("agencies", ROLES, "role"),
        must_not_be_told=_known(said["must_not_be_told"], ROLES, "role"),
        children=_children(said),
        clocks=clocks,
    )


def _children(said: Mapping[str, Any]) -> dict[str, ChildAmendment]:
    from service.domain.amending import ChildAmendment, Words  # noqa: PLC0415
    from service.domain.facts import CHILD_FLAGS, AgeBand  # noqa: PLC0415

    added, removed = said["flags"]
    add = [(ref, _one(flag, CHILD_FLAGS, "child flag")) for ref, flag in _pairs(added, "--add-flag")]
    remove = [(ref, _one(flag, CHILD_FLAGS, "child flag")) for ref, flag in _pairs(removed, "--remove-flag")]
    ages = {ref: AgeBand(_one(band, [*AgeBand], "age band")) for ref, band in _pairs(said["ages"], "--age")}
    rolls = {ref: _one(text, ("yes", "no"), "answer") == "yes" for ref, text in _pairs(said["on_roll"], "--on-roll")}
    return {
        ref: ChildAmendment(
            Words(
                frozenset(flag for whose, flag in add if whose == ref),
                frozenset(flag for whose, flag in remove if whose == ref),
            ),
            ages.get(ref),
            rolls.get(ref),
        )
        for ref in dict.fromkeys([*(ref for ref, _ in (*add, *remove)), *ages, *rolls])
    }


def _pairs(options: list[str] | None, option: str) -> list[tuple[str, str]]:
    pairs = []
    for text in options or ():
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise RefusedError(f"{option} {text}: write it as NAME=VALUE, with a child's reference or a clock first.")
        pairs.append((name, value))
    return pairs


def _known(labels: list[str] | None, known: Iterable[str], kind: str) -> frozenset[str]:
    return frozenset(_one(label, known, kind) for label in labels or ())


def _one(label: str, known: Iterable[str], kind: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415

    allowed = [str(each) for each in known]
    if label in allowed:
        return label
    near = get_close_matches(label, allowed, n=1, cutoff=0.5)
    hint = f"The nearest is {near[0]}." if near else f"Known are: {', '.join(sorted(allowed))}."
    raise RefusedError(f"{label!r} is no {kind} that is known. {hint}")
