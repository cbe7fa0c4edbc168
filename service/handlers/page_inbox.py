"""An agency of a meeting that has no inbox: which one of the directory is asked for it."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from service.domain.roles import words as role_words
from service.handlers.access import person_of
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, changed_words, ground_of, place_in
from service.handlers.permissions import Permission, staff_may
from service.store.queries.directory import Inbox, inboxes_for
from service.store.queries.meeting_lines import AgencyLine
from service.web.act_page import ActPage, Field, Form, Kind
from service.workflow.bind import NamedInbox, name_inbox
from service.workflow.errors import CannotInviteError, ChangedMeanwhileError

# So many schools are looked over at a glance; more of them fold away.
_FEW = 8


async def ask(request: web.Request) -> web.Response:
    """GET …/places/{place}/inbox: the inboxes of the directory that do this agency's job."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    return _page(request, ground, place, _form(ground, place, await _known(ground, place)))


async def name(request: web.Request) -> web.Response:
    """POST …/places/{place}/inbox: it is asked to the meeting, as if the directory had known it from the start."""
    ground, sent = await ground_of(request), await form_of(request)
    place = place_in(request, ground)
    form = _form(ground, place, await _known(ground, place)).read(sent)
    if form.errors or not form.said("inbox"):
        return _page(request, ground, place, form, status=422)
    named = NamedInbox(place.role, "", place.slot, inbox_id=UUID(form.said("inbox")))
    try:
        await name_inbox(ground.services, ground.partnership, ground.meeting.reference, named, actor=ground.actor)
    except CannotInviteError as error:
        return _page(request, ground, place, form.wrong(inbox=str(error)), status=422)
    except ChangedMeanwhileError:
        ground = await ground_of(request)
        return _page(
            request, ground, place_in(request, ground), form, problem=changed_words(ground.meeting), status=409
        )
    return ground.done("inbox_named")


async def _known(ground: Ground, place: AgencyLine) -> list[Inbox]:
    async with ground.services.engine.connect() as conn:
        return [each for each in await inboxes_for(conn, ground.partnership) if each.role == place.role]


def _form(ground: Ground, place: AgencyLine, known: list[Inbox]) -> Form:
    texts = {str(each.id): f"{each.name} ({each.address or each.phone})" for each in known}
    kind = Kind.ONE if len(texts) <= _FEW else Kind.PICK
    return Form(
        action=f"{ground.href}/places/{place.requirement_id}/inbox",
        button="Ask this inbox",
        fields=(Field("inbox", "Which inbox is asked?", kind, texts, needed="Choose which inbox is asked"),),
    )


def _page(
    request: web.Request, ground: Ground, place: AgencyLine, form: Form, *, problem: str = "", status: int = 200
) -> web.Response:
    agency, known = role_words(place.role), form.fields[0].known
    closed = "" if known else "The directory has no inbox for this agency. An administrator can add one."
    if place.state != "no_inbox":
        closed = "This agency has an inbox already, or must not be told through one."
    page = ActPage(
        heading=f"Name the inbox of: {agency}",
        back_href=ground.href,
        intro=(
            "It gets the same invitation as the others, to the time they know. Nobody else hears of it.",
            "Its notice counts from now.",
        )
        if not closed
        else (),
        forms=() if closed else (form,),
        closed=closed,
        links=_links(request, ground, place) if place.state == "no_inbox" else (),
        problem=problem,
    )
    return shown(request, page, status)


def _links(request: web.Request, ground: Ground, place: AgencyLine) -> tuple[tuple[str, str], ...]:
    """What else can be done; the directory, for whoever may change it."""
    may_add = staff_may(person_of(request).roles[ground.partnership], Permission.STAFF_OPERATE)
    add = (("Add an inbox to the directory", f"/{ground.partnership}/directory/add?role={place.role}"),)
    return (add if may_add else ()) + (("Phone the agencies now", f"{ground.href}/calls"),)
