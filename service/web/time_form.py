"""The page that gives a meeting its time: the suggested starts, another time as it was typed, and a full desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.domain.london import at, local_date, to_utc
from service.web.answer_form import choices, clean_text
from service.web.request_pages import MODES
from service.web.typed_times import MINUTES_WANTED, parse_minutes, parse_time, typed_moment
from service.web.wording import VENUE_HINT

FIELDS = ("day", "time", "minutes", "mode", "venue", "agreed_by", "agreed_at")
LONGEST_VENUE = 200
_LONGEST: Mapping[str, int] = {"venue": 1000, "agreed_by": 80}


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """One start as the page offers it. ``start`` is the instant the button sends."""

    words: str
    start: str
    why: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    give_up: str = ""


@dataclass(frozen=True, slots=True)
class FullNow:
    """A time at which a desk has no seat left: which, when else, and the one press with which it goes through."""

    words: str
    start: str
    sentences: tuple[str, ...]
    next_best: tuple[OfferedTime, ...]
    overrides: tuple[tuple[str, str], ...]
    immediate: bool


@dataclass(frozen=True, slots=True)
class ProposedTime:
    """One time that agencies propose instead, whose it is, and the address that fills it into the form."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class TimePage:
    """What the page shows. ``moving``: the meeting has a time, and everybody is asked again."""

    meeting_href: str
    action: str
    reference: str
    version: int
    minutes: int
    moving: bool
    now_at: str
    agencies: int
    slots: tuple[OfferedTime, ...]
    instead: tuple[OfferedTime, ...]
    full: FullNow | None = None
    places: tuple[dict[str, str], ...] = ()
    modes: tuple[dict[str, str], ...] = tuple(choices(MODES))
    proposed: tuple[ProposedTime, ...] = ()

    @property
    def venue_hint(self) -> str:
        """What to write as the place, and what becomes of it."""
        return VENUE_HINT

    @property
    def heading(self) -> str:
        """What the page is for."""
        return f"Move meeting {self.reference}" if self.moving else f"Give meeting {self.reference} its time"

    @property
    def button(self) -> str:
        """What pressing does, with how many are told."""
        act = "Move it here" if self.moving else "Choose this time"
        return f"{act} and invite {self.agencies}" if self.agencies else act


@dataclass(frozen=True, slots=True)
class TimeForm:
    """The form as it was sent, with what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page; what is wrong with no field leads to the form."""
        about_all = [{"text": self.problem, "href": "#form"}] if self.problem else []
        return [
            *about_all,
            *({"text": self.errors[each], "href": f"#{each}"} for each in FIELDS if each in self.errors),
        ]

    def wrong(self, **errors: str) -> TimeForm:
        """The same form with these sentences beside its fields."""
        return replace(self, errors={**self.errors, **errors})


@dataclass(frozen=True, slots=True)
class ChosenTime:
    """A start (UTC) and a length; ``override`` is the code of why a full desk is asked all the same, or empty.

    ``agreed_place`` is the requirement of an agency that agreed by phone already, with who said so and when. ``mode``
    and ``venue`` are None where nothing was asked of them: then both stay as they are.
    """

    start: datetime
    minutes: int
    override: str
    mode: str | None = None
    venue: str | None = None
    agreed_place: str = ""
    agreed_by: str = ""
    agreed_at: datetime | None = None


def read_time_form(sent: Mapping[str, str], now: datetime) -> tuple[ChosenTime | None, TimeForm]:
    """The time that was chosen, or None and the form to show again: a suggestion's button, or a day and time typed."""
    values = {name: clean_text(sent.get(name, ""))[: _LONGEST.get(name, 40)] for name in FIELDS}
    values["agreed_place"] = sent.get("agreed_place", "")[:40]
    form = TimeForm(values)
    minutes = parse_minutes(values["minutes"])
    if minutes is None:
        form = form.wrong(minutes=MINUTES_WANTED)
    if values["mode"] and values["mode"] not in MODES:
        form = form.wrong(mode="Choose how they meet")
    if len(values["venue"]) > LONGEST_VENUE:
        form = form.wrong(venue=f"Use {LONGEST_VENUE} characters or fewer")
    start = _instant(sent["start"]) if sent.get("start") else None
    if start is None:
        typed = typed_moment(values["day"], values["time"], now)
        start, form = (None if sent.get("start") else typed.instant), form.wrong(**typed.errors("day", "time"))
    agreed_at, form = _agreed(values, now, form)
    if start is None or minutes is None or form.errors:
        return None, form
    mode, venue = (values["mode"], values["venue"]) if values["mode"] else (None, None)
    override = sent.get("desk_override", "")
    chosen = ChosenTime(start, minutes, override, mode, venue, values["agreed_place"], values["agreed_by"], agreed_at)
    return chosen, form


def _agreed(values: Mapping[str, str], now: datetime, form: TimeForm) -> tuple[datetime | None, TimeForm]:
    """When an agency agreed by phone; None where none is said to have. Today, and now where no time is typed."""
    if not values["agreed_place"]:
        return None, form
    if not values["agreed_by"]:
        form = form.wrong(agreed_by="Enter who agreed on the phone")
    clock = parse_time(values["agreed_at"]) if values["agreed_at"] else None
    if values["agreed_at"] and clock is None:
        return None, form.wrong(agreed_at="Enter a time today, like 9:15am or 09:15")
    return (min(at(local_date(now), clock), now) if clock else now), form


def _instant(text: str) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
