"""Who is asking: the guard in front of each route, deny by default, and the partnership a call is about."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp_jinja2 import render_template
from yarl import URL

from service.domain.references import normalise
from service.handlers.forms import form_of
from service.handlers.kept import drop_sent, keep_typed
from service.handlers.keys import CLIENT, DOORS, SERVICES, ApiClient
from service.handlers.logs import Log, log
from service.handlers.permissions import API_RIGHTS, STAFF_PERMISSIONS, Permission, staff_may
from service.handlers.problems import refuse
from service.handlers.sessions import SESSIONS, SIGNED_IN, SignedIn, signed_in
from service.store.queries.readable import Reader, may_read_meeting
from service.workflow.boards import Look
from service.workflow.errors import NoSuchMeetingError
from service.workflow.staff import standing_before, standing_looking

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]
Guard = Callable[[web.Request], Awaitable[None]]
_BEARER = "bearer"
_READING = frozenset({"GET", "HEAD"})
# A path of our own: no second slash or backslash at its start, which browsers read as another host.
_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~/?=&%+-]{0,500}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _client(request: web.Request) -> ApiClient:
    """The client whose key the request carries.

    Raises:
        ProblemError: 401.
    """
    said = request.headers.getall("Authorization", [])
    scheme, _, key = said[0].strip().partition(" ") if len(said) == 1 else ("", "", "")
    digest = hashlib.sha256(key.strip().encode("utf-8", "surrogateescape")).digest()
    # Every client is compared, so that the time taken does not tell whose key was near.
    found = [client for client in request.app[DOORS].api_clients if hmac.compare_digest(client.key_sha256, digest)]
    if scheme.lower() != _BEARER or not key or len(found) != 1:
        raise refuse(401, "not_signed_in", "Send the client's key as a bearer token.", WWW_Authenticate="Bearer")
    return found[0]


def _api(permission: Permission) -> Guard:
    async def guard(request: web.Request) -> None:
        client = _client(request)
        if permission not in client.may:
            raise refuse(403, "not_allowed", "This client has not been given the right to do that.")
        request[CLIENT] = client

    return guard


async def _proved_by_itself(_: web.Request) -> None:
    """What the request itself carries (a signature, a link, a desk session, a client state) the handler checks."""


def _host_of(said: str) -> str | None:
    try:
        return URL(f"//{said}").host
    except ValueError:
        return None


class NotSignedInError(Exception):
    """A page for staff was asked for by nobody we know. Caught in ``guarded``: off to the sign-in, or told so."""


def _own_name(request: web.Request) -> None:
    """Staff pages are shown only under this machine's own name or the service's address.

    Without this a website could point its own name at this machine and read pages through a visitor's browser.
    """
    host = _host_of(request.host)
    public = URL(request.app[SERVICES].links.base_url).host
    if host is None or host not in _LOOPBACK | {public}:
        raise refuse(421, "wrong_address", "Open these pages under the address this service was set up with.")


def _staff(permission: Permission) -> Guard:
    async def guard(request: web.Request) -> None:
        _own_name(request)
        if SESSIONS not in request.app:
            raise refuse(503, "sign_in_not_set_up", "Sign-in has not been set up on this service, so no page is shown.")
        person = await signed_in(request)
        if person is None:
            raise NotSignedInError
        request[SIGNED_IN] = person
        await _allow(request, person, permission)
        if request.method not in _READING:
            await _ours(request, person)

    return guard


async def _allow(request: web.Request, person: SignedIn, permission: Permission) -> None:
    """Whether the person's roles in the partnership of the path allow this, and nobody has stopped them meanwhile.

    Raises:
        NotSignedInError: their access was ended since they signed in.
        ProblemError: 404 for a partnership we do not serve, 403 for what their roles do not allow.
    """
    partnership = request.match_info.get("partnership")
    if partnership is None:
        held = {role for roles in person.roles.values() for role in roles}
    elif partnership not in request.app[DOORS].pages_partnerships:
        raise refuse(404, "not_found", "There is nothing at this address.")
    else:
        held = set(person.roles.get(partnership, frozenset()))
    if not staff_may(held, permission):
        raise refuse(
            403, "not_allowed", "Your account has no role that allows this. Ask your manager to have it given."
        )
    if partnership is not None and _template(request) == _WORKLIST:
        await _allow_a_look(request, person, partnership)
        return
    services, (reference, task) = request.app[SERVICES], _asked_for(request)
    for each in [partnership] if partnership else sorted(person.ids):
        reader, task_id = Reader(person.actor(each), services.now()), _uuid(task)
        found = await standing_before(services, each, reader, person.ids[each], reference=reference, task_id=task_id)
        if found is None or not found[0].admits(person.began):
            raise NotSignedInError
        request[_THERE] = found[1] and (task is None or task_id is not None)


async def _allow_a_look(request: web.Request, person: SignedIn, partnership: str) -> None:
    """The same for the page that is looked at most: its first question comes with the guard's.

    Raises:
        NotSignedInError: their access was ended since they signed in.
    """
    services = request.app[SERVICES]
    reader = Reader(person.actor(partnership), services.now())
    found = await standing_looking(services, partnership, reader, person.ids[partnership])
    if found is None or not found[0].admits(person.began):
        raise NotSignedInError
    request[_THERE], request[LOOK] = True, found[1]


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _from_elsewhere(request: web.Request) -> bool:
    """Whether the browser itself says that another site sent this.

    Our pages tell no referrer, and then browsers write "null" as the origin of our own forms too; what counts then is
    ``Sec-Fetch-Site``, and for browsers too old to send it the anti-forgery word alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin", "null")
    return origin != "null" and _host_of(origin.partition("://")[2]) != _host_of(request.host)


