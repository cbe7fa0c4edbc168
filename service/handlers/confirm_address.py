"""The page behind a code's link: somebody who reads a new inbox confirms that it is theirs. Looking changes nothing."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.new_addresses import Proof
from service.domain.one_time_codes import NO_CODE_WORDS
from service.domain.roles import words as role_words
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.store.queries.address_checks import Asked
from service.store.queries.partnerships import every_partnership
from service.web.answer_form import clean_text
from service.web.inbox_form import ConfirmPage
from service.web.wording import phone_link
from service.workflow import new_addresses
from service.workflow.errors import LinkBrokenError, NoSuchAddressError

_MOST_FIELDS = 10
ACTOR = "page:inbox"
_OVER = "This address has been confirmed already, or it is not wanted any more. Nothing needs to be done."
_BROKEN = "This link is not one of ours, or part of it is missing. Copy the whole link from the message."


async def ask(request: web.Request) -> web.Response:
    """GET /inbox/{token}: the form."""
    found = await _found(request)
    if isinstance(found, web.Response):
        return found
    return render_template("confirm_address.html", request, {"view": _view(request, found[1])})


async def confirm(request: web.Request) -> web.Response:
    """POST /inbox/{token}: take the code."""
    found = await _found(request)
    if isinstance(found, web.Response):
        return found
    partnership, asked = found
    code = clean_text((await form_of(request, _MOST_FIELDS)).get("code", ""))[:20]
    if not code:
        return _page(request, asked, "Enter the code from the message")
    services = request.app[SERVICES]
    try:
        refused = await new_addresses.verify(services, partnership, asked.check.id, code, proof=Proof.CODE, actor=ACTOR)
    except NoSuchAddressError:
        return await _problem(request, _OVER, 410)
    if refused is not None:
        return _page(request, asked, NO_CODE_WORDS[refused])
    view = _view(request, asked, done=True)
    return render_template("confirm_address.html", request, {"view": view})


async def _found(request: web.Request) -> tuple[str, Asked] | web.Response:
    services = request.app[SERVICES]
    try:
        partnership, check_id = new_addresses.open_link(services.links, request.match_info["token"])
        return partnership, await new_addresses.asked_of(services, partnership, check_id)
    except LinkBrokenError:
        return await _problem(request, _BROKEN, 404)
    except NoSuchAddressError:
        return await _problem(request, _OVER, 410)


async def _problem(request: web.Request, detail: str, status: int) -> web.Response:
    async with request.app[SERVICES].engine.connect() as conn:
        known = await every_partnership(conn)
    view = {
        "heading": "This link cannot be used",
        "detail": detail,
        "lead": "If you have a question, phone:",
        "contacts": [{"name": each.name, "phone": phone_link(each.service_phone)} for each in known],
    }
    return render_template("link_problem.html", request, view, status=status)


def _page(request: web.Request, asked: Asked, error: str) -> web.Response:
    return render_template("confirm_address.html", request, {"view": _view(request, asked, error=error)}, status=422)


def _view(request: web.Request, asked: Asked, *, error: str = "", done: bool = False) -> ConfirmPage:
    return ConfirmPage(
        agency=role_words(asked.role),
        inbox=asked.inbox,
        service_name=asked.service_name,
        phone=phone_link(asked.service_phone),
        action=f"/inbox/{request.match_info['token']}",
        error=error,
        done=done,
    )
