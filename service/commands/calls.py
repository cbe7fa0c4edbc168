"""``convene meeting calls``: whom to phone for a meeting now, and a mark for each call."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag, PartnershipOption, ReferenceArgument, read_time
from service.commands.output import say, show_json, show_table
from service.commands.running import actor_of, partnership_in, with_services
from service.domain.calls import CALL_WORDS, CallOutcome
from service.domain.london import words
from service.domain.roles import words as role_words

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.calls import CallEntry, CallKept, CallList
    from service.workflow.follow_up import FollowUp
    from service.workflow.identity import SpokenTo
    from service.workflow.ports import Services

RoleOption = Annotated[str, typer.Option(metavar="ROLE", help="Mark a call to this agency.", show_default="")]
OutcomeOption = Annotated[CallOutcome | None, typer.Option(help="What the call came to.")]


def calls(  # noqa: PLR0913 - each is one option of the command
    reference: ReferenceArgument,
    *,
    role: RoleOption = "",
    slot: Annotated[str, typer.Option(help="Which of several places of that role.", show_default="")] = "",
    outcome: OutcomeOption = None,
    spoke_to: Annotated[str, typer.Option(help="Whom you spoke to; kept under seal.", show_default="")] = "",
    at: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When; now if not said.")
    ] = None,
    whom: Annotated[bool, typer.Option("--whom", help="Open whom the calls reached; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Why that is opened, without names.", show_default="")] = "",
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """List whom to phone now, first to last; with a role and an outcome, mark one call."""
    if bool(role) != (outcome is not None):
        raise RefusedError("To mark a call give both --role and --outcome.")
    if outcome is not None:
        _mark(reference, (role, slot, outcome, spoke_to, at), partnership, by, as_json=as_json)
    elif whom:
        _whom(reference, reason, partnership, by, as_json=as_json)
    else:
        _list(reference, partnership, as_json=as_json)


def _mark(
    reference: str,
    call: tuple[str, str, CallOutcome, str, datetime | None],
    partnership: str,
    by: str,
    *,
    as_json: bool,
) -> None:
    role, slot, outcome, spoke_to, at = call

    async def act(settings: Settings, services: Services) -> CallKept:
        from service.store.ids import new_id  # noqa: PLC0415
        from service.workflow.calls import CallGiven, record_call  # noqa: PLC0415

        now, actor = services.now(), actor_of(by)
        key = f"{actor}:{at.isoformat()}:{outcome}" if at else str(new_id(now))
        given = CallGiven(outcome, at or now, key, role=role, slot=slot, spoke_to=spoke_to)
        return await record_call(services, partnership_in(settings, partnership), reference, given, actor=actor)

    kept = with_services(act)
    if as_json:
        show_json({"meeting_reference": kept.reference, "role": kept.role, "new": kept.new, "began": kept.began})
        return
    say(f"{role_words(kept.role)}: {CALL_WORDS[outcome]}." if kept.new else "That call was marked already.")
    if kept.began:
        say(f"The discussion of {kept.reference} has begun by phone.")


def _list(reference: str, partnership: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> CallList:
        from service.workflow.calls import call_list  # noqa: PLC0415

        return await call_list(services, partnership_in(settings, partnership), reference)

    found = with_services(act)
    if as_json:
        show_json(
            {"meeting_reference": reference, "night": found.night, "agencies": [_plain(each) for each in found.entries]}
        )
        return
    columns = ("agency", "level", "phone", "if nobody answers", "open now", "last call")
    show_table(f"Whom to phone for {reference}", columns, [_row(each) for each in found.entries])


def _plain(entry: CallEntry) -> dict[str, object]:
    return {
        "role": entry.role,
        "slot": entry.slot,
        "must_not_be_told": entry.stopped,
        "phone": entry.phone,
        "if_nobody_answers_phone": entry.otherwise_phone,
        "open_now": entry.open_now,
        "calls": [{"outcome": call.outcome, "called_at": call.called_at} for call in entry.calls],
    }


def _row(entry: CallEntry) -> tuple[str, ...]:
    if entry.stopped:
        return role_words(entry.role), entry.level, "must not be told", "", "", ""
    last = entry.calls[-1] if entry.calls else None
    return (
        role_words(entry.role),
        entry.level,
        entry.phone or "no number",
        " ".join((entry.otherwise, entry.otherwise_phone)).strip(),
        {None: "not known", True: "yes", False: "no"}[entry.open_now],
        f"{CALL_WORDS[CallOutcome(last.outcome)]}, {words(last.called_at)}" if last else "none",
    )


def _whom(reference: str, reason: str, partnership: str, by: str, *, as_json: bool) -> None:
    async def act(settings: Settings, services: Services) -> list[SpokenTo]:
        from service.workflow.identity import open_spoken_to  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await open_spoken_to(services, name, reference, reason=reason, actor=actor_of(by))

    found = with_services(act)
    if as_json:
        show_json(found)
        return
    for each in found:
        what = CALL_WORDS[CallOutcome(each.outcome)]
        say(f"{role_words(each.role)}: {what}, {words(each.called_at)}: {each.name}")
    if not found:
        say("Nobody's name is kept.")


def follow_up(
    reference: ReferenceArgument,
    *,
    start: Annotated[
        datetime | None, typer.Option(parser=read_time, metavar="TIME", help="When; everybody is invited at once.")
    ] = None,
    partnership: PartnershipOption = "",
    by: ByOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Plan the meeting that must follow a strategy discussion, about the same people."""

    async def act(settings: Settings, services: Services) -> FollowUp:
        from service.workflow.follow_up import plan_follow_up  # noqa: PLC0415

        name = partnership_in(settings, partnership)
        return await plan_follow_up(services, name, reference, actor=actor_of(by), start=start)

    found = with_services(act)
    planned, following = found.planned, found.following
    if as_json:
        show_json(
            {
                "meeting_reference": found.reference,
                "follow_up_reference": planned.reference if planned else None,
                "meeting_type": following.meeting_type,
                "due_words": following.due_words,
                "due_at": following.due_at,
                "state": planned.state if planned else None,
            }
        )
        return
    if planned is not None:
        when = words(planned.starts_at) if planned.starts_at else "no time yet"
        say(f"The {following.name} is {planned.reference}: {when}.")
    due = f"{words(following.due_at)} ({following.due_words})" if following.due_at else following.due_words
    say(f"By when it must be held: {due}.")
