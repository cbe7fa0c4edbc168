"""``convene meeting`` and ``convene answer``: what an officer does to a meeting, and an answer given by phone."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands import (
    calling_again,
    calls,
    chairs,
    disagreements,
    family,
    identity,
    medical,
    not_held,
    outcome,
    papers,
    places,
    places_now,
    police_reference,
    replan,
    restricting,
    slots,
    together,
)
from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import note, say, show_json
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.meetings import MeetingChanged, NewTime
    from service.workflow.ports import Services
    from service.workflow.quorum import Standing
    from service.workflow.reply import Recorded
    from service.workflow.short_notice import Explained
    from service.workflow.sittings import Adjourned
    from service.workflow.stand_down import StoodDown

app = typer.Typer(
    help="Confirm, move, cancel or replan a meeting, see whether enough are coming, or name an inbox that is missing.",
    no_args_is_help=True,
)
outcome.add_to(app)
app.add_typer(disagreements.app, name="dissent")
app.add_typer(police_reference.app, name="police-reference")
app.add_typer(papers.decisions_app, name="decisions")
app.add_typer(papers.minutes_app, name="minutes")
app.command("slots")(slots.of_meeting)
app.command("calls")(calls.calls)
app.command("chair")(chairs.chair)
app.command("not-held")(not_held.not_held)
app.command("follow-up")(calls.follow_up)
app.command()(slots.clashes)
app.command()(together.together)
app.command()(replan.replan)
app.command("hold")(slots.hold)
app.command("call-again")(calling_again.call_again)
app.command()(identity.tell)
app.command()(places.stop)
app.command("add-agency")(places.add)
app.command("add-now")(places_now.add)
app.command("remove-now")(places_now.remove)
app.command("exclude")(places_now.exclude)
app.command("withdraw-agency")(places.withdraw)
app.command()(places.holds_location)
app.command()(restricting.restrict)
app.command()(restricting.readers)
app.command()(restricting.keep_out)
app.command()(restricting.let_in)
app.command()(restricting.break_glass)
app.command()(places.name_person)
app.command()(family.family)
app.command()(medical.medical)
app.command()(family.family_route)


class ModeChoice(StrEnum):
    """How the meeting is held."""

    ONLINE = "online"
    IN_PERSON = "in_person"
    PHONE = "phone"


StartOption = Annotated[
    datetime, typer.Option(parser=read_time, metavar="TIME", help="When it starts; London time without an offset.")
]
MinutesOption = Annotated[int, typer.Option(min=1, max=480, help="How long it takes.")]
ModeOption = Annotated[ModeChoice, typer.Option(help="How it is held.")]
VenueOption = Annotated[str, typer.Option(help="Where, when in person.", show_default="")]
ShortNoticeOption = Annotated[
    str, typer.Option(help="Why an agency gets less notice than it is owed.", show_default="")
]
ShortNoticeCode = Annotated[
    str, typer.Option(metavar="CODE", help="The same, from the policy's list of reasons.", show_default="")
]
DeskOverrideOption = Annotated[
    str,
    typer.Option(
        metavar="CODE",
        help="Why a desk that is full then is asked all the same: immediate_risk, desk_agreed, no_other_time or "
        "without_desk.",
        show_default="",
    ),
]
AgreedWith = Annotated[
    str, typer.Option(metavar="ROLE", help="An agency that agreed to this start by phone already.", show_default="")
]
AgreedBy = Annotated[str, typer.Option(help="Who of it agreed.", show_default="")]
AgreedAt = Annotated[
    datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When that was; now if not said.")
]
SeenOption = Annotated[
    int | None, typer.Option("--if-version", min=0, help="Only if the meeting is still at this version.")
]


@app.command()
def confirm(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    start: StartOption,
    minutes: MinutesOption = 60,
    mode: ModeOption = ModeChoice.ONLINE,
    venue: VenueOption = "",
    short_notice_code: ShortNoticeCode = "",
    short_notice_reason: ShortNoticeOption = "",
    desk_override: DeskOverrideOption = "",
    agreed_with: AgreedWith = "",
    agreed_by: AgreedBy = "",
    agreed_at: AgreedAt = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    if_version: SeenOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Give a planned meeting its time; the invitations leave at once."""
    time = (start, minutes, mode, venue, short_notice_reason, short_notice_code, desk_override)
    agreed = (agreed_with, agreed_by, agreed_at)
    _change(_set_time("confirm_meeting", reference, time, agreed, by, if_version), partnership, as_json=as_json)


