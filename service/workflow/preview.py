"""What each agency would be told if a request were sent with this start: the message itself, and nothing is written.

The words come from the same function as the message that leaves. Only what is made on sending stands there as what it
is: the reference, the agency's own link, and its code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain import messages
from service.domain.binding import Binding, RequirementState
from service.domain.hours import OFFICE, parse
from service.domain.letter import Message
from service.domain.notice import given, kept
from service.domain.requests import MeetingRequest
from service.domain.roles import ROLES
from service.store.queries.directory import Inbox
from service.store.queries.partnerships import Partnership, partnership_by_id
from service.workflow.drafts import planned
from service.workflow.errors import NotReadyError
from service.workflow.plan import Plan
from service.workflow.ports import Services

REFERENCE, LINK, CODE = "CV-····-····", "(this agency’s own link)", "(its own code)"


@dataclass(frozen=True, slots=True)
class AgencyPreview:
    """What one agency would get. ``short``: less notice than it is owed."""

    role: str
    inbox: str
    address: str
    message: Message
    short: bool


async def previews(services: Services, request: MeetingRequest, start: datetime) -> tuple[AgencyPreview, ...]:
    """The message to each agency that would be invited now, in the order they are planned.

    Raises:
        NotReadyError: the partnership has no policy, or has not been set up.
        UnknownMeetingTypeError, CalendarTooShortError
    """
    plan = await planned(services, request)
    async with services.engine.connect() as conn:
        sender = await partnership_by_id(conn, request.partnership)
    if sender is None:
        raise NotReadyError(f"The partnership {request.partnership} has not been set up.")
    return tuple(_each(services, request, plan, sender, start))


def _each(
    services: Services, request: MeetingRequest, plan: Plan, sender: Partnership, start: datetime
) -> Iterable[AgencyPreview]:
    wishes = request.wishes
    kind = plan.policy.meeting_types[request.meeting_type].name
    end = start + timedelta(minutes=wishes.minutes)
    meeting = messages.MeetingWords(REFERENCE, kind, start, end, wishes.mode, _join_words(request, sender))
    from_us = messages.Sender(sender.name, sender.service_address, sender.service_phone)
    for binding in plan.bindings:
        if binding.state is RequirementState.WANTED and binding.inbox is not None:
            notice = _notice(services, binding, binding.inbox, start)
            role = binding.requirement.role
            message = messages.invitation(
                meeting,
                from_us,
                agency=ROLES[role].words,
                group=plan.policy.role_groups[role],
                reasons=[because.reason for because in binding.requirement.because],
                notice=notice,
                link=LINK,
                door=messages.Door(f"{services.links.base_url}/door", CODE),
            )
            yield AgencyPreview(role, binding.inbox.name, binding.inbox.address, message, notice.kept is False)


def _notice(services: Services, binding: Binding[Inbox], inbox: Inbox, start: datetime) -> messages.Notice:
    now, owed = services.now(), binding.requirement.notice.standard
    hours = parse(inbox.hours) if inbox.hours else OFFICE
    return messages.Notice(
        given(now, start, hours, services.calendar), owed, kept(now, start, owed, hours, services.calendar)
    )


def _join_words(request: MeetingRequest, sender: Partnership) -> str:
    phone = f"phone {sender.service_phone}"
    if request.wishes.mode == "online":
        return f"the join details are in the calendar invitation; or {phone}"
    if request.wishes.mode == "phone":
        return phone
    protected = any("location_protected" in tie.flags for person in request.people for tie in person.ties)
    return f"{phone} to hear where" if protected or not request.wishes.venue else request.wishes.venue
