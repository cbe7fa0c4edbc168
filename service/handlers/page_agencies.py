"""One agency more or less at a meeting to come, from its page: nobody else hears of either."""

from __future__ import annotations

from aiohttp import web

from service.domain.roles import MATCHED_BY_PLACE, ROLES
from service.domain.roles import words as role_words
from service.handlers.act_pages import shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of, place_in
from service.store.queries.directory import Inbox, inboxes_for
from service.store.queries.meeting_lines import AgencyLine
from service.web.act_page import ActPage, Field, Form, Kind
from service.workflow.add_agency import ADD_REASONS, AgencyAdded, MoreAsked, add_agency
from service.workflow.errors import BadTimeError, CannotInviteError
from service.workflow.safe_route import StoppedPlace
from service.workflow.withdraw_agency import WITHDRAW_REASONS, withdraw_agency


async def ask_add(request: web.Request) -> web.Response:
    """GET …/add-agency: which, and why."""
    ground = await ground_of(request)
    return _add_page(request, ground, add_form(ground, await directory(ground), "add-agency", "Ask this agency"))


async def add(request: web.Request) -> web.Response:
    """POST …/add-agency: ask it too."""
    ground, sent = await ground_of(request), await form_of(request)
    form = add_form(ground, await directory(ground), "add-agency", "Ask this agency").read(sent)
    form = check_place(form)
    if form.errors:
        return _add_page(request, ground, form, status=422)
    try:
        added = await add_agency(
            ground.services, ground.partnership, ground.meeting.reference, asked_of(form), actor=ground.actor
        )
    except (CannotInviteError, BadTimeError) as error:
        return _add_page(request, ground, form.wrong(role=str(error)), status=422)
    return ground.done(_done_word(added))


def _done_word(added: AgencyAdded) -> str:
    if not added.inbox:
        return "agency_added_gap"
    return "agency_added_short" if added.short else "agency_added"


async def directory(ground: Ground) -> list[Inbox]:
    """The inboxes that an agency can be named from."""
    async with ground.services.engine.connect() as conn:
        return await inboxes_for(conn, ground.partnership)


def add_form(ground: Ground, known: list[Inbox], path: str, button: str) -> Form:
    """The form that names one more agency. Roles that are asked already are left out, schools and nurseries never, nor
    those that were brought in: pressed twice, a form says what was done."""
    asked = {each.role for each in ground.meeting.agencies if each.state not in {"withdrawn", "joined"}}
    there = asked - MATCHED_BY_PLACE
    roles = {
        role.slug: role.words
        for role in sorted(ROLES.values(), key=lambda each: each.words.lower())
        if role.slug not in there
    }
    places = {each.address: each.name for each in known if each.role in MATCHED_BY_PLACE and each.address}
    children = {each.ref: each.ref for each in ground.meeting.children}
    return Form(
        action=f"{ground.href}/{path}",
        button=button,
        fields=(
            Field("role", "Which agency?", Kind.PICK, roles, needed="Choose an agency"),
            *((Field("address", "Which school or nursery, if it is one?", Kind.PICK, places),) if places else ()),
            Field("reason", "Why is it asked?", Kind.ONE, ADD_REASONS, needed="Choose why it is asked"),
            *((Field("children", "For which children?", Kind.SOME, children, hint=_ALL),) if len(children) > 1 else ()),
        ),
    )


_ALL = "None chosen: for the whole case. It may be told of whom it is asked for, and no more."


def check_place(form: Form) -> Form:
    """A school or nursery is asked by its own inbox, nobody else by one."""
    by_place = form.said("role") in MATCHED_BY_PLACE
    if by_place and not any(each.name == "address" for each in form.fields):
        return form.wrong(role="The directory has no school or nursery. Import it first.")
    if by_place and not form.said("address"):
        return form.wrong(address="Choose which school or nursery")
    return form


def asked_of(form: Form) -> MoreAsked:
    """What the form asks for."""
    ticked = form.ticked("children") if any(each.name == "children" for each in form.fields) else []
    address = form.said("address") if form.said("role") in MATCHED_BY_PLACE else ""
    return MoreAsked(form.said("role"), form.said("reason"), address, tuple(ticked))


def _add_page(request: web.Request, ground: Ground, form: Form, *, status: int = 200) -> web.Response:
    page = ActPage(
        heading=f"Add an agency to meeting {ground.meeting.reference}",
        back_href=ground.href,
        intro=(
            "It is asked to the time the others know. It becomes one more guest, and nobody else hears of it.",
            "Its notice counts from now. Where that is less than it is owed, the meeting takes place all the same.",
        ),
        forms=(form,),
    )
    return shown(request, page, status)


async def ask_withdraw(request: web.Request) -> web.Response:
    """GET …/places/{place}/withdraw: why it need not come."""
    ground = await ground_of(request)
    place = place_in(request, ground)
    return _withdraw_page(request, ground, place, _withdraw_form(ground, place))


async def withdraw(request: web.Request) -> web.Response:
    """POST …/places/{place}/withdraw: it need not come."""
    ground, sent = await ground_of(request), await form_of(request)
    place = place_in(request, ground)
    form = _withdraw_form(ground, place).read(sent)
    if form.errors:
        return _withdraw_page(request, ground, place, form, status=422)
    try:
        await withdraw_agency(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            StoppedPlace(place.role, place.slot),
            reason=form.said("reason"),
            actor=ground.actor,
        )
    except CannotInviteError as error:
        return _withdraw_page(request, ground, place, form.wrong(reason=str(error)), status=422)
    return ground.done("agency_withdrawn")


def _withdraw_form(ground: Ground, place: AgencyLine) -> Form:
    return Form(
        action=f"{ground.href}/places/{place.requirement_id}/withdraw",
        button="Ask it no longer to come",
        fields=(
            Field("reason", "Why need it not come?", Kind.ONE, WITHDRAW_REASONS, needed="Choose why it need not come"),
        ),
        warns=True,
    )


def _withdraw_page(
    request: web.Request, ground: Ground, place: AgencyLine, form: Form, *, status: int = 200
) -> web.Response:
    page = ActPage(
        heading=f"Need not come: {role_words(place.role)}",
        back_href=ground.href,
        intro=(
            f"Outlook takes the meeting away from {place.inbox.name}, and it is told once." if place.inbox else "",
            "Nobody chases it any more, and nobody else hears of it.",
            "If somebody there must not be told, use Must not be told instead.",
        ),
        forms=(form,),
    )
    return shown(request, page, status)
