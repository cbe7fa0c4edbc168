"""When the people and rooms of the tenant are taken: appointments a test puts there, and events they are asked to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from service.sandbox.fields import listing, one_of, record, text
from service.sandbox.zones import read_moment

if TYPE_CHECKING:
    from service.sandbox.mailboxes import Mailbox

STATUSES = ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown")
# More than this in the window and Exchange shows none of them.
MOST_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Appointment:
    """One entry of a calendar as others may see it, half-open."""

    start: datetime
    end: datetime
    status: str
    subject: str = ""
    private: bool = False


_APPOINTMENTS = listing(
    record(
        {"start": read_moment, "end": read_moment, "status": one_of(*STATUSES), "subject": text()},
        required=("start", "end"),
    ),
    most=5000,
)


def read_appointments(raw: Any) -> tuple[Appointment, ...]:
    """Appointments as the control API is given them: ``start`` and ``end`` with their zone, ``status``, ``subject``.

    Raises:
        GraphError: 400, one that cannot be read.
    """
    return tuple(
        Appointment(each["start"].instant, each["end"].instant, each.get("status", "busy"), each.get("subject", ""))
        for each in _APPOINTMENTS(raw, "appointments")
    )


class Diaries:
    """Appointments by address, and the addresses whose calendar cannot be read, with Graph's word for why."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Appointment, ...]] = {}
        self._refused: dict[str, str] = {}

    def keep(self, address: str, appointments: tuple[Appointment, ...]) -> None:
        """Make these the appointments of an address."""
        self._kept[address.casefold()] = appointments

    def refuse(self, address: str, code: str) -> None:
        """Answer for this address with an error of this code from now on; with none, no longer."""
        if code:
            self._refused[address.casefold()] = code
        else:
            self._refused.pop(address.casefold(), None)

    def refusal(self, address: str) -> str | None:
        """Graph's word for why this calendar cannot be read, or None."""
        return self._refused.get(address.casefold())

    def of(self, address: str, mailboxes: Mapping[str, "Mailbox"]) -> list[Appointment]:
        """Everything in somebody's calendar, earliest first."""
        found = [*self._kept.get(address.casefold(), ()), *_asked_to(address.casefold(), mailboxes)]
        return sorted(found, key=lambda each: (each.start, each.end))


def _asked_to(address: str, mailboxes: Mapping[str, "Mailbox"]) -> Iterator[Appointment]:
    for mailbox in mailboxes.values():
        for event in mailbox.calendar.live():
            guest = event.attendee(address)
            if mailbox.address.casefold() == address:
                status = str(event.values["showAs"])
            elif guest is None or guest.response == "declined":
                continue
            else:
                # Outlook keeps an invitation that nobody has answered as tentative.
                status = str(event.values["showAs"]) if guest.response == "accepted" else "tentative"
            private = event.values["sensitivity"] == "private"
            yield Appointment(event.start.instant, event.end.instant, status, str(event.values["subject"]), private)
