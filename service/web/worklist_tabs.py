"""The worklist's tabs, filters and pages: which of the meetings are shown, in which order, and what an empty tab says.

Every meeting stands in at least one tab. "Needs you" repeats what is at risk wherever else it stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlencode

from service.domain.london import local_date
from service.domain.references import is_part_of_reference
from service.domain.roles import words as role_words
from service.web.duties import EVERYTHING, Duties
from service.web.worklist import Due, HeldRow, MeetingFacts, MeetingRow, TaskRow, due_of, meeting_row

# A row is about 700 bytes: a page stays light at any number of meetings.
MEETINGS_A_PAGE, TASKS_A_PAGE = 50, 25


class Tab(StrEnum):
    """One tab; the value stands in addresses."""

    NEEDS_YOU = "needs-you"
    TODAY = "today"
    COMING = "coming"
    TO_RECORD = "to-record"
    DONE = "done"


TAB_WORDS: Mapping[Tab, str] = {
    Tab.NEEDS_YOU: "Needs you",
    Tab.TODAY: "Today",
    Tab.COMING: "Coming",
    Tab.TO_RECORD: "To record",
    Tab.DONE: "Done",
}
ORDER_WORDS: Mapping[Tab, str] = {
    Tab.NEEDS_YOU: "Most at risk of missing its time first",
    Tab.TODAY: "The earliest first",
    Tab.COMING: "Most at risk of missing its time first",
    Tab.TO_RECORD: "The oldest first",
    Tab.DONE: "The latest first",
}
EMPTY_WORDS: Mapping[Tab, str] = {
    Tab.NEEDS_YOU: (
        "No meeting is waiting. A meeting appears here as soon as its request comes in. It comes back when an agency "
        "is silent or its time is at risk."
    ),
    Tab.TODAY: "No meeting is today. One appears here on its day, from midnight to midnight.",
    Tab.COMING: "No meeting has a time to come. One appears here once a time is chosen for it.",
    Tab.TO_RECORD: "There is nothing to record. A meeting appears here once its time has begun.",
    Tab.DONE: (
        "No meeting was finished in the last 7 days. One appears here once it is recorded who came, or when it is "
        "cancelled. An older one opens by its whole reference, above."
    ),
}
NONE_MATCHES = "No meeting in this tab matches what you chose. Look into the other tabs, or show all again."


ALL = "all"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the reader asked to see. ``chair`` is a digest: a name does not belong in an address.

    ``whose`` is "all" for everybody's work under "Needs you", empty for one's own.
    """

    tab: Tab = Tab.NEEDS_YOU
    agency: str = ""
    chair: str = ""
    kind: str = ""
    part: str = ""
    whose: str = ""
    page: int = 1
    tasks_page: int = 1

    @property
    def filtered(self) -> bool:
        """Whether anything is filtered at all."""
        return any((self.agency, self.chair, self.kind, self.part))

    def href(self, base: str) -> str:
        """The address of this choice."""
        said = {
            "tab": str(self.tab),
            "agency": self.agency,
            "chair": self.chair,
            "kind": self.kind,
            "part": self.part,
            "whose": self.whose,
            "page": str(self.page) if self.page > 1 else "",
            "tasks": str(self.tasks_page) if self.tasks_page > 1 else "",
        }
        return f"{base}/worklist?{urlencode({name: value for name, value in said.items() if value})}"


def chosen_of(query: Mapping[str, str]) -> Chosen:
    """The choice in an address; what cannot be read counts as not chosen."""
    tab, part = query.get("tab", ""), query.get("part", "").upper()
    return Chosen(
        tab=Tab(tab) if tab in set(Tab) else Tab.NEEDS_YOU,
        agency=query.get("agency", "")[:64],
        chair=query.get("chair", "")[:16],
        kind=query.get("kind", "")[:64],
        part=part if is_part_of_reference(part) else "",
        whose=ALL if query.get("whose") == ALL else "",
        page=_number(query.get("page", "")),
        tasks_page=_number(query.get("tasks", "")),
    )


def _number(said: str) -> int:
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 5 else 1


@lru_cache(maxsize=4096)
def chair_key(chair: str) -> str:
    """What stands for a chair in an address."""
    return hashlib.sha256(chair.encode()).hexdigest()[:16] if chair else ""


