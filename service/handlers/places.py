"""The places of a partnership that a person's roles open: the same row of links at the head of every page."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from service.handlers.permissions import Permission, staff_may
from service.handlers.sessions import SIGNED_IN

_PLACES = (
    ("Worklist", "worklist", Permission.STAFF_READ),
    ("Requests", "requests", Permission.STAFF_REQUEST),
    ("Reports", "reports", Permission.STAFF_REPORT),
    ("Policy", "policy", Permission.STAFF_POLICY),
    ("Directory", "directory", Permission.STAFF_OPERATE),
    ("Operations", "operations", Permission.STAFF_OPERATE),
    ("Who opened what", "openings", Permission.STAFF_AUDIT),
)
# Pages of the service that belong to no partnership, and yet to whoever has signed in.
_OF_ALL = frozenset({"/", "/account"})


@dataclass(frozen=True, slots=True)
class Place:
    """One link; ``here`` when the page shown is that place or one below it."""

    text: str
    href: str
    here: bool


def places_of(request: web.Request) -> tuple[Place, ...]:
    """The links for whoever has signed in; none where the page is nobody's of ours, or there is but one to go to."""
    person = request.get(SIGNED_IN)
    partnership = request.match_info.get("partnership", "")
    if person is None:
        return ()
    if not partnership and request.path in _OF_ALL and len(person.roles) == 1:
        (partnership,) = person.roles
    roles = person.roles.get(partnership, ())
    found = tuple(
        Place(text, href, request.path == href or request.path.startswith(f"{href}/"))
        for text, word, permission in _PLACES
        if staff_may(roles, permission)
        for href in (f"/{partnership}/{word}",)
    )
    return found if len(found) > 1 else ()
