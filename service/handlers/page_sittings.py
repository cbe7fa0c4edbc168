"""Adjourning a meeting from its page: when it sits again, and why."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.forms import form_of
from service.handlers.page_acts import Ground, ground_of
from service.handlers.proposed_times import proposed_times
from service.web.answer_form import clean_text
from service.web.sitting_form import SittingForm, read_sitting
from service.workflow import sittings
from service.workflow.errors import BadReasonError, BadTimeError


async def ask_sitting(request: web.Request) -> web.Response:
    """GET …/sittings: when does it sit again?"""
    typed = {name: clean_text(request.query.get(name, ""))[:40] for name in ("day", "time")}
    return _page(request, await ground_of(request), SittingForm({"minutes": "60", **typed}))


async def adjourn(request: web.Request) -> web.Response:
    """POST …/sittings: a meeting that has begun sits again; a sitting that is still to come gets another time."""
    ground, sent = await ground_of(request), await form_of(request)
    said, form = read_sitting(sent, ground.services.now())
    if said is None:
        return _page(request, ground, form, 422)
    try:
        await sittings.adjourn(
            ground.services,
            ground.partnership,
            ground.meeting.reference,
            start=said.start,
            minutes=said.minutes,
            because=said.because,
            actor=ground.actor,
        )
    except BadTimeError as error:
        return _page(request, ground, form.wrong(day=str(error)), 422)
    except BadReasonError as error:
        return _page(request, ground, form.wrong(reason=str(error)), 422)
    return ground.done("adjourned")


def _page(request: web.Request, ground: Ground, form: SittingForm, status: int = 200) -> web.Response:
    coming = next((each for each in ground.meeting.sittings if each.starts_at > ground.services.now()), None)
    view = {
        "meeting_href": ground.href,
        "action": f"{ground.href}/sittings",
        "heading": "When does it sit again?",
        "proposed": proposed_times(ground.meeting.agencies, f"{ground.href}/sittings", ground.services.now()),
        "intro": "It has been adjourned already: what you give here is the new time of that sitting." if coming else "",
    }
    return render_template("sitting.html", request, {"view": view, "form": form}, status=status)
