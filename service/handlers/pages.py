"""The staff pages: choose a partnership, one meeting."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.family import may_come
from service.handlers.access import person_of
from service.handlers.api_acts import reference_of
from service.handlers.keys import DOORS, SERVICES
from service.handlers.permissions import Permission, rights_of, staff_may
from service.handlers.problems import refuse
from service.handlers.show_mail import mails_shown
from service.handlers.show_medical import medical_sentences
from service.handlers.show_meeting import Reader, meeting_page, titles_of
from service.handlers.show_not_held import day_words
from service.handlers.show_outcome import outcome_section
from service.handlers.show_papers import papers_section
from service.handlers.show_worklist import kind_words
from service.handlers.staleness import stale_now
from service.store.queries.audit import timeline
from service.store.queries.disagreements import disagreements_of
from service.store.queries.mail_to_read import mails_of
from service.store.queries.medical import came_to_medical, medical_of
from service.store.queries.meeting import meeting_view
from service.store.queries.partnerships import Partnership, every_partnership
from service.store.queries.staff import staff_names
from service.web.act_forms import DONE
from service.workflow.not_held import not_held_at
from service.workflow.outcome import came_to
from service.workflow.papers import standing_of as papers_of_meeting
from service.workflow.quorum import standing_of


def partnership_in(request: web.Request) -> str:
    """The partnership in the path: the guard has let only those through who hold a role in it."""
    return request.match_info["partnership"]


async def choose(request: web.Request) -> web.Response:
    """GET /: straight to the worklist when the person may see one partnership's, else the choice.

    Whoever may see figures alone, or ask for meetings alone, is led to those instead.
    """
    person = person_of(request)
    start = {}
    for each in request.app[DOORS].pages_partnerships:
        roles = person.roles.get(each, ())
        if staff_may(roles, Permission.STAFF_READ):
            start[each] = f"/{each}/worklist"
        elif staff_may(roles, Permission.STAFF_REPORT):
            start[each] = f"/{each}/reports/standard"
        elif staff_may(roles, Permission.STAFF_REQUEST):
            start[each] = f"/{each}/requests"
        elif staff_may(roles, Permission.STAFF_OPERATE):
            start[each] = f"/{each}/operations"
    if len(start) == 1:
        raise web.HTTPSeeOther(*start.values())
    async with request.app[SERVICES].engine.connect() as conn:
        known: list[Partnership] = await every_partnership(conn)
    choices = [{"name": each.name, "href": start[each.id]} for each in known if each.id in start]
    return render_template("choose.html", request, {"choices": choices})


async def meeting(request: web.Request) -> web.Response:
    """GET /{partnership}/meetings/{reference}: one meeting, from why each agency is asked to who came."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    reference = reference_of(request)
    async with services.engine.connect() as conn:
        found = await meeting_view(conn, partnership, reference)
        if found is None:
            raise refuse(404, "not_found", "There is nothing at this address.")
        events = await timeline(conn, partnership, found.id)
        people = await staff_names(conn, partnership)
        standing = await standing_of(services, conn, partnership, found)
        stale = await stale_now(services, conn, partnership)
        papers = await papers_of_meeting(conn, partnership, found)
        medical = await medical_of(conn, partnership, found.id)
        examined = await came_to_medical(conn, partnership, found.id)
        disagreements = await disagreements_of(conn, partnership, found.id)
        mails = await mails_of(conn, partnership, found.id)
    kinds = kind_words(services.policies.get(partnership))
    may = rights_of(person_of(request).roles[partnership])
    may_arrange = Permission.STAFF_ARRANGE in may
    reader = Reader(f"/{partnership}", services.now(), people, may)
    page = meeting_page(found, events, kinds, standing, services.calendar, reader)
    if found.state == "held" or papers.decisions or papers.minutes or disagreements:
        page = replace(page, papers=papers_section(papers, disagreements, services.now(), people))
    put_off = await not_held_at(services, partnership, reference)
    came = await came_to(services, partnership, reference)
    page = replace(page, outcome=outcome_section(came, services.now()))
    here = f"/{partnership}/meetings/{reference}" if may_arrange else ""
    page = replace(page, mails=mails_shown(mails, titles_of(found.agencies), here))
    if staff_may(person_of(request).roles[partnership], Permission.STAFF_AUDIT):
        page = replace(page, evidence_href=f"/{partnership}/meetings/{reference}/bundle")
    page = replace(page, done=DONE.get(request.query.get("done", ""), ""))
    page = replace(page, medical=medical_sentences(medical, examined))
    if found.state in {"planned", "confirmed"} and put_off.days:
        said = tuple(day_words(day, put_off.reasons) for day in put_off.days)
        page = replace(page, warnings=(*page.warnings, *said))
    if may_come(found.meeting_type):
        page = replace(page, family_href=f"/{partnership}/meetings/{reference}/family")
    if stale:
        page = replace(page, warnings=(stale, *page.warnings))
    return render_template("meeting.html", request, {"view": page})
