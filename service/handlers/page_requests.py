"""Asking for a meeting by hand: one form, a page to check who will be asked and when, and the reference.

What is typed is kept sealed from the first press on, so that a time-out or a phone call loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.binding import RequirementState
from service.domain.london import words
from service.domain.requests import MeetingRequest
from service.domain.slots_words import headline, who_cannot, why_good
from service.handlers.access import person_of
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.reading import BodyRefusedError, NotJsonError, ReadRequest, read_request
from service.handlers.show_worklist import kind_words
from service.web.meeting import clock_sentences
from service.web.request_form import RequestForm, body_of, dated, field_of, read_fields, with_another
from service.web.request_pages import CheckPage, FormPage, TimeChoice, facts_rows, seat_row
from service.web.typed_times import typed_moment
from service.workflow import drafts
from service.workflow.drafts import Author, Kept, Preview, Seat
from service.workflow.errors import NoSuchDraftError, OldDraftError
from service.workflow.find_time import find_time_for
from service.workflow.ports import Services


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who asks, where, and with what the service can do."""

    services: Services
    author: Author
    kinds: Mapping[str, str]

    @property
    def base(self) -> str:
        """The address of the partnership's requests."""
        return f"/{self.author.partnership}/requests"

    def read(self, fields: Mapping[str, str], draft: str, start: datetime | None = None) -> ReadRequest | RequestForm:
        """The request the fields make, or the form with what is wrong with it."""
        now = self.services.now()
        body, errors = body_of(fields, self.author.partnership, draft, now, start)
        try:
            read = read_request(json.dumps(body).encode(), now)
        except (NotJsonError, BodyRefusedError) as error:
            return _with_faults(fields, body, errors, error)
        return RequestForm(fields, errors) if errors else read


def _with_faults(
    fields: Mapping[str, str],
    body: Mapping[str, object],
    errors: dict[str, str],
    error: NotJsonError | BodyRefusedError,
) -> RequestForm:
    general = []
    for fault in error.faults if isinstance(error, BodyRefusedError) else ():
        name = field_of(fault.pointer, body)
        if not name:
            general.append(fault.detail)
        elif not (name == "concern_day" and "concern_time" in errors):
            errors.setdefault(name, fault.detail)
    if not errors and not general:
        general.append("The form could not be read. Open the page again.")
    return RequestForm(fields, errors, tuple(general))


def _desk(request: web.Request) -> _Desk:
    partnership, services = partnership_in(request), request.app[SERVICES]
    author = Author(partnership, person_of(request).ids[partnership])
    return _Desk(services, author, kind_words(services.policies.get(partnership)))


def _draft(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["draft"])
    except ValueError:
        raise NoSuchDraftError from None


