"""An agency out of a meeting at once: taken out, or the meeting called anew because it must not be told."""

from __future__ import annotations

from aiohttp import web

from service.domain.meetings import under_way
from service.domain.roles import words as role_words
from service.handlers.act_pages import gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, place_in
from service.store.queries.meeting_lines import AgencyLine
from service.web.act_page import ActPage, Field, Form, Kind
from service.workflow.errors import BadTimeError, CannotInviteError
from service.workflow.exclude import exclude
from service.workflow.remove_now import REMOVE_REASONS, remove_now
from service.workflow.safe_route import StoppedPlace


async def ask_remove(request: web.Request) -> web.Response:
    """GET …/places/{place}/remove: why it is taken out."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    return _remove_page(request, ground, place, _remove_form(ground, place))


async def remove(request: web.Request) -> web.Response:
    """POST …/places/{place}/remove: its link, its desk session and its place end."""
    ground, sent = await ground_of(request), await form_of(request)
    place = place_in(request, ground)
    form = _remove_form(ground, place).read(sent)
    if form.errors:
        return _remove_page(request, ground, place, form, status=422)
    meant, reason = StoppedPlace(place.role, place.slot), form.said("reason")
    try:
        await remove_now(
            ground.services, ground.partnership, ground.meeting.reference, meant, reason=reason, actor=ground.actor
        )
    except CannotInviteError as error:
        return _remove_page(request, ground, place, form.wrong(reason=str(error)), status=422)
    return ground.done("agency_removed")


def _remove_form(ground: Ground, place: AgencyLine) -> Form:
    return Form(
        action=f"{ground.href}/places/{place.requirement_id}/remove",
        button="Take it out now",
        fields=(
            Field("reason", "Why is it taken out?", Kind.ONE, REMOVE_REASONS, needed="Choose why it is taken out"),
        ),
        warns=True,
    )


def _remove_page(
    request: web.Request, ground: Ground, place: AgencyLine, form: Form, *, status: int = 200
) -> web.Response:
    page = ActPage(
        heading=f"Take out now: {role_words(place.role)}",
        back_href=ground.href,
        intro=(
            "Its answer link, every desk session at its inbox and its place end at once, and it is told once.",
            "A task tells the chair to let nobody of it in. Nobody else hears of it.",
            "If somebody there must not be told of the case, call the meeting anew without it instead.",
        ),
        links=(("Call the meeting anew without it", f"{ground.href}/places/{place.requirement_id}/exclude"),),
        forms=(form,),
    )
    return shown(request, page, status)


async def ask_exclude(request: web.Request) -> web.Response:
    """GET …/places/{place}/exclude: what calling the meeting anew does."""
    ground = await ground_of(request)
    return _exclude_page(request, ground, place_in(request, ground))


async def call_without(request: web.Request) -> web.Response:
    """POST …/places/{place}/exclude: call it off and anew, and go to the new meeting."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    meant = StoppedPlace(place.role, place.slot)
    try:
        done = await exclude(ground.services, ground.partnership, ground.meeting.reference, meant, actor=ground.actor)
    except (BadTimeError, CannotInviteError) as error:
        return _exclude_page(request, ground, place, problem=str(error), status=409)
    if done.kept:
        return ground.done("agency_shut_out")
    if done.new is None:
        return ground.done("cancelled")
    return gone(f"/{ground.partnership}/meetings/{done.new.reference}", "called_without")


_WHERE = "Do this where somebody the meeting is about, or somebody tied to them, reads the inbox of this agency."


def _shut_out_page(
    request: web.Request, ground: Ground, place: AgencyLine, *, problem: str, status: int
) -> web.Response:
    page = ActPage(
        heading=f"Shut out the {role_words(place.role)}",
        back_href=ground.href,
        intro=(
            _WHERE,
            f"Who came to meeting {ground.meeting.reference} is recorded already. That stays as it is.",
            "Its answer link, its codes, every desk session at its inbox and its calendar entry end at once.",
            "It can open no decision and no minutes any more.",
            "It hears only that the calendar entry is gone. A task tells the chair to let nobody of it in again.",
            "A meeting that follows is planned without it.",
        ),
        forms=(Form(f"{ground.href}/places/{place.requirement_id}/exclude", "Shut it out now", warns=True),),
        problem=problem,
    )
    return shown(request, page, status)


def _exclude_page(
    request: web.Request, ground: Ground, place: AgencyLine, *, problem: str = "", status: int = 200
) -> web.Response:
    meeting = ground.meeting
    if meeting.state == "held":
        return _shut_out_page(request, ground, place, problem=problem, status=status)
    sits = under_way(meeting.starts_at, meeting.ends_at, ground.services.now())
    page = ActPage(
        heading=f"Call the meeting anew without the {role_words(place.role)}",
        back_href=ground.href,
        intro=(
            _WHERE,
            f"Meeting {meeting.reference} is cancelled, so its calendar entry and its join link are worth nothing.",
            "A new meeting, linked to it, takes its place "
            + ("a few minutes from now." if sits else "at the same time."),
            "The agency hears only that the old entry is gone.",
            "Each of the others gets one invitation, which says that it takes the place of the old one, and not why.",
            "Answers begin anew. A task asks for a person of that agency and a safe route.",
        ),
        forms=(Form(f"{ground.href}/places/{place.requirement_id}/exclude", "Call it anew", warns=True),),
        problem=problem,
    )
    return shown(request, page, status)
