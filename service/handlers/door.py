"""The door: a short address to type, for agencies whose mail arrives without its links. Reference and agency code lead
to the same page as the personal link would."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.references import normalise
from service.handlers.client_address import client_address
from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.store.queries.partnerships import every_partnership
from service.web.answer_form import clean_text
from service.web.wording import phone_link
from service.workflow.door import link_at_door

_MOST_FIELDS = 10
_NO_FIT = (
    "The reference and the agency code do not go together. Check both in the message, or phone us. After many tries "
    "wait a quarter of an hour"
)


async def ask(request: web.Request) -> web.Response:
    """GET /door: the form. Changes nothing."""
    return await _page(request, {}, {})


async def enter(request: web.Request) -> web.Response:
    """POST /door: on to the answer page."""
    sent = await form_of(request, _MOST_FIELDS)
    said, code = clean_text(sent.get("reference", ""))[:40], clean_text(sent.get("agency_code", ""))[:40]
    reference, errors = normalise(said), {}
    if reference is None:
        errors["reference"] = "Enter the reference, like CV-7K3Q-9XHD"
    if not code:
        errors["agency_code"] = "Enter your agency code"
    if reference is None or errors:
        return await _page(request, {"reference": said}, errors, status=422)
    services = request.app[SERVICES]
    link = await link_at_door(services, reference, code, client_address(request))
    if link is not None:
        raise web.HTTPSeeOther(link.removeprefix(services.links.base_url))
    return await _page(request, {"reference": said}, {"agency_code": _NO_FIT}, status=422)


async def _page(
    request: web.Request, values: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> web.Response:
    async with request.app[SERVICES].engine.connect() as conn:
        known = await every_partnership(conn)
    view = {
        "values": values,
        "errors": errors,
        "error_list": [{"text": said, "href": f"#{name}"} for name, said in errors.items()],
        "contacts": [{"name": each.name, "phone": phone_link(each.service_phone)} for each in known],
    }
    return render_template("door.html", request, view, status=status)
