"""The options that several commands share, and how a person writes a day, a time and a reference."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated

import typer

from service.domain.london import from_wall, to_utc
from service.domain.references import normalise

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_day(text: str) -> date:
    """A day as 2026-11-23. Raises typer.BadParameter."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day; write it as 2026-11-23.") from None


def read_time(text: str) -> datetime:
    """An instant as 2026-11-24T14:00, London time unless an offset is given; in UTC. Raises typer.BadParameter."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        if not _DAY.match(text.strip()) or len(text.strip()) < 16:
            raise ValueError
        return from_wall(text.strip()) if parsed.tzinfo is None else to_utc(parsed)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time; write it as 2026-11-24T14:00 (London time) or with an offset, as in "
            "2026-11-24T14:00+00:00."
        ) from None


def read_reference(text: str) -> str:
    """A meeting's reference, whatever its spacing and case. Raises typer.BadParameter."""
    found = normalise(text)
    if found is None:
        raise typer.BadParameter(
            f"{text!r} is no meeting reference (they look like CV-7K3Q-9XHD); read it again, a character is wrong."
        )
    return found


JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document for programs.")]
ByOption = Annotated[
    str, typer.Option("--by", help="Who does this, for the audit; the system's user when not said.", show_default=False)
]
PartnershipOption = Annotated[
    str,
    typer.Option(
        "--partnership", "-p", help="The partnership's id; needed when the settings have several.", show_default=False
    ),
]
ReferenceArgument = Annotated[
    str, typer.Argument(metavar="REFERENCE", parser=read_reference, help="The meeting, for example CV-7K3Q-9XHD.")
]