async def blank(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/new: the empty form."""
    desk = _desk(request)
    return _form_page(request, desk, RequestForm(), f"{desk.base}/new")


async def list_begun(request: web.Request) -> web.Response:
    """GET /{partnership}/requests: the drafts this person has begun."""
    desk = _desk(request)
    found = [
        {"href": f"{desk.base}/{draft_id}", "when": words(touched)}
        for draft_id, touched in await drafts.begun(desk.services, desk.author)
    ]
    view = {"drafts": found, "new_href": f"{desk.base}/new", "worklist_href": f"/{desk.author.partnership}/worklist"}
    return render_template("request_drafts.html", request, {"view": view})


async def again(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}: the form as its author left it."""
    desk, draft_id = _desk(request), _draft(request)
    kept = await drafts.read(desk.services, desk.author, draft_id)
    return _form_page(request, desk, RequestForm(kept.form), f"{desk.base}/{draft_id}", kept.version)


async def keep(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/new and …/{draft}: keep what was typed; on to the check, or back with its faults."""
    desk = _desk(request)
    draft_id = _draft(request) if "draft" in request.match_info else None
    sent = await form_of(request)
    fields = dated(read_fields(sent), desk.services.now())
    more = sent.get("more", "")
    if more in {"children", "people"}:
        fields = with_another(fields, more)
    try:
        kept = await drafts.keep(desk.services, desk.author, draft_id, fields, over=_version(sent))
    except OldDraftError as old:
        view = {"there_href": f"{desk.base}/{old.draft_id}", "here_href": f"{desk.base}/{old.copy_id}"}
        return render_template("request_changed.html", request, {"view": view}, status=409)
    here = f"{desk.base}/{kept.id}"
    if more == "keep":
        return _go(desk.base)
    if more:
        # Back to the form by a redirect, so that loading it again sends nothing twice.
        return _go(f"{here}#{'child' if more == 'children' else 'person'}-last")
    read = desk.read(fields, str(kept.id))
    if isinstance(read, RequestForm):
        return _form_page(request, desk, read, here, kept.version, status=422)
    return _go(f"{here}/check")


def _version(sent: Mapping[str, str]) -> int | None:
    """The version of the draft that the page showed; None where it showed none."""
    said = sent.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None


async def check(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}/check: who would be asked and why, the clocks and the times."""
    desk, draft_id = _desk(request), _draft(request)
    if await drafts.reference_of(desk.services, desk.author, draft_id):
        return _go(f"{desk.base}/{draft_id}/sent")
    kept = await drafts.read(desk.services, desk.author, draft_id)
    return await _check_page(request, desk, kept, RequestForm(kept.form))


async def send(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/{draft}/check: send it off. Pressed twice it is sent once."""
    desk, draft_id = _desk(request), _draft(request)
    if await drafts.reference_of(desk.services, desk.author, draft_id):
        return _go(f"{desk.base}/{draft_id}/sent")
    kept = await drafts.read(desk.services, desk.author, draft_id)
    sent = await form_of(request)
    if _version(sent) not in {None, kept.version}:
        old = RequestForm(kept.form, general=("This request was changed in another tab. Check it again, then send it",))
        return await _check_page(request, desk, kept, old, status=409)
    start, errors = _start(sent, desk.services.now())
    typed = {**kept.form, **read_fields({name: sent.get(name, "") for name in ("slot", "start_day", "start_time")})}
    if errors:
        return await _check_page(request, desk, kept, RequestForm(typed, errors), status=422)
    read = desk.read(kept.form, str(draft_id), start)
    if isinstance(read, RequestForm):
        # Only a clock that has moved on can make a form wrong that was right before.
        return _form_page(request, desk, read, f"{desk.base}/{draft_id}", kept.version, status=422)
    await drafts.send(desk.services, desk.author, draft_id, read.request, read.fingerprint)
    return _go(f"{desk.base}/{draft_id}/sent")


def _start(sent: Mapping[str, str], now: datetime) -> tuple[datetime | None, dict[str, str]]:
    """The start that was chosen, None for later; and what is wrong with the choice."""
    choice = sent.get("slot", "")
    if choice == "later":
        return None, {}
    if choice == "own":
        typed = typed_moment(sent.get("start_day", ""), sent.get("start_time", ""), now, ahead=True)
        return typed.instant, typed.errors("start_day", "start_time")
    try:
        start = datetime.fromisoformat(choice)
    except ValueError:
        return None, {"slot": "Choose when the meeting is to be, or to choose later"}
    if start.tzinfo is None or start <= now:
        return None, {"slot": "That time has passed. Choose another"}
    return start, {}


async def drop(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/{draft}/drop: throw the draft away."""
    desk = _desk(request)
    await drafts.drop(desk.services, desk.author, _draft(request))
    return _go(desk.base)


async def sent_off(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}/sent: the reference, and what happens next."""
    desk = _desk(request)
    reference = await drafts.reference_of(desk.services, desk.author, _draft(request))
    if reference is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    may_read = staff_may(person_of(request).roles[desk.author.partnership], Permission.STAFF_READ)
    view = {
        "reference": reference,
        "meeting_href": f"/{desk.author.partnership}/meetings/{reference}" if may_read else "",
        "new_href": f"{desk.base}/new",
    }
    return render_template("request_sent.html", request, {"view": view})


def _go(where: str) -> web.Response:
    return web.Response(status=303, headers={"Location": where})


def _form_page(
    request: web.Request, desk: _Desk, form: RequestForm, action: str, version: int | None = None, *, status: int = 200
) -> web.Response:
    page = FormPage(
        version=version,
        partnership=desk.author.partnership,
        action=action,
        worklist_href=f"/{desk.author.partnership}/worklist",
        form=form,
        kinds=desk.kinds,
    )
    return render_template("request_form.html", request, {"view": page, "form": form}, status=status)


async def _check_page(
    request: web.Request,
    desk: _Desk,
    kept: Kept,
    form: RequestForm,
    *,
    status: int = 200,
) -> web.Response:
    here = f"{desk.base}/{kept.id}"
    read = desk.read(kept.form, str(kept.id))
    if isinstance(read, RequestForm):
        return _form_page(request, desk, read, here, kept.version, status=422)
    found = await drafts.preview(desk.services, read.request)
    page = CheckPage(
        version=kept.version,
        action=f"{here}/check",
        form_href=here,
        drop_href=f"{here}/drop",
        form=form,
        seats=tuple(seat_row(seat.role, seat.level, seat.reasons, _told(seat)) for seat in found.seats),
        clocks=clock_sentences(found.earliest_fair_at, found.deadline_at, None),
        times=await _times(desk.services, read.request),
        facts=facts_rows(replace(form, values=kept.form), desk.kinds),
        invited=found.invited,
        gaps=_gaps(found),
    )
    return render_template("request_check.html", request, {"view": page, "form": form}, status=status)


async def _times(services: Services, request: MeetingRequest) -> tuple[TimeChoice, ...]:
    """The best starts, why each is good and who cannot make it."""
    found = await find_time_for(services, request)
    return tuple(
        TimeChoice(each.start.isoformat(), headline(each), " ".join((*why_good(each, found.wanted), *who_cannot(each))))
        for each in found.slots
        if each.start > services.now()
    )


def _gaps(found: Preview) -> int:
    return sum(seat.state is not RequirementState.WANTED for seat in found.seats)


def _told(seat: Seat) -> str:
    match seat.state:
        case RequirementState.STOPPED:
            return "Must not be told through its shared inbox. You will have a task to name a safe way."
        case RequirementState.NO_INBOX:
            return "No inbox in the directory. You will have a task to reach it."
        case _:
            return seat.inbox.name if seat.inbox else ""
