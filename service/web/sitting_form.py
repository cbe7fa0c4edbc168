"""The form for adjourning a meeting: the day, the time and the length of its next sitting, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from service.web.answer_form import clean_text
from service.web.typed_times import MINUTES_WANTED, parse_minutes, typed_moment

FIELDS = ("day", "time", "minutes", "reason")
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class SittingForm:
    """The form as it was sent, with what is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def error_list(self) -> list[dict[str, str]]:
        """The error summary's links, in the order of the page."""
        return [{"text": self.errors[name], "href": f"#{name}"} for name in FIELDS if name in self.errors]

    def wrong(self, **errors: str) -> SittingForm:
        """The same form with these sentences beside its fields."""
        return replace(self, errors={**self.errors, **errors})


@dataclass(frozen=True, slots=True)
class SaidSitting:
    """A start (UTC), a length in minutes, and why."""

    start: datetime
    minutes: int
    because: str


def read_sitting(sent: Mapping[str, str], now: datetime) -> tuple[SaidSitting | None, SittingForm]:
    """What the form says, or None and the form to show again."""
    values = {name: clean_text(sent.get(name, ""), lines=name == "reason") for name in FIELDS}
    typed, minutes = typed_moment(values["day"], values["time"], now), parse_minutes(values["minutes"])
    form = SittingForm(values).wrong(**typed.errors("day", "time"))
    if minutes is None:
        form = form.wrong(minutes=MINUTES_WANTED)
    if not values["reason"]:
        form = form.wrong(reason="Say why in a sentence, without anybody's name")
    elif len(values["reason"]) > _LONGEST_REASON:
        form = form.wrong(reason=f"Use {_LONGEST_REASON} characters or fewer")
    if form.errors or typed.instant is None or minutes is None:
        return None, form
    return SaidSitting(typed.instant, minutes, values["reason"]), form
