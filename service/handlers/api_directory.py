"""/api/v1/directory: the agencies' inboxes, changing one, and confirming a new address on a call back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.new_addresses import Check, Proof
from service.domain.one_time_codes import NO_CODE_WORDS
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.problems import Fault, refuse
from service.store.queries.address_checks import open_checks
from service.store.queries.directory import Inbox, inboxes_for
from service.workflow import new_addresses
from service.workflow.directory_file import CHANNELS
from service.workflow.errors import BadInboxError
from service.workflow.inbox_edit import change_inbox

_ACTS = ("confirm", "send_again", "drop")
_ActLabel = Annotated[str, AfterValidator(one_of("act", _ACTS)), listed(_ACTS)]
_ChannelLabel = Annotated[str, AfterValidator(one_of("channel", CHANNELS)), listed(CHANNELS)]
_Words = Annotated[str, Field(max_length=1000)]


class InboxBody(Strict):
    """What is to change; what is left out stays. ``seen``: ``updated_at`` as it was read, so that no change is lost."""

    name: _Words | None = None
    address: _Words | None = Field(default=None, description="used once it is confirmed")
    phone: _Words | None = None
    hours: _Words | None = None
    capacity: Annotated[int, Field(ge=1, le=99)] | None = None
    channel: _ChannelLabel | None = None
    escalation_name: _Words | None = None
    escalation_address: _Words | None = Field(default=None, description="used once it is confirmed")
    escalation_phone: _Words | None = None
    seen: Instant | None = None


class AddressBody(Strict):
    """What is to be done about an address that waits. ``code``: as it was read out on a call back."""

    do: _ActLabel
    code: Annotated[str, Field(max_length=40)] | None = None


class AddressShown(Answer):
    """One new address that waits. ``known_phone``: the number that stood in the directory before, to call back."""

    id: str
    inbox: str
    field: str
    address: str
    known_phone: str
    asked_by: str
    asked_at: datetime
    mail: str


class InboxShown(Answer):
    """One inbox, and the new addresses of it that wait."""

    id: str
    role: str
    place: str
    name: str
    address: str
    phone: str
    hours: str
    capacity: int
    channel: str
    escalation_name: str
    escalation_address: str
    escalation_phone: str
    updated_at: datetime
    waiting: list[AddressShown]


class DirectoryShown(Answer):
    """Every inbox in use."""

    partnership: str
    inboxes: list[InboxShown]


class AddressDone(Answer):
    """What was done about an address."""

    id: str
    done: str


def _address(check: Check) -> AddressShown:
    return AddressShown(
        id=str(check.id),
        inbox=str(check.inbox_id),
        field=str(check.field),
        address=check.address,
        known_phone=check.known_phone,
        asked_by=check.asked_by,
        asked_at=check.asked_at,
        mail=check.mail_state,
    )


def _inbox(inbox: Inbox, waiting: Sequence[Check]) -> InboxShown:
    own = {name: getattr(inbox, name) for name in InboxShown.model_fields if name not in {"id", "waiting"}}
    mine = [_address(check) for check in new_addresses.newest(waiting, inbox.id)]
    return InboxShown(id=str(inbox.id), waiting=mine, **own)


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/directory: changes nothing."""
    partnership = partnership_of(request)
    async with request.app[SERVICES].engine.connect() as conn:
        inboxes = await inboxes_for(conn, partnership)
        waiting = await open_checks(conn, partnership)
    shown = [_inbox(each, waiting) for each in inboxes]
    return respond(DirectoryShown(partnership=partnership, inboxes=shown))


async def change(request: web.Request) -> web.Response:
    """POST /api/v1/directory/inboxes/{inbox}: what is said holds at once; a new address once it is confirmed."""
    partnership, services, body = partnership_of(request), request.app[SERVICES], await body_of(request, InboxBody)
    inbox_id = _id(request, "inbox")
    said = body.model_dump(exclude={"seen"}, exclude_none=True)
    changes = {name: str(value) for name, value in said.items()}
    try:
        await change_inbox(services, partnership, inbox_id, changes, actor=actor_of(request), seen=body.seen)
    except BadInboxError as bad:
        faults = tuple(Fault(f"/{name}", sentence) for name, sentence in bad.problems.items())
        raise refuse(422, "bad_inbox", "The inbox cannot be so.", faults) from None
    async with services.engine.connect() as conn:
        found = next(each for each in await inboxes_for(conn, partnership) if each.id == inbox_id)
        waiting = await open_checks(conn, partnership)
    return respond(_inbox(found, waiting))


async def settle(request: web.Request) -> web.Response:
    """POST /api/v1/directory/addresses/{check}: confirm it, send a new code, or drop it."""
    partnership, services, body = partnership_of(request), request.app[SERVICES], await body_of(request, AddressBody)
    check_id, actor = _id(request, "check"), actor_of(request)
    if body.do == "confirm":
        if not body.code:
            raise refuse(422, "no_code", "Give the code that was read out.", (Fault("/code", "This is needed."),))
        proof = Proof.CALL_BACK
        refused = await new_addresses.verify(services, partnership, check_id, body.code, proof=proof, actor=actor)
        if refused is not None:
            raise refuse(422, "code_not_taken", f"{NO_CODE_WORDS[refused]}.")
    elif body.do == "drop":
        await new_addresses.drop(services, partnership, check_id, actor=actor)
    else:
        await new_addresses.send_again(services, partnership, check_id, actor=actor)
    return respond(AddressDone(id=str(check_id), done=body.do))


def _id(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise refuse(404, "not_found", "There is nothing at this address.") from None
