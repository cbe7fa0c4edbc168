"""Telling an agency who a meeting is about: only whom its rules need, and only somebody who says who they are.

Whoever asks gives their name and the role they come in. A name tied to the case, a place that is stopped, a role that
is not asked and a reference that does not exist are all answered alike: there is no such meeting. The same reads, the
same unsealing and one audit event stand behind each of them, so that the time taken says nothing either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.forbidden_words import fold
from service.domain.locations import hidden, without_location
from service.domain.may_see import MaySee, Ties, may_see, ties_of
from service.domain.papers import Proof
from service.domain.roles import ROLES
from service.domain.tied_names import whole_name
from service.store.changes import audit, openings, tasks
from service.store.changes.meetings import LockedMeeting
from service.store.ids import new_id
from service.store.queries import opening, sealed
from service.store.queries.opening import OpeningPlace
from service.store.queries.sealed import SealedChild, SealedFamily, SealedPerson
from service.store.sealing import KeyErased, Keyring, SealError, seal
from service.workflow import identity
from service.workflow.errors import NoNameError, NoSuchMeetingError
from service.workflow.identity import Unsealed, reason_said
from service.workflow.ports import Services
from service.workflow.tasks import TaskKind, task_row

_LONGEST_NAME = 80
_NOBODY = UUID(int=0)
# Places whose agency may be told: a shared inbox or a named person holds it, or an officer found somebody by phone.
_MAY_ASK = frozenset({"wanted", "no_inbox"})


@dataclass(frozen=True, slots=True, repr=False)
class Asker:
    """Who asks: name, the role they come in, why, and by which proof, staff's own not among them. ``slot`` tells two
    places of one role apart."""

    name: str
    role: str
    reason: str
    proof: Proof = Proof.CALL_BACK
    slot: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OpenedChild:
    """One child as an agency may know them."""

    ref: str
    age_band: str
    identity: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class OpenedPerson:
    """One person as an agency may know them, with the ties to the children it may know of."""

    ref: str
    relation: str
    ties: Ties
    identity: dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class OpenedMeeting:
    """What one agency was told. Never logged, stored or sent on."""

    reference: str
    role: str
    children: tuple[OpenedChild, ...]
    people: tuple[OpenedPerson, ...]


async def open_for_agency(
    services: Services, partnership: str, reference: str, asker: Asker, *, actor: str
) -> OpenedMeeting:
    """Tell somebody of an agency who the meeting is about. Nothing is handed back before its audit event is committed.

    Raises:
        NoReasonError, NoNameError: said before anything is looked up.
        NoSuchMeetingError: there is none, or it is not for this name in this role; nothing tells which.
    """
    reason, name = reason_said(asker.reason), " ".join(asker.name.split())
    if not whole_name(name) or len(name) > _LONGEST_NAME or not name.isprintable():
        raise NoNameError
    now = services.now()
    async with services.engine.begin() as conn:
        place = _the_place(await opening.opening_places(conn, partnership, reference, asker.role), asker.slot)
        found = await sealed.family_of_request(conn, partnership, place.request_id if place else _NOBODY)
        family = found or _decoy(services.keyring)
        unsealed = _unsealed(services.keyring, family)
        tied = unsealed is None or unsealed.names.may_be(name)
        if place is None or unsealed is None or tied or not _may_ask(place, name):
            await _refuse(conn, partnership, place, asker, tied=tied, actor=actor, now=now)
            opened = None
        else:
            seen = _seen(place, family)
            await _keep(conn, services, partnership, place, family, seen, (name, reason, asker), actor)
            opened = _opened(reference, place, family, unsealed, seen)
    if opened is None:
        raise NoSuchMeetingError(reference)
    return opened


async def open_for_inbox(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    reference: str,
    requirement_id: UUID,
    *,
    reason: str,
    actor: str,
) -> OpenedMeeting:
    """What a mail to an agency's own inbox may say, kept as an opening in the caller's transaction. No name is given:
    whoever reads that inbox reads it.

    Raises:
        ValueError: nothing may be told for this place, or the identities are gone or cannot be read.
    """
    place = await opening.opening_place(conn, partnership, requirement_id)
    if place is None or place.state != "wanted" or place.meeting_state == "cancelled" or place.person:
        raise ValueError("this place is told nothing by mail")
    family = await sealed.family_of_request(conn, partnership, place.request_id)
    unsealed = _unsealed(services.keyring, family) if family else None
    if family is None or unsealed is None or not (unsealed.children or unsealed.people):
        raise ValueError("the identities cannot be read")
    seen = _seen(place, family)
    asker = Asker("", place.role, reason, Proof.SECURE_MAIL, place.slot)
    await _keep(conn, services, partnership, place, family, seen, ("", reason, asker), actor)
    return _opened(reference, place, family, unsealed, seen)


async def must_not_hear(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    meeting: LockedMeeting,
    requirement_id: UUID,
    name: str,
    *,
    actor: str,
) -> bool:
    """Whether this name must not be told for this place: it may be tied to the case, or another person was named for
    the place. Audited; where it is tied the officer has a task. The caller answers as to a meeting nobody knows."""
    named = identity.Named((name,), "opening", requirement_id)
    tied = await identity.may_be_tied(conn, services, partnership, meeting, named, actor=actor)
    if tied:
        await tasks.open_once(conn, [_asked_task(partnership, meeting.id, requirement_id, services.now())])
    return tied or not _is(await opening.person_at(conn, partnership, requirement_id), name)


def _is(person: str, name: str) -> bool:
    """Where a person was named because the inbox must not be told, nobody else of the agency is told either."""
    return not person or sorted(fold(person).split()) == sorted(fold(name).split())


def _the_place(places: Sequence[OpeningPlace], slot: str) -> OpeningPlace | None:
    """The one place that is meant; a withdrawn one only where no other is left, so that its refusal is like any."""
    meant = [place for place in places if slot in {"", place.slot}]
    current = [place for place in meant if place.state != "withdrawn"] or meant
    return current[0] if len(current) == 1 else None


def _may_ask(place: OpeningPlace, name: str) -> bool:
    if place.state not in _MAY_ASK or place.meeting_state == "cancelled":
        return False
    return _is(place.person, name)


def _unsealed(keyring: Keyring, family: SealedFamily) -> Unsealed | None:
    try:
        return identity.unseal_family(keyring, family)
    except SealError:
        return None


@lru_cache(maxsize=4)
def _decoy(keyring: Keyring) -> SealedFamily:
    """A family of nobody, opened where there is no such meeting: refusing takes the work that a real one takes."""
    key, body = keyring.new_data_key(), json.dumps({"name": "", "names": [], "aliases": []}).encode()
    young = tuple(
        SealedChild(id_, "", "", [], seal(key, "children", id_, "sealed_identity", body))
        for id_ in (UUID(int=1), UUID(int=2))
    )
    tied = tuple(
        SealedPerson(id_, "", "", [], seal(key, "people", id_, "sealed_identity", body))
        for id_ in (UUID(int=3), UUID(int=4))
    )
    return SealedFamily(key.key_id, key.wrapped, young, tied)


def _seen(place: OpeningPlace, family: SealedFamily) -> MaySee:
    return may_see(
        place.role,
        place.because,
        place.children,
        [child.ref for child in family.children],
        {person.ref: ties_of(person.ties) for person in family.people},
    )


def _opened(
    reference: str, place: OpeningPlace, family: SealedFamily, unsealed: Unsealed, seen: MaySee
) -> OpenedMeeting:
    unfound = hidden({person.ref: ties_of(person.ties) for person in family.people})

    def known(identity: Mapping[str, Any], *, protected: bool) -> dict[str, Any]:
        """Where somebody must not be found, an agency that does not know it yet is not told."""
        return without_location(identity) if protected and not place.holds_location else dict(identity)

    return OpenedMeeting(
        reference,
        place.role,
        tuple(
            OpenedChild(
                child.ref,
                child.age_band,
                known(unsealed.children.get(child.ref, {}), protected=child.ref in unfound.children),
            )
            for child in family.children
            if child.ref in seen.children
        ),
        tuple(
            OpenedPerson(
                person.ref,
                person.relation,
                seen.people[person.ref],
                known(unsealed.people.get(person.ref, {}), protected=person.ref in unfound.people),
            )
            for person in family.people
            if person.ref in seen.people
        ),
    )


async def _keep(
    conn: AsyncConnection,
    services: Services,
    partnership: str,
    place: OpeningPlace,
    family: SealedFamily,
    seen: MaySee,
    said: tuple[str, str, Asker],
    actor: str,
) -> None:
    name, reason, asker = said
    now = services.now()
    opening_id = new_id(now)
    values = {
        "id": opening_id,
        "partnership_id": partnership,
        "meeting_id": place.meeting_id,
        "requirement_id": place.requirement_id,
        "sealed_name": _sealed_name(services.keyring, family, opening_id, name),
        "proof": str(asker.proof),
        "reason": reason,
        "children": list(seen.children),
        "people": list(seen.people),
        "opened_by": actor,
        "opened_at": now,
    }
    await openings.add(conn, values)
    data = {
        "opening": str(opening_id),
        "requirement": str(place.requirement_id),
        "proof": str(asker.proof),
        "children": list(seen.children),
        "people": list(seen.people),
        "columns": ["children.sealed_identity", "people.sealed_identity"],
    }
    event = audit.Event(partnership, place.meeting_id, now, actor, audit.Action.IDENTITY_OPENED, data)
    await audit.append(conn, [event])


def _sealed_name(keyring: Keyring, family: SealedFamily, opening_id: UUID, name: str) -> bytes | None:
    try:
        key = keyring.open_data_key(family.key_id, family.wrapped_key)
    except KeyErased:
        return None
    return seal(key, "openings", opening_id, "sealed_name", name.encode())


async def _refuse(
    conn: AsyncConnection,
    partnership: str,
    place: OpeningPlace | None,
    asker: Asker,
    *,
    tied: bool,
    actor: str,
    now: datetime,
) -> None:
    """One audit event, in the meeting's chain where there is one; and a task where somebody tied to the case asked."""
    data: dict[str, Any] = {"role": asker.role if asker.role in ROLES else "", "proof": str(asker.proof), "tied": tied}
    meeting_id = place.meeting_id if place else None
    await audit.append(conn, [audit.Event(partnership, meeting_id, now, actor, audit.Action.OPENING_REFUSED, data)])
    if place is not None and tied:
        await tasks.open_once(conn, [_asked_task(partnership, place.meeting_id, place.requirement_id, now)])


def _asked_task(partnership: str, meeting_id: UUID, requirement_id: UUID, now: datetime) -> dict[str, Any]:
    return task_row(
        partnership=partnership,
        kind=TaskKind.NAME_REFUSED,
        detail="Somebody asked to be told what the meeting is about or what it decided, and may be tied to the case. "
        "They were told that there is no such meeting. If their inbox must not be told, stop it.",
        now=now,
        meeting_id=meeting_id,
        requirement_id=requirement_id,
        about=str(new_id(now)),
    )
