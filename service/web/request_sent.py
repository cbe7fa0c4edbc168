"""What stands on the page after a request was sent: what each agency gets, when it is chased, and whom to phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.london import words
from service.web.wording import PhoneLink, phone_link, role_title

_BY_CHANNEL = {
    "outlook": "A calendar invitation and a message with why it is asked, to {}",
    "calendar_mail": "An invitation by mail for its own calendar, and a message with why it is asked, to {}",
    "phone": "A call: {} is invited by phone, by those who arrange meetings",
}
_NOTHING_YET = {
    "no_inbox": "Nothing by itself: no inbox is known. Those who arrange meetings see to reaching it",
    "stopped": "Nothing until a person and a safe way are named for it by those who arrange meetings",
}


@dataclass(frozen=True, slots=True)
class AgencySent:
    """One agency: what it gets, when it is first chased ("" where it is not), and its phone, or why there is none."""

    agency: str
    gets: str
    chased: str
    phone: PhoneLink | None
    no_phone: str


@dataclass(frozen=True, slots=True)
class Seat:
    """What the record knows of one agency's place; ``first_chase`` is its next chase, None where none is planned."""

    role: str
    state: str
    inbox: str
    channel: str
    phone: str
    first_chase: datetime | None


@dataclass(frozen=True, slots=True)
class SentPage:
    """The reference, what happens next and whom to phone. Addresses are "" for whoever may not read meetings."""

    reference: str
    already: bool
    when: str
    cancelled: bool
    agencies: tuple[AgencySent, ...]
    phone: PhoneLink | None
    partnership: str
    new_href: str
    meeting_href: str = ""
    show_phones: bool = False
    may_read: bool = False


def agencies_sent(seats: Sequence[Seat], *, has_time: bool, show_phones: bool) -> tuple[AgencySent, ...]:
    """One row for each agency that is asked. Without a time nothing has left yet."""
    return tuple(
        AgencySent(
            role_title(seat.role),
            _gets(seat, has_time=has_time),
            words(seat.first_chase) if seat.first_chase and has_time and seat.state == "wanted" else "",
            phone_link(seat.phone) if show_phones and seat.state == "wanted" else None,
            "none is known" if seat.state == "wanted" else "see its task",
        )
        for seat in seats
        if seat.state in {"wanted", *_NOTHING_YET}
    )


def _gets(seat: Seat, *, has_time: bool) -> str:
    if seat.state in _NOTHING_YET:
        return _NOTHING_YET[seat.state]
    gets = _BY_CHANNEL[seat.channel].format(seat.inbox)
    return gets if has_time else f"Nothing yet. Once a time is chosen: {gets[:1].lower()}{gets[1:]}"
