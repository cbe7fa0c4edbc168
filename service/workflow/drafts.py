"""A request on its way from a person's fingers to the door: kept sealed, looked at in advance, sent once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from service.domain.binding import RequirementState
from service.domain.london import local_date
from service.domain.requests import MeetingRequest, derive_facts
from service.store.changes import drafts
from service.store.changes.drafts import DraftKept
from service.store.ids import new_id
from service.store.queries.directory import Inbox
from service.store.queries.drafts import draft_of, open_drafts, sent_drafts
from service.store.queries.planning import known_for
from service.store.sealing import unseal
from service.workflow.deliveries import Delivery
from service.workflow.errors import Instead, NoSuchDraftError, NotReadyError, OldDraftError
from service.workflow.plan import Plan, case_of, places_of, plan_case
from service.workflow.ports import Services
from service.workflow.receive import receive_request

DOOR = "page:requests"
# A draft holds names that no request has asked to keep, so it does not outlive a long weekend's leave.
KEPT_FOR = timedelta(days=7)

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Author:
    """Whose draft it is. Nobody else is ever shown it."""

    partnership: str
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class Seat:
    """One agency that would be asked: its role, level, why, the inbox that is told, and what stands in the way."""

    role: str
    level: str
    reasons: tuple[str, ...]
    inbox: Inbox | None
    state: RequirementState


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would be asked, and the two clocks, if the request were sent now. Nothing is written."""

    seats: tuple[Seat, ...]
    earliest_fair_at: datetime | None
    deadline_at: datetime | None

    @property
    def invited(self) -> int:
        """How many agencies get an invitation as soon as there is a time."""
        return sum(seat.state is RequirementState.WANTED for seat in self.seats)


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it is kept now. A page that shows it sends ``version`` back, so that an older page is noticed."""

    id: UUID
    version: int
    form: Form


def id_for_a_page(services: Services) -> UUID:
    """The id that the draft of an empty page will have: pressed twice, that page begins one draft."""
    return new_id(services.now())


async def begun_by(services: Services, author: Author, draft_id: UUID) -> tuple[Kept | None, str | None]:
    """What an empty page with this id has led to: its draft, or the reference of the meeting that became; both None
    while it was not pressed."""
    async with services.engine.connect() as conn:
        found = await draft_of(conn, author.partnership, author.staff_id, draft_id)
    if found is None or found.meeting_reference is not None:
        return None, None if found is None else found.meeting_reference
    return await read(services, author, draft_id), None


async def keep(
    services: Services, author: Author, draft_id: UUID | None, form: Form, *, over: int | None = None
) -> Kept:
    """Keep what was typed so far. ``over`` is the version of the draft it was typed over, None where none was shown;
    0 is that of a page that was empty and has the draft's id.

    Raises:
        NoSuchDraftError: it was sent already, or it is not this person's.
        OldDraftError: another tab has changed it meanwhile; what was typed here is kept beside it as one of its own.
    """
    said = json.dumps(dict(form)).encode()
    kept = DraftKept(draft_id or new_id(services.now()), author.staff_id, said, over=over)
    version = await _keep(services, author, kept)
    if version is not None:
        return Kept(kept.id, version, form)
    now_kept = await read(services, author, kept.id)
    if now_kept.form == form:
        # Pressed twice, or sent again by the back button: it says the same.
        return now_kept
    copy = DraftKept(new_id(services.now()), author.staff_id, said)
    await _keep(services, author, copy)
    raise OldDraftError(kept.id, copy.id)


async def _keep(services: Services, author: Author, kept: DraftKept) -> int | None:
    async with services.engine.begin() as conn:
        return await drafts.keep(conn, services.keyring, author.partnership, kept, now=services.real_now())


async def keep_typed(services: Services, author: Author, path: str, form: Form) -> UUID:
    """Keep a form that was sent after its session had ended, for whoever typed it; returns under which id."""
    said = json.dumps({"path": path, "form": dict(form)}).encode()
    kept = DraftKept(new_id(services.now()), author.staff_id, said, kind="typed")
    await _keep(services, author, kept)
    return kept.id


async def read_typed(services: Services, author: Author, draft_id: UUID) -> tuple[str, Form]:
    """Where a kept form was sent to, and what was typed in it. Raises NoSuchDraftError."""
    _, said = await _open(services, author, draft_id, "typed")
    return said["path"], said["form"]


async def read(services: Services, author: Author, draft_id: UUID) -> Kept:
    """What its author had typed.

    Raises:
        NoSuchDraftError: there is none, it was sent, or it is not this person's.
    """
    version, form = await _open(services, author, draft_id, "request")
    return Kept(draft_id, version, form)


async def _open(services: Services, author: Author, draft_id: UUID, kind: str) -> tuple[int, Any]:
    async with services.engine.connect() as conn:
        found = await draft_of(conn, author.partnership, author.staff_id, draft_id)
    if found is None or found.sealed_form is None or found.kind != kind:
        raise NoSuchDraftError
    key = services.keyring.open_data_key(found.key_id, found.wrapped_key)
    return found.version, json.loads(unseal(key, "drafts", draft_id, "sealed_form", found.sealed_form))


async def begun(services: Services, author: Author, kind: str = "request") -> Sequence[tuple[UUID, datetime]]:
    """The drafts a person has not sent yet, newest first; older ones than a week are thrown away here."""
    async with services.engine.begin() as conn:
        await drafts.sweep(conn, author.partnership, services.real_now() - KEPT_FOR)
        return await open_drafts(conn, author.partnership, author.staff_id, kind)


async def unfinished(services: Services, author: Author) -> Sequence[tuple[UUID, timedelta]]:
    """The requests a person has begun and not sent, newest first, each with how long ago it was touched. Throws none
    away, so that an empty page may say so too."""
    now = services.real_now()
    async with services.engine.connect() as conn:
        found = await open_drafts(conn, author.partnership, author.staff_id)
    return [(draft_id, now - touched) for draft_id, touched in found if touched > now - KEPT_FOR]


async def sent_of(services: Services, author: Author) -> Sequence[tuple[UUID, str, datetime]]:
    """What a person has sent within ``KEPT_FOR``, newest first: its draft, its meeting's reference, and when. The last
    twenty: whoever sends more has the worklist."""
    async with services.engine.connect() as conn:
        return await sent_drafts(conn, author.partnership, author.staff_id, most=20)


async def drop(services: Services, author: Author, draft_id: UUID) -> None:
    """Throw a draft away. Raises NoSuchDraftError."""
    async with services.engine.begin() as conn:
        if not await drafts.drop(conn, author.partnership, author.staff_id, draft_id):
            raise NoSuchDraftError


async def preview(services: Services, request: MeetingRequest) -> Preview:
    """Who would be asked and why, with both clocks, as ``receive_request`` would plan it at this instant.

    Raises:
        NotReadyError: the partnership has no policy.
        UnknownMeetingTypeError, CalendarTooShortError
    """
    plan = await planned(services, request)
    return Preview(_seats(plan), plan.clocks.earliest_fair, plan.deadline_at)


async def planned(services: Services, request: MeetingRequest) -> Plan:
    """The plan of a request at this instant, of which nothing is written. Raises as ``preview`` does."""
    now = services.now()
    policy = services.policies.get(request.partnership)
    if policy is None:
        raise NotReadyError(f"No policy is published for {request.partnership}.", instead=Instead.MIGRATE)
    case = case_of(policy, derive_facts(request, local_date(now)))
    async with services.engine.connect() as conn:
        known = await known_for(conn, request.partnership, case.roles)
    return plan_case(case, places_of(request.children), known.inboxes, now=now, calendar=services.calendar)


def _seats(plan: Plan) -> tuple[Seat, ...]:
    return tuple(
        Seat(
            binding.requirement.role,
            str(binding.requirement.level),
            tuple(dict.fromkeys(because.reason for because in binding.requirement.because)),
            binding.inbox,
            binding.state,
        )
        for binding in plan.bindings
    )


async def send(services: Services, author: Author, draft_id: UUID, request: MeetingRequest, fingerprint: bytes) -> str:
    """Send the request off; returns its meeting's reference. Pressed twice, or by the back button, it is one request.

    Raises:
        NoSuchDraftError: it is not this person's.
        KeyReusedError: it was sent before with other content.
        and what ``receive_request`` raises.
    """
    async with services.engine.connect() as conn:
        found = await draft_of(conn, author.partnership, author.staff_id, draft_id)
    if found is None:
        raise NoSuchDraftError
    if found.meeting_reference is not None:
        return found.meeting_reference
    actor = f"staff:{author.staff_id}"
    delivery = Delivery(door=DOOR, key=str(draft_id), fingerprint=fingerprint, actor=actor)
    received = await receive_request(services, request, delivery)
    reference: str = received.answer["meeting_reference"]
    async with services.engine.begin() as conn:
        await drafts.sent(conn, author.partnership, draft_id, reference)
    return reference


async def reference_of(services: Services, author: Author, draft_id: UUID) -> str | None:
    """The reference of the meeting a draft became; None while it is not sent. Raises NoSuchDraftError."""
    async with services.engine.connect() as conn:
        found = await draft_of(conn, author.partnership, author.staff_id, draft_id)
    if found is None:
        raise NoSuchDraftError
    return found.meeting_reference
