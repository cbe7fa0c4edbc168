"""Where a meeting is held, as it is typed: held against who the meeting is about before anything is sent.

The leak check reads every letter once more as it leaves. Said here first, whoever typed it can mend it, and no letter
is held back for a person.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.forbidden_words import forbidden
from service.domain.requests import MeetingRequest
from service.store.changes.meetings import LockedMeeting
from service.store.sealing import SealError
from service.workflow.errors import BadVenueError
from service.workflow.identity import forbidden_words
from service.workflow.ports import Services
from service.workflow.sealed_request import identities_of


def says_who(request: MeetingRequest) -> bool:
    """Whether the venue of a request names somebody in it, or is a family's home."""
    venue = request.wishes.venue
    return bool(venue) and forbidden(identities_of(request)).found_in(venue.encode(), venue)


async def check_venue(
    conn: AsyncConnection, services: Services, partnership: str, meeting: LockedMeeting, venue: str
) -> None:
    """Let a venue through that is the meeting's already, or that says nobody's name, birthday or home.

    Raises:
        BadVenueError: it says who somebody is, or that cannot be told any more.
    """
    if not venue or venue == meeting.venue:
        return
    try:
        words = await forbidden_words(conn, services.keyring, partnership, meeting.request_id)
    except SealError:
        # What cannot be checked is not sent.
        raise BadVenueError("Whether this names somebody cannot be checked now. Leave the place out.") from None
    if words.found_in(venue.encode(), venue):
        raise BadVenueError
