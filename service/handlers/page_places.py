"""An agency that must not be told by its shared inbox, from the meeting's page: stop it, then name a person by a route
of their own."""

from __future__ import annotations

from aiohttp import web

from service.domain.roles import words as role_words
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, place_in
from service.store.queries.meeting_lines import AgencyLine
from service.web.act_page import ActPage, Field, Form
from service.workflow.errors import CannotInviteError, ChangedMeanwhileError
from service.workflow.safe_route import OFFICE_HOURS, NamedPerson, StoppedPlace, name_person, stop_place


async def ask_stop(request: web.Request) -> web.Response:
    """GET …/places/{place}/stop: what stopping it does."""
    ground = await ground_of(request)
    return _stop_page(request, ground, place_in(request, ground))


async def stop(request: web.Request) -> web.Response:
    """POST …/places/{place}/stop: its shared inbox must not be told any more."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    try:
        standing_in = await stop_place(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            StoppedPlace(place.role, place.slot),
            actor=ground.actor,
        )
    except CannotInviteError as error:
        return _stop_page(request, ground, place, problem=str(error), status=409)
    return web.Response(status=303, headers={"Location": f"{ground.href}/places/{standing_in}/person?done=stopped"})


def _stop_page(
    request: web.Request, ground: Ground, place: AgencyLine, *, problem: str = "", status: int = 200
) -> web.Response:
    agency = role_words(place.role)
    closed = "" if place.state == "wanted" else "This place has no shared inbox that could be told."
    page = ActPage(
        heading=f"Must not be told: {agency}",
        back_href=ground.href,
        intro=(
            "Do this where somebody the meeting is about, or somebody tied to them, reads the inbox of this agency.",
            f"Outlook takes the meeting away from {place.inbox.name}." if place.inbox else "",
            "Its personal links stop working, nobody chases it, and what is still to leave for it does not leave.",
            "Where the same inbox does another agency's job at this meeting, that is stopped too.",
            "Next you name a person and a route that nobody shares. Until then a task asks for one.",
        ),
        forms=() if closed else (Form(f"{ground.href}/places/{place.requirement_id}/stop", "Stop it", warns=True),),
        closed=closed,
        problem=problem,
    )
    return shown(request, page, status)


async def ask_person(request: web.Request) -> web.Response:
    """GET …/places/{place}/person: who comes for it, and how they are reached."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    done = "Its shared inbox is told nothing any more." if request.query.get("done") == "stopped" else ""
    return _person_page(request, ground, place, _person_form(ground, place).filled(hours=OFFICE_HOURS), done=done)


async def name(request: web.Request) -> web.Response:
    """POST …/places/{place}/person: give the place to a person, and invite them."""
    ground, sent = await ground_of(request), await form_of(request)
    place = place_in(request, ground)
    form = _person_form(ground, place).read(sent)
    if not form.said("address") and not form.said("phone"):
        form = form.wrong(address="Enter an e-mail address, or a phone number below")
    if form.errors:
        return _person_page(request, ground, place, form, status=422)
    person = NamedPerson(
        form.said("name"), form.said("address"), form.said("phone"), form.said("hours") or OFFICE_HOURS
    )
    try:
        await name_person(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            StoppedPlace(place.role, place.slot),
            person,
            actor=ground.actor,
        )
    except CannotInviteError as error:
        return _person_page(request, ground, place, form.wrong(name=str(error)), status=422)
    except ChangedMeanwhileError as error:
        return _person_page(request, ground, place, form.wrong(name=str(error)), status=409)
    return ground.done("person_named")


def _person_form(ground: Ground, place: AgencyLine) -> Form:
    return Form(
        action=f"{ground.href}/places/{place.requirement_id}/person",
        button="Invite this person",
        fields=(
            Field("name", "Their first and last name", needed="Enter their first and last name", longest=80),
            Field("address", "An e-mail address that only they read", width="govuk-input--width-20"),
            Field("phone", "A phone number that only they answer", width="govuk-input--width-20", longest=40),
            Field("hours", "When they work", hint="As in the directory, for example Mon-Fri 09:00-17:00"),
        ),
    )


def _person_page(
    request: web.Request, ground: Ground, place: AgencyLine, form: Form, *, done: str = "", status: int = 200
) -> web.Response:
    closed = "" if place.state == "stopped" else "This place has an inbox that may be told."
    page = ActPage(
        heading=f"Who comes for the {role_words(place.role)}?",
        back_href=ground.href,
        intro=(
            "Name somebody who is not tied to the family, and a route that nobody shares with them.",
            "An address or number that stands in the directory is refused, because others read it.",
        ),
        forms=() if closed else (form,),
        closed=closed,
        done=done,
    )
    return shown(request, page, status)
