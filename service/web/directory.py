"""What the directory's pages show: each agency's inbox, what is missing, and what an import would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.roles import ROLES
from service.domain.roles import words as role_words
from service.web.wording import PhoneLink

CHANNEL_WORDS: Mapping[str, str] = {
    "outlook": "Outlook invitation",
    "calendar_mail": "calendar mail",
    "phone": "by phone only",
}
COLUMN_WORDS: Mapping[str, str] = {
    "escalation_name": "duty desk or manager",
    "escalation_address": "their address",
    "escalation_phone": "their phone",
    "channel": "how it is asked",
    "capacity": "meetings at once",
    "active": "in use",
}


# What each column of a directory file holds, for whoever makes one.
FILE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("role", "Which agency's job it does: one of the words below"),
    ("place", "For a school or nursery its number, URN; else empty"),
    ("name", "What the inbox is called, for example Lewisham school nursing"),
    ("address", "Its e-mail address"),
    ("phone", "Its phone number"),
    ("hours", "When it is staffed: always, or for example Mon-Fri 09:00-17:00"),
    ("escalation_name", "The duty desk or manager to turn to if it is silent; may be empty"),
    ("escalation_address", "Their e-mail address; may be empty"),
    ("escalation_phone", "Their phone number; may be empty"),
    ("capacity", "How many meetings it can be in at once; empty means 1"),
    ("channel", "outlook, calendar_mail or phone; empty means outlook"),
)


def bounced_words(tasks: int) -> str:
    """That an address does not work, by how many open tasks there are about it."""
    return f"mail came back or was not delivered ({tasks} open task{'' if tasks == 1 else 's'})"


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One inbox. ``age``: how long ago anybody last changed it."""

    role: str
    name: str
    address: str
    phone: PhoneLink | None
    hours: str
    channel: str
    changed: str
    stale: bool
    href: str = ""
    waits: tuple[str, ...] = ()
    fails: str = ""


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """One new address that nobody has confirmed yet, and what is used until then."""

    text: str
    used_now: str
    href: str


@dataclass(frozen=True, slots=True)
class DirectoryPage:
    """The directory. ``stale_after`` in words: what counts as long ago."""

    partnership: str
    done: str
    add_href: str
    import_href: str
    operations_href: str
    desks_href: str
    findings: tuple[str, ...]
    inboxes: tuple[InboxLine, ...]
    stale_after: str
    waiting: tuple[WaitingLine, ...] = ()

    @property
    def failing(self) -> tuple[InboxLine, ...]:
        """The inboxes that mail does not get to: what to mend first."""
        return tuple(each for each in self.inboxes if each.fails)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of a preview: which inbox, and what would become of it."""

    inbox: str
    what: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The import. ``content`` is the file that was checked, to be sent back with the press that imports it."""

    href: str
    back_href: str
    problems: tuple[str, ...] = ()
    error: str = ""
    checked: bool = False
    lines: tuple[ChangeLine, ...] = ()
    unchanged: int = 0
    to_confirm: tuple[str, ...] = ()
    content: str = ""
    fingerprint: str = ""
    note: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """The columns of a file, and what each holds."""
        return FILE_COLUMNS

    @property
    def roles(self) -> list[tuple[str, str]]:
        """The words of the column ``role``, and what they stand for."""
        return [(role, role_words(role)) for role in sorted(ROLES)]

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links: one for each fault of the file."""
        sentences = self.problems or ((self.error,) if self.error else ())
        found = [{"text": sentence, "href": "#file"} for sentence in sentences]
        return [*found, *({"text": said, "href": f"#{name}"} for name, said in self.errors.items())]

    @property
    def button(self) -> str:
        """The act, with its size."""
        number = len(self.lines)
        return f"Import {number} change{'' if number == 1 else 's'}"
