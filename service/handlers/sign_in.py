"""Signing in with the council's own account, and out again."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.staff import role_words_of
from service.handlers.access import own_path
from service.handlers.claims import NotVouchedForError, Vouched
from service.handlers.entra import Asked, Entra, EntraAwayError
from service.handlers.kept import kept_forms
from service.handlers.keys import SERVICES
from service.handlers.logs import Log, log
from service.handlers.metrics import METRICS
from service.handlers.problems import refuse
from service.handlers.sessions import SESSIONS, SIGNED_IN, begin, end, remember_asked, take_asked
from service.handlers.templating import until_of
from service.store.queries.partnerships import every_partnership
from service.web.wording import phone_link
from service.workflow.staff import arrive, leave

ENTRA: web.AppKey[Entra] = web.AppKey("entra", Entra)
# Some people press twice or come back by the back button: the answer to an old question starts a new one, once.
_ASK_AGAIN = "/sign-in"


async def ask(request: web.Request) -> web.Response:
    """GET /sign-in: off to Entra, with what only this browser and we know."""
    to = request.query.get("to", "/")
    asked = Asked.anew()
    try:
        where = await _entra(request).ask(asked)
    except EntraAwayError as error:
        raise _away(error) from None
    await remember_asked(request, asked, to if own_path(to) else "/")
    return _go(where)


async def come_back(request: web.Request) -> web.Response:
    """GET /sign-in/return: Entra's answer. Who may not come in is told why, and whom to ask."""
    found = await take_asked(request, request.query.get("state", ""))
    if found is None and "code" in request.query:
        if request.app[SESSIONS].cookie_name not in request.cookies:
            # Asking again would go round for ever: this browser keeps no cookie.
            return await _no_cookies(request)
        return _go(_ASK_AGAIN)
    if found is None:
        return await _not_in(request, "cancelled")
    asked, to = found
    if "code" not in request.query:
        return await _not_in(request, "cancelled")
    services = request.app[SERVICES]
    try:
        vouched = await _entra(request).answer(request.query["code"], asked, services.real_now())
    except EntraAwayError as error:
        raise _away(error) from None
    except NotVouchedForError as error:
        log.warning(Log.NOT_VOUCHED_FOR, because=error.because)
        return await _not_in(request, "not_vouched_for")
    return await _let_in(request, vouched, to)


async def _let_in(request: web.Request, vouched: Vouched, to: str) -> web.Response:
    if not vouched.roles:
        return await _not_in(request, "no_role")
    ids = await arrive(request.app[SERVICES], vouched.tenant, vouched.subject, vouched.name, vouched.roles)
    if not ids:
        return await _not_in(request, "stopped")
    await begin(request, vouched, ids)
    request.app[METRICS].sign_ins.labels("let_in").inc()
    return _go(to)


async def leave_all(request: web.Request) -> web.Response:
    """POST /sign-out: this session and every other of the same person ends."""
    person = request[SIGNED_IN]
    await leave(request.app[SERVICES], person.ids)
    await end(request)
    return _go("/signed-out")


async def signed_out(request: web.Request) -> web.Response:
    """GET /signed-out: says so, with the way to sign out of Microsoft as well (on a shared computer one should)."""
    entra = request.app.get(ENTRA)
    view = {"farewell": await entra.farewell() if entra else ""}
    return render_template("signed_out.html", request, view)


async def who_am_i(request: web.Request) -> web.Response:
    """GET /account: who is signed in, with which roles, and until when."""
    person = request[SIGNED_IN]
    async with request.app[SERVICES].engine.connect() as conn:
        known = {each.id: each.name for each in await every_partnership(conn)}
    roles = [
        {"partnership": known.get(partnership, partnership), "roles": role_words_of(held)}
        for partnership, held in person.roles.items()
    ]
    ends, kept = until_of(request)["time"], await kept_forms(request, person)
    view = {"person": person, "roles": roles, "ends": ends, "kept": kept}
    return render_template("account.html", request, view)


def _entra(request: web.Request) -> Entra:
    entra = request.app.get(ENTRA)
    if entra is None:
        raise refuse(
            503,
            "sign_in_not_set_up",
            "Sign-in has not been set up on this service. Its administrator sets CONVENE_SIGN_IN_TENANT_ID, "
            "CONVENE_SIGN_IN_CLIENT_ID and CONVENE_SIGN_IN_CLIENT_SECRET.",
        )
    return entra


def _away(error: EntraAwayError) -> Exception:
    log.warning(Log.ENTRA_AWAY, because=str(error))
    return refuse(503, "entra_away", "Microsoft's sign-in cannot be reached just now.", Retry_After="30")


def _go(where: str) -> web.Response:
    # Not raised: a session's cookie is put on a response that is returned.
    return web.Response(status=303, headers={"Location": where})


_WHY_NOT = {
    "cancelled": ("You have not signed in", "The sign-in was cancelled, or it took too long."),
    "not_vouched_for": ("You have not signed in", "Microsoft's answer could not be accepted. Try once more."),
    "no_role": (
        "You cannot use Convene yet",
        "Your account works, but nobody has given it a role here. Ask your manager to have one given to you.",
    ),
    "stopped": ("Your access has been stopped", "Somebody has stopped it. Ask your manager."),
}


async def _no_cookies(request: web.Request) -> web.Response:
    request.app[METRICS].sign_ins.labels("no_cookies").inc()
    return render_template("no_cookies.html", request, {"contacts": await _contacts(request)}, status=403)


async def _contacts(request: web.Request) -> list[dict[str, object]]:
    async with request.app[SERVICES].engine.connect() as conn:
        known = await every_partnership(conn)
    return [{"name": each.name, "phone": phone_link(each.service_phone)} for each in known]


async def _not_in(request: web.Request, because: str) -> web.Response:
    request.app[METRICS].sign_ins.labels(because).inc()
    heading, detail = _WHY_NOT[because]
    contacts = await _contacts(request)
    again = because in {"cancelled", "not_vouched_for"}
    view = {"heading": heading, "detail": detail, "contacts": contacts, "again": again}
    return render_template("not_signed_in.html", request, view, status=403)
