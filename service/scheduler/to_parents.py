"""A message to one parent of a conference: what becomes of its intent now, its exact bytes, and the look at them.

A parent is never on the event's guest list, so nothing here touches the event.
"""

from __future__ import annotations

import json
from datetime import datetime

from service.domain import family_letters
from service.domain.family import NotTold, Route, Sharing, may_come
from service.domain.forbidden_words import ForbiddenWords
from service.domain.london import local_date
from service.domain.meetings import MeetingState
from service.domain.message_parts import Sender
from service.outlook import render
from service.scheduler.decide import Act, Decision
from service.store.changes.outbox import Claimed
from service.store.queries.family import FamilyNow
from service.store.queries.sending import MeetingNow
from service.workflow.ports import Services


def decide_parent(row: Claimed, meeting: MeetingNow, parent: FamilyNow, now: datetime) -> Decision:
    """An intent to tell one parent. "Do not contact" comes before everything, a cancellation included."""
    never = _never(meeting, parent)
    if never is not None:
        return _not(never)
    if row.detail.get("about") == "cancellation":
        return Decision(act=Act.FAMILY_OFF) if parent.told_version else _not(NotTold.NEVER_TOLD)
    if meeting.state == MeetingState.CANCELLED:
        return _not(NotTold.CANCELLED)
    if row.version != meeting.version or parent.overtaken:
        return _not(NotTold.SUPERSEDED)
    if not parent.alone and (parent.sharing is None or (parent.sharing == Sharing.SPLIT and parent.comes_at is None)):
        return _not(NotTold.NO_SHARING)
    if meeting.starts_at is None or now >= comes_at(meeting, parent):
        return _not(NotTold.STARTED)
    return Decision(act=Act.FAMILY_MOVED if parent.told_version else Act.FAMILY_INVITATION)


def _never(meeting: MeetingNow, parent: FamilyNow) -> NotTold | None:
    """Why nothing at all may go to this parent by e-mail, whatever it says."""
    if not may_come(meeting.meeting_type):
        return NotTold.NO_CONFERENCE
    if parent.state != "wanted":
        return NotTold.DO_NOT_CONTACT
    return None if parent.route == Route.EMAIL else NotTold.NO_ROUTE


def _not(because: NotTold) -> Decision:
    return Decision(because=str(because))


def comes_at(meeting: MeetingNow, parent: FamilyNow) -> datetime:
    """When this parent is asked to come.

    Raises:
        ValueError: the conference has no time.
    """
    if meeting.starts_at is None:
        raise ValueError("a conference without a time has nothing to say of it")
    own = parent.comes_at if parent.sharing == Sharing.SPLIT and not parent.alone else None
    return own or meeting.starts_at


def message(services: Services, act: Act, row: Claimed, meeting: MeetingNow, parent: FamilyNow, address: str) -> bytes:
    """The bytes of one parent's message. Its recipient has no name.

    Raises:
        ValueError: the conference has no time, or the address is gone.
        LookupError: the policy has dropped the meeting type.
    """
    if not address or meeting.ends_at is None:
        raise ValueError("a parent without an address has no message")
    policy = services.policies[row.partnership]
    said = family_letters.FamilyMeeting(
        reference=meeting.reference,
        kind=policy.meeting_types[meeting.meeting_type].name,
        comes_at=comes_at(meeting, parent),
        ends_at=meeting.ends_at,
        mode=meeting.mode,
        place=_place(meeting, parent),
    )
    sender = Sender(meeting.service_name, meeting.service_address, meeting.service_phone)
    match act:
        case Act.FAMILY_OFF:
            written = family_letters.called_off(said, sender)
        case Act.FAMILY_MOVED:
            written = family_letters.moved(said, sender, interpreter=parent.interpreter)
        case _:
            offered = policy.flags.parental_advocate_offered
            written = family_letters.invited(said, sender, interpreter=parent.interpreter, advocate_offered=offered)
    return render.message_bytes(render.MessageDraft(address, "", written.subject, written.text, str(row.id)))


def _place(meeting: MeetingNow, parent: FamilyNow) -> str:
    """Where to come. Left out where anybody's location is protected: whoever reads this might wait there."""
    return meeting.venue if meeting.mode == "in_person" and not parent.location_protected else ""


def leaks(words: ForbiddenWords, body: bytes, meeting: MeetingNow, parent: FamilyNow, act: Act, address: str) -> bool:
    """Whether the bytes would say who somebody is, or go to anybody beside this parent. The one recipient is left out
    of the look: people's addresses are made of their names."""
    rest = json.loads(body)
    to = rest.pop("toRecipients")
    if [each["emailAddress"]["address"] for each in to] != [address] or address in json.dumps(rest):
        return True
    said = [meeting.starts_at, meeting.ends_at, parent.comes_at]
    days = frozenset(local_date(each) for each in said if each)
    free = "" if act is Act.FAMILY_OFF else f"{_place(meeting, parent)} {parent.interpreter}"
    return words.found_in(json.dumps(rest).encode(), free, days)