@dataclass(frozen=True, slots=True)
class TabLink:
    """One tab with its count."""

    text: str
    href: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class FilterChip:
    """One filter that is on, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter's list."""

    value: str
    text: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a long list is: "51 to 100 of 500", and the addresses on either side ("" at an end)."""

    words: str = ""
    before_href: str = ""
    after_href: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the chosen tab shows, and the tabs and filters around it."""

    tabs: tuple[TabLink, ...]
    order: str
    empty: str
    meetings: tuple[MeetingRow, ...]
    pages: Pages
    chips: tuple[FilterChip, ...]
    clear_href: str
    filters: Mapping[str, tuple[Option, ...]]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose work is shown under "Needs you", and the way to the other view. ``value`` is what an address says of it."""

    words: str
    text: str
    href: str
    value: str


@dataclass(frozen=True, slots=True)
class BoardView:
    """The part of the page that is the same for all who may see the same of the worklist."""

    tasks: tuple[TaskRow, ...]
    task_count: int
    task_pages: Pages
    held: tuple[HeldRow, ...]
    tab: str
    may_arrange: bool
    part: str = ""
    find_error: str = ""
    whose: Whose | None = None
    shows_held: bool = True

    @property
    def shows_tasks(self) -> bool:
        """Whether this is the tab for what needs somebody."""
        return self.tab == Tab.NEEDS_YOU


@dataclass(frozen=True, slots=True)
class WorklistView:
    """The whole page. ``board`` is its greater part, rendered."""

    partnership: str
    as_of: str
    stale: str
    contact_sheet_href: str
    clashes_href: str
    handover_href: str
    standard_href: str
    caseload_href: str
    drift_href: str
    find_href: str
    refresh_href: str
    board: str
    done: str = ""
    request_href: str = ""
    rota_href: str = ""
    find_error: str = ""


Judged = tuple[Due, MeetingFacts]
_NEEDS_YOU, _TODAY, _COMING, _TO_RECORD, _DONE = (frozenset({tab}) for tab in Tab)
_NOWHERE: frozenset[Tab] = frozenset()


def tabs_of(meeting: MeetingFacts, due: Due, now: datetime, duties: Duties = EVERYTHING) -> frozenset[Tab]:
    """The tabs a meeting stands in, for somebody with these duties."""
    # Asked for every meeting at every reading.
    tabs = _NOWHERE
    starts, state = meeting.starts_at, meeting.state
    if duties.meeting(meeting, due, now):
        tabs = _NEEDS_YOU
    elif state == "planned":
        # Somebody else is to choose its time.
        tabs = _COMING
    if state == "planned":
        return tabs
    if state in {"confirmed", "held"} and starts is not None and _day(starts) == _day(now):
        tabs |= _TODAY
    elif state == "confirmed" and starts is not None and starts > now:
        tabs |= _COMING
    if _begun(meeting, now) and (state == "confirmed" or meeting.recorded < meeting.asked):
        tabs |= _TO_RECORD
    elif state in {"held", "cancelled"}:
        tabs |= _DONE
    return tabs


@lru_cache(maxsize=8192)
def _day(at: datetime) -> date:
    """The London day; asked for every meeting at every reading, and most meetings are as they were."""
    return local_date(at)


def _begun(meeting: MeetingFacts, now: datetime) -> bool:
    return meeting.state in {"confirmed", "held"} and meeting.starts_at is not None and meeting.starts_at <= now


_FAR = timedelta(days=36500)


def _in_order(tab: Tab, judged: list[Judged], now: datetime) -> list[Judged]:
    def time(pair: Judged) -> datetime:
        return pair[1].starts_at or pair[1].deadline_at or now + _FAR

    if tab in {Tab.NEEDS_YOU, Tab.COMING}:
        return sorted(judged, key=lambda pair: (pair[0].rank, time(pair), pair[1].reference))
    return sorted(judged, key=lambda pair: (time(pair), pair[1].reference), reverse=tab is Tab.DONE)


def _matches(meeting: MeetingFacts, chosen: Chosen) -> bool:
    return (
        (not chosen.agency or chosen.agency in meeting.roles)
        and (not chosen.chair or chosen.chair == chair_key(meeting.chair))
        and (not chosen.kind or chosen.kind == meeting.kind_id)
        and (not chosen.part or chosen.part.replace("-", "") in meeting.reference.replace("-", ""))
    )


def listing_of(
    meetings: Sequence[MeetingFacts],
    chosen: Chosen,
    base: str,
    now: datetime,
    *,
    elsewhere: int,
    duties: Duties = EVERYTHING,
) -> Listing:
    """The chosen tab. ``elsewhere`` is how many things need the reader and are about no meeting."""
    shown: dict[Tab, list[Judged]] = {tab: [] for tab in Tab}
    filtered = chosen.filtered
    for meeting in meetings:
        if not filtered or _matches(meeting, chosen):
            due = due_of(meeting, now)
            judged = (due, meeting)
            for tab in tabs_of(meeting, due, now, duties):
                shown[tab].append(judged)
    counts = {tab: len(found) + (elsewhere if tab is Tab.NEEDS_YOU else 0) for tab, found in shown.items()}
    here = _in_order(chosen.tab, shown[chosen.tab], now)
    first, pages = page_of(len(here), MEETINGS_A_PAGE, chosen.page, lambda page: replace(chosen, page=page).href(base))
    rows = (meeting_row(meeting, due, base, now) for due, meeting in here[first : first + MEETINGS_A_PAGE])
    return Listing(
        tabs=tuple(
            TabLink(words, replace(chosen, tab=tab, page=1, tasks_page=1).href(base), counts[tab], tab is chosen.tab)
            for tab, words in TAB_WORDS.items()
        ),
        order=ORDER_WORDS[chosen.tab],
        empty=NONE_MATCHES if chosen.filtered else EMPTY_WORDS[chosen.tab],
        meetings=tuple(rows),
        pages=pages,
        chips=_chips(meetings, chosen, base),
        clear_href=Chosen(tab=chosen.tab).href(base),
        filters=_filters(meetings, chosen),
    )


def page_of(number: int, size: int, page: int, href: Callable[[int], str]) -> tuple[int, Pages]:
    """The first row of a page and the words around it. A page past the end is the last."""
    last = max(1, -(-number // size))
    page = min(page, last)
    first = (page - 1) * size
    if last == 1:
        return 0, Pages()
    words = f"{first + 1} to {min(first + size, number)} of {number}"
    return first, Pages(words, href(page - 1) if page > 1 else "", href(page + 1) if page < last else "")


def _kinds(meetings: Iterable[MeetingFacts]) -> dict[str, str]:
    return {meeting.kind_id: meeting.kind for meeting in meetings}


def _chips(meetings: Sequence[MeetingFacts], chosen: Chosen, base: str) -> tuple[FilterChip, ...]:
    if not chosen.filtered:
        return ()
    on = replace(chosen, page=1, tasks_page=1)
    chairs = {chair_key(meeting.chair): meeting.chair for meeting in meetings}
    words = {
        "agency": role_words(chosen.agency) if chosen.agency else "",
        "chair": f"Chair: {chairs.get(chosen.chair, 'not known here')}" if chosen.chair else "",
        "kind": _kinds(meetings).get(chosen.kind, chosen.kind),
        "part": f"Reference with {chosen.part}" if chosen.part else "",
    }
    off = {
        "agency": replace(on, agency=""),
        "chair": replace(on, chair=""),
        "kind": replace(on, kind=""),
        "part": replace(on, part=""),
    }
    return tuple(FilterChip(text, off[name].href(base)) for name, text in words.items() if text)


def _filters(meetings: Sequence[MeetingFacts], chosen: Chosen) -> Mapping[str, tuple[Option, ...]]:
    """The lists offer what stands in the reader's own worklist, and what is chosen already."""
    # Many meetings ask the same agencies.
    roles = {chosen.agency}.union(*{meeting.roles for meeting in meetings}) - {""}
    chairs = {chair_key(chair): chair for chair in {meeting.chair for meeting in meetings} - {""}}
    every = {
        "agency": {role: role_words(role) for role in roles},
        "chair": chairs,
        "kind": _kinds(meetings),
    }
    picked = {"agency": chosen.agency, "chair": chosen.chair, "kind": chosen.kind}
    return {
        name: (
            Option("", "All", not picked[name]),
            *(Option(value, text, value == picked[name]) for value, text in sorted(found.items(), key=lambda o: o[1])),
        )
        for name, found in every.items()
    }