@app.command()
def move(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    start: StartOption,
    minutes: MinutesOption = 60,
    mode: ModeOption = ModeChoice.ONLINE,
    venue: VenueOption = "",
    short_notice_code: ShortNoticeCode = "",
    short_notice_reason: ShortNoticeOption = "",
    desk_override: DeskOverrideOption = "",
    agreed_with: AgreedWith = "",
    agreed_by: AgreedBy = "",
    agreed_at: AgreedAt = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    if_version: SeenOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Move a confirmed meeting; every agency is told and asked again."""
    time = (start, minutes, mode, venue, short_notice_reason, short_notice_code, desk_override)
    agreed = (agreed_with, agreed_by, agreed_at)
    _change(_set_time("move_meeting", reference, time, agreed, by, if_version), partnership, as_json=as_json)


@app.command()
def cancel(
    reference: ReferenceArgument,
    reason: Annotated[
        str, typer.Option(help="facts_now_clear, already_held, made_in_error, wrong_person_invited or replaced.")
    ],
    partnership: PartnershipOption = "",
    by: ByOption = "",
    if_version: SeenOption = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """Call a meeting off; the agencies are told, and nobody is chased any more."""

    async def act(services: Services, name: str) -> MeetingChanged:
        from service.workflow.meetings import CANCEL_REASONS, cancel_meeting  # noqa: PLC0415

        if reason not in CANCEL_REASONS:
            raise RefusedError(f"--reason is one of: {', '.join(sorted(CANCEL_REASONS))}.")
        actor = actor_of(by)
        return await cancel_meeting(services, name, reference, reason=reason, actor=actor, seen_version=if_version)

    _change(act, partnership, as_json=as_json)


@app.command()
def explain(
    reference: ReferenceArgument,
    code: Annotated[str, typer.Option(metavar="CODE", help="From the policy's list of reasons.")],
    reason: Annotated[str, typer.Option(help="A sentence of your own, without names.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Say why an agency gets less notice than it is owed."""

    async def act(settings: Settings, services: Services) -> Explained:
        from service.workflow.short_notice import explain_short_notice  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await explain_short_notice(services, name, reference, code=code, text=reason, actor=actor_of(by))

    explained = with_services(act)
    say(f"Meeting {explained.reference}: short notice because {explained.words}.")


@app.command()
def go_on(
    reference: ReferenceArgument,
    reason: Annotated[str, typer.Option(help="Why, in a sentence without names.")],
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Say why a meeting goes on, or went on, without everyone it needs."""

    async def act(settings: Settings, services: Services) -> Standing:
        from service.workflow.without_quorum import go_on_without_quorum  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await go_on_without_quorum(services, name, reference, reason=reason, actor=actor_of(by))

    found = with_services(act)
    missing = dict.fromkeys([*found.forecast.quorum.missing, *found.forecast.partners.missing])
    say(f"Meeting {found.reference} goes on without: {', '.join(missing)}.")


@app.command()
def adjourn(
    reference: ReferenceArgument,
    *,
    start: StartOption,
    because: Annotated[str, typer.Option(help="Why, in a sentence without names.")],
    minutes: MinutesOption = 60,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Let a meeting that has begun sit again at another time, with an attendance of its own."""

    async def act(settings: Settings, services: Services) -> Adjourned:
        from service.workflow import sittings  # noqa: PLC0415

        name, actor = partnership_in(settings, partnership), actor_of(by)
        return await sittings.adjourn(
            services, name, reference, start=start, minutes=minutes, because=because, actor=actor
        )

    found = with_services(act)
    if as_json:
        show_json({"meeting_reference": found.reference, "sitting": found.number, "starts_at": found.starts_at})
    else:
        say(f"Meeting {found.reference} sits again: sitting {found.number}.")
        note("Nobody is sent an invitation to it: its time is agreed at the table.")


@app.command()
def stand_down(
    reference: ReferenceArgument,
    reason: Annotated[str, typer.Option(help="Why, in a sentence without names.")],
    came: Annotated[
        list[str] | None, typer.Option("--came", metavar="ROLE", help="Who is there, once it has begun; once for each.")
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Call a conference off because its quorum is not met, where the policy says so. Never a strategy meeting."""

    async def act(settings: Settings, services: Services) -> StoodDown:
        from service.workflow import stand_down as acts  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await acts.stand_down(services, name, reference, reason=reason, actor=actor_of(by), came=came or ())

    found = with_services(act)
    from service.domain.london import words  # noqa: PLC0415

    again = f"It must be held by {words(found.again_by)}." if found.again_by else "No time for it is set by the policy."
    say(f"Conference {found.reference} is stood down. Missing: {', '.join(found.missing)}. {again}")


@app.command()
def invite(
    reference: ReferenceArgument,
    role: Annotated[str, typer.Option(help="The agency's role, for example school.")],
    inbox: Annotated[str, typer.Option("--inbox", metavar="ADDRESS", help="The inbox, as the directory has it.")],
    slot: Annotated[str, typer.Option(help="Which of two agencies of one role.", show_default="")] = "",
    child: Annotated[str, typer.Option(help="Or: whose school or nursery, by the child's ref.", show_default="")] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
) -> None:
    """Name the inbox for an agency that has none, and invite it."""

    async def act(settings: Settings, services: Services) -> None:
        from service.workflow.bind import NamedInbox, name_inbox  # noqa: PLC0415

        named = NamedInbox(role, inbox, slot, child)
        name = partnership_in(settings, partnership)
        await name_inbox(services, name, reference, named, actor=actor_of(by))

    with_services(act)
    say(f"{inbox} is asked to meeting {reference} as {role}.")


@app.command()
def quorum(
    reference: ReferenceArgument,
    if_no: Annotated[
        str, typer.Option(metavar="ROLE", help="As it would stand if this agency said no.", show_default="")
    ] = "",
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Say whether enough are coming, whose answer would change that, and what a no would cost."""

    async def act(settings: Settings, services: Services) -> Standing:
        from service.workflow.quorum import standing  # noqa: PLC0415

        return await standing(services, partnership_in(settings, partnership), reference, [if_no] if if_no else [])

    found = with_services(act)
    from service.web.quorum_words import quorum_sentences  # noqa: PLC0415

    sentences = quorum_sentences(found.forecast, came=found.came, strategy=found.strategy)
    if as_json:
        told = found.forecast
        show_json(
            {
                "meeting_reference": found.reference,
                "rule": told.words,
                "counted_by": "attendance" if found.came else "answers",
                "met": told.quorum.met,
                "missing": told.quorum.missing,
                "ways": told.quorum.ways,
                "lost_by": told.quorum.lost_by,
                "national_least_met": told.partners.met,
                "national_least_missing": told.partners.missing,
                "words": sentences,
            }
        )
    else:
        for sentence in sentences:
            say(sentence)


@app.command("calendar-file")
def calendar_file(
    reference: ReferenceArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it; an older file is replaced.")],
    partnership: PartnershipOption = "",
) -> None:
    """Write the meeting as a calendar file for whoever cannot take Outlook invitations; it names nobody."""

    async def act(settings: Settings, services: Services) -> bytes:
        from service.workflow.calendar_file import file_of  # noqa: PLC0415

        return await file_of(services, partnership_in(settings, partnership), reference)

    content = with_services(act)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise RefusedError(f"{out} cannot be written: {error.strerror}.") from None
    say(f"{out}: {len(content)} bytes")


_Agreed = tuple[str, str, datetime | None]
_Time = tuple[datetime, int, ModeChoice, str, str, str, str]
_Act = Callable[["Services", str], Awaitable["MeetingChanged"]]


def _set_time(which: str, reference: str, time: _Time, agreed: _Agreed, by: str, if_version: int | None) -> _Act:
    role, said_by, at = agreed
    if bool(role) != bool(said_by):
        raise RefusedError("Say both which agency agreed (--agreed-with ROLE) and who (--agreed-by NAME).")

    async def act(services: Services, name: str) -> MeetingChanged:
        from service.workflow import meetings  # noqa: PLC0415
        from service.workflow.agreed import Agreed  # noqa: PLC0415

        start, minutes, mode, venue, reason, code, override = time
        fixed = Agreed(role, said_by, at or services.now()) if role else None
        new: NewTime = meetings.NewTime(
            start, minutes, mode.value, venue, reason or None, code or None, override or None, fixed
        )
        set_time = meetings.confirm_meeting if which == "confirm_meeting" else meetings.move_meeting
        return await set_time(services, name, reference, new, actor=actor_of(by), seen_version=if_version)

    return act


def _change(act: _Act, partnership: str, *, as_json: bool) -> None:
    async def run(settings: Settings, services: Services) -> MeetingChanged:
        return await act(services, partnership_in(settings, partnership))

    changed = with_services(run)
    if as_json:
        show_json({"meeting_reference": changed.reference, "version": changed.version, "state": changed.state})
    else:
        say(f"Meeting {changed.reference} is {changed.state}, version {changed.version}.")


class AnswerChoice(StrEnum):
    """What an agency may say on the phone."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    DEPUTY = "deputy"
    REPORT = "report"


def answer(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    role: Annotated[str, typer.Option(help="The agency's role, for example health_visitor.")],
    said: Annotated[AnswerChoice, typer.Option("--answer", help="What it said.")],
    by: Annotated[str, typer.Option("--by", help="Who said it, for the agency.")],
    slot: Annotated[str, typer.Option(help="Which of two agencies of one role.", show_default="")] = "",
    reason: Annotated[str, typer.Option(help="Why, in a few words without names.", show_default="")] = "",
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When; now if not said.")
    ] = None,
    partnership: PartnershipOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Type in an answer that an agency gave by phone."""

    async def act(settings: Settings, services: Services) -> Recorded:
        from service.domain.answers import Answer, Way  # noqa: PLC0415
        from service.workflow.reply import GivenAnswer, record_answer  # noqa: PLC0415

        answered_at = at or services.now()
        if answered_at > services.now():
            raise RefusedError("--at is in the future; it says when the agency answered.")
        told = "\x1f".join((role, slot, said, by, reason, answered_at.isoformat()))
        given = GivenAnswer(
            answer=Answer(said.value),
            way=Way.PHONE,
            answered_at=answered_at,
            # The same call typed in twice with its time is one answer; without a time each is a call of its own.
            natural_key=f"command:{hashlib.sha256(told.encode()).hexdigest()[:32]}",
            role=role,
            slot=slot,
            given_by=by,
            reason=reason,
        )
        return await record_answer(
            services, partnership_in(settings, partnership), reference, given, actor=actor_of("")
        )

    recorded = with_services(act)
    if as_json:
        show_json({"answer": said, "words": recorded.words, "counted": recorded.counted, "new": recorded.new})
    else:
        say(f"Recorded for {role}: {recorded.words}." + ("" if recorded.new else " It was known already."))


def add_to(root: typer.Typer) -> None:
    """Register these commands."""
    root.add_typer(app, name="meeting")
    root.command()(answer)
