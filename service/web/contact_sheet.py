"""The contact sheet: every meeting to come with whom to phone, made to be printed or saved."""

from __future__ import annotations

from dataclasses import dataclass

from service.web.wording import PhoneLink


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One agency: whom to phone, and what it had said when the sheet was made."""

    agency: str
    inbox: str
    phone: PhoneLink | None
    otherwise: str
    otherwise_phone: PhoneLink | None
    said: str


@dataclass(frozen=True, slots=True)
class ContactMeeting:
    """One meeting with its agencies."""

    heading: str
    when: str
    rows: tuple[ContactRow, ...]


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """The whole page."""

    partnership: str
    as_of: str
    stale: str
    worklist_href: str
    meetings: tuple[ContactMeeting, ...]
