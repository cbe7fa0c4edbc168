"""What the page of one inbox shows, and the page on which somebody at that inbox confirms its new address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.web.directory import CHANNEL_WORDS
from service.web.wording import PhoneLink

FIELDS: Mapping[str, tuple[str, str]] = {
    "name": ("Name of the inbox", "The team or desk, not a person"),
    "address": ("E-mail address", "A new address is used once it is confirmed. Leave it empty if it is asked by phone"),
    "phone": ("Phone", "The number that is rung when nobody answers, and to tell them who a meeting is about"),
    "hours": ("Hours", "Like Mon-Fri 09:00-17:00, or always. Notice and reminders are counted in them"),
    "capacity": ("Meetings it can be in at once", "From 1 to 99. Times at which it has no seat left are not offered"),
    "escalation_name": ("Duty desk or manager", "Who is written to when the inbox stays silent (optional)"),
    "escalation_address": ("Their e-mail address", "Used once it is confirmed (optional)"),
    "escalation_phone": ("Their phone", "(optional)"),
}
"""The fields to type, with what each is for; how the inbox is asked is chosen."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One new address that waits, with what can be done about it."""

    what: str
    address: str
    since: str
    by: str
    mail: str
    call: PhoneLink | None
    action: str
    code_id: str
    used_now: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that was done to the inbox."""

    at: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """The page of one inbox. ``seen`` is when it was last changed, as it was shown: a later change is not lost."""

    heading: str
    role: str
    action: str
    back_href: str
    seen: str
    done: str
    note: str
    checks: tuple[CheckLine, ...]
    history: tuple[HistoryLine, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """Name, label and hint of each field to type."""
        return [(name, label, hint) for name, (label, hint) in FIELDS.items()]

    @property
    def channels(self) -> list[dict[str, object]]:
        """How the inbox can be asked."""
        return [
            {"value": code, "text": said[:1].upper() + said[1:], "checked": self.values.get("channel") == code}
            for code, said in CHANNEL_WORDS.items()
        ]

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links."""
        return [{"text": said, "href": f"#{name}"} for name, said in self.errors.items()]


@dataclass(frozen=True, slots=True)
class ConfirmPage:
    """What somebody who reads the new inbox sees. ``done``: the address is confirmed."""

    agency: str
    inbox: str
    service_name: str
    phone: PhoneLink | None
    action: str
    error: str = ""
    done: bool = False

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's link."""
        return [{"text": self.error, "href": "#code"}] if self.error else []
