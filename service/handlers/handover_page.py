"""GET and POST /{partnership}/handover: what the night leaves to the morning, and who took it over."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.calls import CALL_WORDS, CallOutcome
from service.domain.london import words
from service.domain.roles import words as role_words
from service.handlers.access import person_of, reader_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.show_worklist import kind_words
from service.store.queries.handover import HandedOver, NightMeeting, NightPlace, NightTask
from service.store.queries.staff import staff_names
from service.web.handover import HandoverMeeting, HandoverPage
from service.web.wording import STATE_WORDS, URGENCY_WORDS, actor_words, opened, when
from service.workflow.handover import Handover, hand_over, handover_list

_ONCE = re.compile(r"[A-Za-z0-9_-]{8,40}")


async def show(request: web.Request) -> web.Response:
    """The list; changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    found = await handover_list(services, partnership, reader_of(request))
    async with services.engine.connect() as conn:
        people = await staff_names(conn, partnership)
    may_mark = staff_may(person_of(request).roles[partnership], Permission.STAFF_ARRANGE)
    kinds = kind_words(services.policies.get(partnership))
    view = _page(found, kinds, people, f"/{partnership}", may_mark=may_mark, done="done" in request.query)
    return render_template("handover.html", request, {"view": view})


async def mark(request: web.Request) -> web.Response:
    """Handed over, by whoever pressed it. Pressed twice it is once."""
    partnership, sent = partnership_in(request), await form_of(request)
    once = sent.get("once", "")
    if not _ONCE.fullmatch(once):
        raise refuse(400, "bad_request", "The form could not be read. Open the page again and press once more.")
    actor = person_of(request).actor(partnership)
    services, reader = request.app[SERVICES], reader_of(request)
    await hand_over(services, partnership, natural_key=f"{actor}:{once}", actor=actor, reader=reader)
    return web.Response(status=303, headers={"Location": f"/{partnership}/handover?done=1"})


def _page(
    found: Handover, kinds: Mapping[str, str], people: Mapping[str, str], base: str, *, may_mark: bool, done: bool
) -> HandoverPage:
    return HandoverPage(
        worklist_href=f"{base}/worklist",
        since=words(found.since),
        meetings=tuple(_meeting(each, kinds, base) for each in found.meetings),
        last=_last(found.last, people) if found.last else "",
        action=f"{base}/handover" if may_mark else "",
        once=secrets.token_urlsafe(12),
        done=done,
    )


def _last(last: HandedOver, people: Mapping[str, str]) -> str:
    by = people.get(last.handed_by) or actor_words(last.handed_by)
    number = "1 meeting" if last.meetings == 1 else f"{last.meetings} meetings"
    return f"Last handed over by {by}, {words(last.handed_at)}: {number}."


def _meeting(found: NightMeeting, kinds: Mapping[str, str], base: str) -> HandoverMeeting:
    kind = kinds.get(found.meeting_type) or opened(found.meeting_type)
    return HandoverMeeting(
        title=f"{found.reference}, {kind}",
        href=f"{base}/meetings/{found.reference}",
        stands=f"{URGENCY_WORDS.get(found.urgency, found.urgency)}; {STATE_WORDS.get(found.state, found.state)}; "
        f"{when(found.starts_at, 'no time yet')}",
        called=tuple(_place(place) for place in found.places if place.outcome is not None),
        not_called=tuple(_title(place.role) for place in found.places if place.outcome is None),
        to_do=tuple(_task(task) for task in found.tasks),
    )


def _title(role: str) -> str:
    said = role_words(role)
    return said[:1].upper() + said[1:]


def _place(place: NightPlace) -> str:
    at = f", {words(place.called_at)}" if place.called_at else ""
    return f"{_title(place.role)}: {CALL_WORDS[CallOutcome(place.outcome or CallOutcome.NO_ANSWER)]}{at}"


def _task(task: NightTask) -> str:
    due = f" By {words(task.due_at)}." if task.due_at else ""
    return f"{task.detail.rstrip('.')}. For the {task.owner}.{due}"
