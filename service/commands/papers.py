"""``convene meeting decisions`` and ``convene meeting minutes``: agree, issue and open them, and see who has."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import printable, say, show_json, show_table
from service.commands.request_files import read_bytes
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.opening import OpenedPaper
    from service.workflow.papers import Agreed, PapersStanding, PlaceNamed
    from service.workflow.ports import Services

decisions_app = typer.Typer(
    help="The decisions of a meeting: agree them, read an agency its part, see who has opened theirs.",
    no_args_is_help=True,
)
minutes_app = typer.Typer(
    help="The minutes of a meeting: agree, issue and read them, see who has opened theirs.", no_args_is_help=True
)

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A text file with the words; - reads standard input.")
]
ConcernsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--for", metavar="ROLE", help="An agency it concerns, as ROLE or ROLE:SLOT; again for more. All if left out."
    ),
]
ReplacesOption = Annotated[
    int | None, typer.Option(metavar="NUMBER", min=1, help="The number of the one that this corrects.")
]
NameOption = Annotated[str, typer.Option(help="Who opens it, by name.")]
ReasonOption = Annotated[str, typer.Option(help="Why, without names of the family.")]
RoleOption = Annotated[
    str,
    typer.Option(
        help="The agency that was called back on the directory's number, as ROLE or ROLE:SLOT; staff if left out.",
        show_default="",
    ),
]


@decisions_app.command("list")
def list_decisions(
    reference: ReferenceArgument, partnership: PartnershipOption = "", *, as_json: JsonFlag = False
) -> None:
    """List the decisions by number, and who has opened them. What they say stays sealed."""
    _list("decision", reference, partnership, as_json=as_json)


@minutes_app.command("list")
def list_minutes(
    reference: ReferenceArgument, partnership: PartnershipOption = "", *, as_json: JsonFlag = False
) -> None:
    """List the parts of the minutes, and who has opened them. What they say stays sealed."""
    _list("minutes", reference, partnership, as_json=as_json)


@decisions_app.command("agree")
def agree_decision(
    reference: ReferenceArgument,
    file: FileArgument,
    concerns: ConcernsOption = None,
    replaces: ReplacesOption = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """The chair agrees a decision. Its agencies may open it at once; the same words again are the same decision."""
    agreed = _agree("decision", reference, file, concerns or [], replaces, partnership, by)
    say(f"Decision {agreed.number} of meeting {reference} is agreed." + ("" if agreed.new else " It was already."))


@minutes_app.command("agree")
def agree_part(
    reference: ReferenceArgument,
    file: FileArgument,
    concerns: ConcernsOption = None,
    replaces: ReplacesOption = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """The chair agrees the minutes, or a part of them that concerns some agencies only. Issue them afterwards."""
    agreed = _agree("minutes", reference, file, concerns or [], replaces, partnership, by)
    say(f"Minutes {agreed.number} of meeting {reference} are agreed." + ("" if agreed.new else " They were already."))


@minutes_app.command("issue")
def issue(
    reference: ReferenceArgument,
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When they went out; now if not said.")
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Issue every agreed part of the minutes."""

    async def act(settings: Settings, services: Services) -> tuple[int, ...]:
        from service.workflow.papers import issue_minutes  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await issue_minutes(services, name, reference, actor=actor_of(by), at=at)

    issued = with_services(act)
    told = f"Issued: {', '.join(map(str, issued))}." if issued else "All were issued already."
    say(f"Minutes of meeting {reference}. {told}")


@decisions_app.command("open")
def open_decisions(
    reference: ReferenceArgument,
    name: NameOption,
    reason: ReasonOption,
    role: RoleOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Read an agency its decisions after calling it back. This is its receipt; the audit keeps who opened them."""
    _open("decision", reference, (name, reason, role), partnership, by)


@minutes_app.command("open")
def open_minutes(
    reference: ReferenceArgument,
    name: NameOption,
    reason: ReasonOption,
    role: RoleOption = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Read an agency its part of the minutes after calling it back. This is its receipt; the audit keeps who."""
    _open("minutes", reference, (name, reason, role), partnership, by)


def place_of(said: str) -> PlaceNamed:
    """An agency as ROLE or ROLE:SLOT."""
    from service.workflow.papers import PlaceNamed  # noqa: PLC0415

    role, _, slot = said.partition(":")
    return PlaceNamed(role.strip(), slot.strip())


def words_in(file: Path) -> str:
    """The words of a text file. Raises RefusedError."""
    try:
        return read_bytes(file).decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError(f"{file}: this is not text in UTF-8.") from None


def _agree(
    kind: str, reference: str, file: Path, concerns: list[str], replaces: int | None, partnership: str, by: str
) -> Agreed:
    text = words_in(file)

    async def act(settings: Settings, services: Services) -> Agreed:
        from service.domain.papers import Kind  # noqa: PLC0415
        from service.workflow.papers import PaperGiven, agree_papers  # noqa: PLC0415

        given = PaperGiven(text, tuple(map(place_of, concerns)), replaces)
        name = partnership_in(settings, partnership)
        return (await agree_papers(services, name, reference, Kind(kind), [given], actor=actor_of(by)))[0]

    return with_services(act)


def _open(kind: str, reference: str, who: tuple[str, str, str], partnership: str, by: str) -> None:
    name, reason, role = who

    async def act(settings: Settings, services: Services) -> tuple[OpenedPaper, ...]:
        from service.domain.papers import Kind, Opener, Proof  # noqa: PLC0415
        from service.workflow.opening import open_papers  # noqa: PLC0415

        opener = Opener(name, Proof.CALL_BACK if role else Proof.STAFF, reason)
        where = partnership_in(settings, partnership)
        place = place_of(role) if role else None
        return await open_papers(services, where, reference, Kind(kind), opener, place, actor=actor_of(by))

    for paper in with_services(act):
        say(f"{paper.number}. {printable(paper.text)}")


def _list(kind: str, reference: str, partnership: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> tuple[PapersStanding, datetime]:
        from service.workflow.papers import standing  # noqa: PLC0415

        return await standing(services, partnership_in(settings, partnership), reference), services.now()

    found, now = with_services(act)
    from service.handlers.show_papers import papers_shown, titles_of  # noqa: PLC0415
    from service.web.papers_words import clock_sentence, decision_sentences, minutes_sentences  # noqa: PLC0415

    shown = papers_shown(found, kind, now)
    if as_json:
        show_json({"meeting_reference": found.reference, "kind": kind, **shown})
        return
    titles = titles_of(each.place for each in found.places)
    said = (
        decision_sentences(found.decisions, titles) if kind == "decision" else minutes_sentences(found.minutes, titles)
    )
    for sentence in said if kind == "decision" else (*said, clock_sentence(found.clock, now)):
        say(sentence)
    if shown["papers"]:
        rows = ((each["role"], each["slot"], each["words"]) for each in shown["agencies"])
        show_table("Who has opened them", ("agency", "place", "opened"), rows)
