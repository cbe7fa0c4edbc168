"""A form that was sent after its session had ended: kept sealed for whoever typed it, and given back after sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.handlers.forms import form_of
from service.handlers.keys import SERVICES
from service.handlers.sessions import ENDED, SIGNED_IN, SignedIn
from service.web.kept import shown_rows
from service.web.wording import ago_words
from service.workflow import drafts
from service.workflow.drafts import Author
from service.workflow.errors import NoSuchDraftError
from service.workflow.staff import standing

# What a form carries for us and not for its reader.
_OURS = frozenset({"csrf", "kept"})


async def keep_typed(request: web.Request) -> str:
    """Keep what was typed, if we can tell who typed it and that it came from our own page; returns its page, or "".

    The session has ended and proves nothing any more but who had it: nothing is done with the form, and whoever signs
    in next on this browser sees it only where it is the same person.
    """
    person, partnership = request.get(ENDED) or request.get(SIGNED_IN), request.match_info.get("partnership")
    if person is None or partnership not in person.ids or partnership is None:
        return ""
    form = await form_of(request)
    if not person.proves(form.get("csrf", "")):
        return ""
    typed = {name: value for name, value in form.items() if name not in _OURS}
    member = await standing(request.app[SERVICES], partnership, person.ids[partnership])
    if member is None or member.stopped_at is not None or not any(map(str.strip, typed.values())):
        return ""
    author = Author(partnership, person.ids[partnership])
    kept = await drafts.keep_typed(request.app[SERVICES], author, request.path, typed)
    return f"/{partnership}/kept/{kept}"


async def kept_forms(request: web.Request, person: SignedIn) -> list[Mapping[str, str]]:
    """The pages of what is kept for somebody, in every partnership."""
    found: list[Mapping[str, str]] = []
    now = request.app[SERVICES].real_now()
    for partnership, staff_id in sorted(person.ids.items()):
        for kept, at in await drafts.begun(request.app[SERVICES], Author(partnership, staff_id), "typed"):
            found.append({"href": f"/{partnership}/kept/{kept}", "when": ago_words(now - at)})
    return found


def _author(request: web.Request) -> Author:
    partnership = request.match_info["partnership"]
    return Author(partnership, request[SIGNED_IN].ids[partnership])


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise NoSuchDraftError from None


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/kept/{kept}: what was typed, and the button that sends it after all."""
    kept = _id(request.match_info["kept"])
    path, form = await drafts.read_typed(request.app[SERVICES], _author(request), kept)
    here = f"/{request.match_info['partnership']}/kept/{kept}"
    fields = sorted(form.items())
    view = {"id": kept, "action": path, "fields": fields, "rows": shown_rows(form), "drop_href": f"{here}/drop"}
    return render_template("kept.html", request, {"view": view})


async def drop(request: web.Request) -> web.Response:
    """POST /{partnership}/kept/{kept}/drop: throw it away."""
    await drafts.drop(request.app[SERVICES], _author(request), _id(request.match_info["kept"]))
    return web.Response(status=303, headers={"Location": "/"})


async def drop_sent(request: web.Request, answer: web.StreamResponse) -> None:
    """Throw away what is kept of a form that has been sent after all, once it has been taken."""
    if request.method != "POST" or answer.status != 303 or SIGNED_IN not in request:
        return
    said = (await form_of(request)).get("kept", "")
    if said and "partnership" in request.match_info:
        try:
            await drafts.drop(request.app[SERVICES], _author(request), _id(said))
        except NoSuchDraftError:
            return
