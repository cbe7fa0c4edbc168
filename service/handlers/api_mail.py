"""Mail to read over the API: what waits, reading one with a reason, saying what it means, moving it to its meeting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator

from service.domain.answers import Answer as Given
from service.domain.references import normalise
from service.handlers.access import actor_of, partnership_of, reader_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Line, NeededLine, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.problems import Fault, refuse
from service.store.queries.readable import may_read_meeting
from service.web.mail_words import MEANINGS
from service.workflow import identity
from service.workflow.errors import NoSuchMeetingError
from service.workflow.mail_moved import list_mail, move_mail, place_meant
from service.workflow.mail_to_read import Meant, settle_mail

_MeaningLabel = Annotated[str, AfterValidator(one_of("meaning", MEANINGS)), listed(MEANINGS)]


class MailOpened(Answer):
    """Who opened a mail, and when."""

    by: str
    at: datetime


class MailToRead(Answer):
    """One mail about a meeting, without what it says. ``role`` is empty where nobody can place it."""

    id: str
    meeting_reference: str
    role: str
    slot: str
    kind: str
    received_at: datetime
    state: str
    settled_by: str
    opened: list[MailOpened]


class MailList(Answer):
    """The mail that waits to be read, the oldest first."""

    partnership: str
    mail: list[MailToRead]


class MailWordsShown(Answer):
    """What one mail says. Opening it stands in the audit."""

    sender: str
    subject: str
    words: str


class MailDone(Answer):
    """What became of a mail."""

    meeting_reference: str
    mail: str
    state: str


class MailReadBody(Strict):
    """Why it is read. The reason is kept."""

    reason: NeededLine


class MailMeansBody(Strict):
    """What it means. ``role`` and ``slot``: the agency it is from, where the mail alone could not tell; ``reason``: the
    name and job of whoever comes instead."""

    meaning: _MeaningLabel
    role: ShortLine = ""
    slot: ShortLine = ""
    reason: Line = ""


class MailMovedBody(Strict):
    """The reference of the meeting it is about."""

    to: ShortLine


def _mail_of(request: web.Request) -> UUID:
    try:
        return UUID(request.match_info["mail"])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/mail: what waits; ``?all=yes`` also what is settled. Changes nothing."""
    partnership, everything = partnership_of(request), request.query.get("all") == "yes"
    found = await list_mail(request.app[SERVICES], partnership, reader_of(request), everything=everything)
    mail = [
        MailToRead(
            id=str(each.id),
            meeting_reference=each.meeting_reference,
            role=each.role,
            slot=each.slot,
            kind=each.kind,
            received_at=each.received_at,
            state=each.state,
            settled_by=each.settled_by,
            opened=[MailOpened(by=who, at=at) for who, at in each.opened],
        )
        for each in found
    ]
    return respond(MailList(partnership=partnership, mail=mail))


async def read(request: web.Request) -> web.Response:
    """POST …/mail/{mail}/open: what it says, with a reason that is kept."""
    partnership, reference, mail = partnership_of(request), reference_of(request), _mail_of(request)
    body = await body_of(request, MailReadBody)
    said = await identity.open_mail(
        request.app[SERVICES], partnership, reference, mail, reason=body.reason, actor=actor_of(request)
    )
    return respond(MailWordsShown(sender=said.sender, subject=said.subject, words=said.words))


async def settle(request: web.Request) -> web.Response:
    """POST …/mail/{mail}/settle: what it means, as an answer like any other, or nothing to do."""
    partnership, reference, mail = partnership_of(request), reference_of(request), _mail_of(request)
    body = await body_of(request, MailMeansBody)
    answer = None if body.meaning == "nothing" else Given(body.meaning)
    if answer is Given.DEPUTY and not body.reason:
        fault = Fault("/reason", "Say who comes instead: name and job.")
        raise refuse(422, "wrong_shape", "The body was read, but it is not what this address takes.", [fault])
    services = request.app[SERVICES]
    place = await place_meant(services, partnership, reference, body.role, body.slot) if body.role else None
    meant = Meant(answer, place, body.reason if answer is Given.DEPUTY else "")
    await settle_mail(services, partnership, reference, mail, meant, actor=actor_of(request))
    state = "nothing" if answer is None else "answered"
    return respond(MailDone(meeting_reference=reference, mail=str(mail), state=state))


async def move(request: web.Request) -> web.Response:
    """POST …/mail/{mail}/move: it is about another meeting, and waits there."""
    partnership, reference, mail = partnership_of(request), reference_of(request), _mail_of(request)
    body, services = await body_of(request, MailMovedBody), request.app[SERVICES]
    to = normalise(body.to)
    async with services.engine.connect() as conn:
        known = to is not None and await may_read_meeting(conn, partnership, to, reader_of(request))
    if to is None or not known:
        raise NoSuchMeetingError(body.to)
    await move_mail(services, partnership, reference, mail, to, actor=actor_of(request))
    return respond(MailDone(meeting_reference=to, mail=str(mail), state="open"))
