"""How the parents of a conference come: together or one after the other, by which safe route, and what each needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aiohttp import web

from service.domain.family import ADVOCATE_WORDS, ROUTE_WORDS, SHARING_WORDS, Advocate, Route, Sharing, may_come
from service.handlers.act_pages import done_words, gone, shown
from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.store.queries.family import ParentRow
from service.web.act_page import ActPage, Field, Form, Kind, moment, moment_said, read_moment
from service.workflow import family as workflow
from service.workflow.errors import BadRouteError, NotAConferenceError

_CONTACT = {"may": "may be contacted", "must_not": "must not be contacted"}


async def ask(request: web.Request) -> web.Response:
    """GET …/family/arrange: as it stands; addresses are sealed and not shown."""
    ground = await ground_of(request)
    found = await workflow.family_of(ground.services, ground.partnership, ground.meeting.reference)
    return _page(request, ground, _form(ground, found))


async def arrange(request: web.Request) -> web.Response:
    """POST …/family/arrange: what was changed; whoever is ready by it is told at once."""
    ground, sent = await ground_of(request), await form_of(request)
    found = await workflow.family_of(ground.services, ground.partnership, ground.meeting.reference)
    before = _form(ground, found)
    form, arranged = before.read(sent), []
    for number, parent in enumerate(found.parents, 1):
        comes_at, form = read_moment(form, f"p{number}_comes", ground.services.now())
        arranged.append(_changed(number, parent, form, before, comes_at))
    if form.errors:
        return _page(request, ground, form, status=422)
    try:
        await workflow.arrange_family(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            sharing=Sharing(form.said("sharing")) if form.said("sharing") else None,
            arranged=arranged,
            actor=ground.actor,
        )
    except (BadRouteError, NotAConferenceError) as error:
        return _page(request, ground, form, problem=str(error), status=422)
    return gone(f"{ground.href}/family/arrange", "family")


def _changed(
    number: int, parent: ParentRow, form: Form, before: Form, comes_at: datetime | None
) -> workflow.ParentArranged:
    """What the form changes of one parent. An address left empty keeps the one under seal."""

    def changed(name: str) -> str | None:
        said = form.said(f"p{number}_{name}")
        return said if said != before.said(f"p{number}_{name}") else None

    to, contact, advocate = form.said(f"p{number}_to"), changed("contact"), changed("advocate")
    route = form.said(f"p{number}_route") if to or changed("route") is not None else ""
    return workflow.ParentArranged(
        person=parent.person,
        route=Route(route) if route in ROUTE_WORDS else None,
        to=to,
        comes_at=comes_at if comes_at != parent.comes_at else None,
        interpreter=changed("interpreter"),
        advocate=Advocate(advocate) if advocate in ADVOCATE_WORDS else None,
        do_not_contact=None if not contact else contact == "must_not",
    )


def _form(ground: Ground, found: workflow.Family) -> Form:
    values: dict[str, Any] = {"sharing": found.sharing or ""}
    fields: list[Field] = [Field("sharing", "How do the parents come?", Kind.ONE, SHARING_WORDS)]
    for number, parent in enumerate(found.parents, 1):
        fields += _of_parent(number, parent)
        values |= {
            f"p{number}_route": parent.route or "",
            f"p{number}_interpreter": parent.interpreter,
            f"p{number}_advocate": parent.advocate,
            f"p{number}_contact": "must_not" if parent.state == "stopped" else "may",
            **moment_said(parent.comes_at, f"p{number}_comes"),
        }
    return Form(f"{ground.href}/family/arrange", "Save what is arranged", tuple(fields), values)


def _of_parent(number: int, parent: ParentRow) -> Iterator[Field]:
    who = f"{parent.relation.capitalize()} ({parent.person})"
    kept = "An address is kept already; leave this empty to keep it. " if parent.route else ""
    yield Field(f"p{number}_contact", f"{who}: may we be in touch?", Kind.ONE, _CONTACT)
    yield Field(f"p{number}_route", f"{who}: the safe way to reach them", Kind.PICK, ROUTE_WORDS)
    yield Field(f"p{number}_to", f"{who}: the address or number that is safe", hint=f"{kept}Kept sealed.", longest=300)
    yield from moment(f"p{number}_comes", f"{who}: asked to come at (optional)")
    yield Field(f"p{number}_interpreter", f"{who}: interpreter, which language (optional)", longest=80)
    yield Field(f"p{number}_advocate", f"{who}: an advocate", Kind.PICK, ADVOCATE_WORDS)


def _page(request: web.Request, ground: Ground, form: Form, *, problem: str = "", status: int = 200) -> web.Response:
    conference = may_come(ground.meeting.meeting_type)
    closed = "" if conference else "The family is invited to conferences only. This is a meeting of professionals."
    if conference and ground.meeting.state not in {"planned", "confirmed"}:
        closed = "This conference is over or called off, so nobody is invited to it any more."
    page = ActPage(
        heading=f"How the family comes to {ground.meeting.reference}",
        back_href=f"{ground.href}/family",
        back_text="Back to the family",
        intro=("Each parent is told alone, by the route that is safe for them, and is never on the calendar event.",),
        forms=() if closed else (form,),
        closed=closed,
        problem="" if closed else problem,
        done=done_words(request),
    )
    return shown(request, page, status)
