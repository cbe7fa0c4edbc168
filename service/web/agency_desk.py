"""What a desk session's first page shows: the meetings an agency is asked to, and nothing of who they are about."""

from __future__ import annotations

from dataclasses import dataclass

from service.web.wording import PhoneLink


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One meeting, in words."""

    reference: str
    when: str
    role: str
    answer: str
    see_href: str
    answer_href: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The page. ``word``: what its forms carry so that no other page can send them."""

    agency: str
    name: str
    ends: str
    rows: tuple[DeskRow, ...]
    phone: PhoneLink | None
    word: str