async def _ours(request: web.Request, person: SignedIn) -> None:
    """Whether a form was shown by us, to this session: another site's form carries the cookie too.

    Raises:
        ProblemError: 403.
    """
    if _from_elsewhere(request) or not person.proves((await form_of(request)).get("csrf", "")):
        log.warning(Log.FORGED_FORM)
        raise refuse(403, "forged_form", "This form was not sent from our own page. Open the page again and send it.")


GUARDS: Mapping[Permission, Guard] = {
    Permission.OPEN: _proved_by_itself,
    Permission.OPERATIONS: _proved_by_itself,
    Permission.PUBLIC_SIGNED: _proved_by_itself,
    Permission.PUBLIC_LINK: _proved_by_itself,
    Permission.DESK_SESSION: _proved_by_itself,
    Permission.GRAPH_STATE: _proved_by_itself,
    **{right: _api(right) for right in API_RIGHTS},
    **{right: _staff(right) for right in STAFF_PERMISSIONS},
}


def guarded(permission: Permission, endpoint: Endpoint) -> Handler:
    """The endpoint behind its guard.

    Raises:
        KeyError: the permission has no guard; such a route is never registered.
    """
    guard = GUARDS[permission]

    async def enter(request: web.Request) -> web.StreamResponse:
        try:
            await guard(request)
        except NotSignedInError:
            return await _to_sign_in(request)
        if permission in _PEOPLE:
            await _theirs(request)
        answer = await endpoint(request)
        await drop_sent(request, answer)
        return answer

    return enter


_PEOPLE = API_RIGHTS | STAFF_PERMISSIONS
# Asked for a meeting that may not be theirs, or for one that nobody knows: what is answered says neither.
_ANY_REFERENCE = ("/break-glass", "/identity")
# Whether what somebody signed in asks for is there for them: found out with the question whether they may come in.
_WORKLIST = "/{partnership}/worklist"
# What the worklist of whoever is signed in begins with.
LOOK: web.RequestKey[Look] = web.RequestKey("look", Look)
_THERE: web.RequestKey[bool] = web.RequestKey("there", bool)


