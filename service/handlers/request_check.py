"""Checking a request before it is sent: who is asked, when, what each is told, and whose notice is short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.binding import RequirementState
from service.domain.london import words
from service.domain.requests import MeetingRequest
from service.domain.slots_words import headline, who_cannot, why_good
from service.handlers.forms import form_of
from service.handlers.request_desk import Desk, desk_of, draft_id_of, form_page, go, seat_rows, version_of
from service.handlers.request_steps import tasks_page
from service.web.meeting import clock_sentences
from service.web.request_form import RequestForm, read_fields
from service.web.request_pages import (
    AgencyMessage,
    BeforeSending,
    CheckPage,
    TimeChoice,
    facts_rows,
    invitations_words,
    times_and_common,
)
from service.web.request_steps import BY_STEPS, WAY
from service.web.typed_times import typed_moment
from service.web.wording import role_title
from service.workflow import drafts
from service.workflow.drafts import Kept, Preview
from service.workflow.find_time import find_time_for
from service.workflow.ports import Services
from service.workflow.preview import AgencyPreview, previews


async def check(request: web.Request) -> web.Response:
    """GET /{partnership}/requests/{draft}/check: who would be asked and why, the clocks and the times."""
    desk, draft_id = desk_of(request), draft_id_of(request)
    if await drafts.reference_of(desk.services, desk.author, draft_id):
        return go(f"{desk.base}/{draft_id}/sent")
    kept = await drafts.read(desk.services, desk.author, draft_id)
    return await _check_page(request, desk, kept, RequestForm(kept.form))


async def send(request: web.Request) -> web.Response:
    """POST /{partnership}/requests/{draft}/check: send it off. Pressed twice it is sent once.

    Whoever asks to see the messages first is shown them, and who would give somebody short notice is asked once.
    """
    desk, draft_id = desk_of(request), draft_id_of(request)
    if await drafts.reference_of(desk.services, desk.author, draft_id):
        return go(f"{desk.base}/{draft_id}/sent")
    kept, sent = await drafts.read(desk.services, desk.author, draft_id), await form_of(request)
    if version_of(sent) not in {None, kept.version}:
        old = RequestForm(kept.form, general=("This request was changed in another tab. Check it again, then send it",))
        return await _check_page(request, desk, kept, old, status=409)
    start, errors = _start(sent, desk.services.now())
    looking = sent.get("act") == "preview"
    if looking and start is None and not errors:
        errors = {"slot": "Choose a time to see what each agency will get: until then nobody gets anything"}
    typed = {**kept.form, **read_fields({name: sent.get(name, "") for name in ("slot", "start_day", "start_time")})}
    if errors:
        return await _check_page(request, desk, kept, RequestForm(typed, errors), status=422)
    read = desk.read(kept.form, str(draft_id), start)
    if isinstance(read, RequestForm):
        # Only a clock that has moved on can make a form wrong that was right before.
        return await form_page(request, desk, read, f"{desk.base}/{draft_id}", kept.version, status=422)
    if start is not None and (looking or sent.get("confirmed") != "1"):
        told = await previews(desk.services, read.request, start)
        if looking or any(each.short for each in told):
            return _before_sending(request, desk, kept, start, told, looking=looking)
    await drafts.send(desk.services, desk.author, draft_id, read.request, read.fingerprint)
    return go(f"{desk.base}/{draft_id}/sent")


def _before_sending(
    request: web.Request,
    desk: Desk,
    kept: Kept,
    start: datetime,
    told: tuple[AgencyPreview, ...],
    *,
    looking: bool,
) -> web.Response:
    """Every message in its words; or, asked once, whose notice is short."""
    here = f"{desk.base}/{kept.id}/check"
    view = BeforeSending(
        action=here,
        back_href=here,
        version=kept.version,
        slot=start.isoformat(),
        when=words(start),
        button=invitations_words(len(told)),
        messages=tuple(
            AgencyMessage(role_title(each.role), each.inbox, each.address, each.message.subject, each.message.text)
            for each in told
        ),
        short=tuple(role_title(each.role) for each in told if each.short),
    )
    return render_template("request_preview.html" if looking else "request_short.html", request, {"view": view})


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


async def _check_page(
    request: web.Request,
    desk: Desk,
    kept: Kept,
    form: RequestForm,
    *,
    status: int = 200,
) -> web.Response:
    here = f"{desk.base}/{kept.id}"
    read = desk.read(kept.form, str(kept.id))
    if isinstance(read, RequestForm):
        if kept.form.get(WAY) == BY_STEPS:
            return await tasks_page(request, desk, kept.id, kept.form, status=422)
        return await form_page(request, desk, read, here, kept.version, status=422)
    found = await drafts.preview(desk.services, read.request)
    times, common = await _times(desk.services, read.request)
    page = CheckPage(
        version=kept.version,
        action=f"{here}/check",
        form_href=f"{here}/steps" if kept.form.get(WAY) == BY_STEPS else here,
        drop_href=f"{here}/drop",
        form=form,
        seats=seat_rows(found),
        clocks=clock_sentences(found.earliest_fair_at, found.deadline_at, None),
        times=times,
        common=common,
        facts=facts_rows(replace(form, values=kept.form), desk.kinds, f"{here}/steps", desk.services.now()),
        invited=found.invited,
        gaps=_gaps(found),
        may_read=desk.may_read,
    )
    return render_template("request_check.html", request, {"view": page, "form": form}, status=status)


async def _times(services: Services, request: MeetingRequest) -> tuple[tuple[TimeChoice, ...], tuple[str, ...]]:
    """The best starts, why each is good and who cannot make it; and what is the same of all of them."""
    found = await find_time_for(services, request)
    slots = [each for each in found.slots if each.start > services.now()]
    return times_and_common(
        [(each.start, headline(each), (*why_good(each, found.wanted), *who_cannot(each))) for each in slots]
    )


def _gaps(found: Preview) -> int:
    return sum(seat.state is not RequirementState.WANTED for seat in found.seats)