def _asked_for(request: web.Request) -> tuple[str | None, str | None]:
    """The meeting's reference and the task in the path, as they are held against whoever is signed in."""
    said = request.match_info.get("reference")
    reference = normalise(said) if said is not None and not request.path.endswith(_ANY_REFERENCE) else None
    return reference, request.match_info.get("task") if said is None else None


def _uuid(said: str | None) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


def meeting_before(request: web.Request) -> str:
    """The page of the meeting in the path, where whoever asks was let in and it is theirs to see; empty otherwise."""
    said = request.match_info.get("reference")
    reference = normalise(said) if said is not None else None
    if reference is None or not request.get(_THERE) or request.path.endswith(_ANY_REFERENCE):
        return ""
    here = f"/{request.match_info['partnership']}/meetings/{reference}"
    return "" if request.path == here else here


async def _theirs(request: web.Request) -> None:
    """Whether the meeting or the task in the path is for whoever asks: a restricted case is not there for others.

    Raises:
        NoSuchMeetingError: for an API client, as the endpoint would for a reference nobody knows.
        ProblemError: 404, for staff, whether or not there is such a meeting or task.
    """
    if SIGNED_IN in request:
        if not request[_THERE]:
            raise refuse(404, "not_found", "There is nothing at this address.")
        return
    said = request.match_info.get("reference")
    reference = normalise(said) if said is not None else None
    if reference is None:
        return
    partnership, reader = partnership_of(request), reader_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        theirs = await may_read_meeting(conn, partnership, reference, reader)
        if not theirs and request.path.endswith(_ANY_REFERENCE):
            theirs = not await may_read_meeting(conn, partnership, reference, None)
    if not theirs:
        raise NoSuchMeetingError(reference)


def reader_of(request: web.Request) -> Reader:
    """Who reads: the API client, or the person who is signed in, as the audit names them."""
    key = actor_of(request) if CLIENT in request else person_of(request).actor(request.match_info["partnership"])
    return Reader(key, request.app[SERVICES].now())


async def _to_sign_in(request: web.Request) -> web.Response:
    """Off to the sign-in and back; who has sent a form is told first, and gets back what they typed."""
    if request.method in _READING:
        return web.Response(status=303, headers={"Location": sign_in_path(request.path_qs)})
    kept = "" if _from_elsewhere(request) else await keep_typed(request)
    request.pop(SIGNED_IN, None)
    view = {"href": sign_in_path(kept or "/"), "kept": bool(kept)}
    return render_template("signed_off.html", request, view, status=401)


def sign_in_path(to: str) -> str:
    """Where to sign in, with the way back."""
    return f"/sign-in?to={quote(to, safe='')}" if own_path(to) and to != "/" else "/sign-in"


def own_path(to: str) -> bool:
    """Whether this is a path of our own that a browser can be sent to."""
    return _OWN_PATH.fullmatch(to) is not None


def person_of(request: web.Request) -> SignedIn:
    """Who is signed in, on a route that asks for it."""
    return request[SIGNED_IN]


def allowed_partnership(request: web.Request, partnership: str) -> str:
    """The partnership, if the client may act there.

    Raises:
        ProblemError: 403, the same whether or not the partnership exists.
    """
    if partnership not in request[CLIENT].partnerships:
        raise refuse(403, "other_partnership", "This client may not act for that partnership.")
    return partnership


def partnership_of(request: web.Request) -> str:
    """The partnership a call is about: ``?partnership=``, or the only one the client has.

    Raises:
        ProblemError: 400 when it is not said or said twice; 403 when the client may not act there.
    """
    said = request.query.getall("partnership", [])
    own = request[CLIENT].partnerships
    if len(said) > 1 or (not said and len(own) != 1):
        raise refuse(400, "which_partnership", "Say once which partnership this is about: ?partnership=…")
    return allowed_partnership(request, said[0] if said else next(iter(own)))


def actor_of(request: web.Request) -> str:
    """How the audit names the client."""
    return f"api:{request[CLIENT].name}"
