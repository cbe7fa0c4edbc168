"""What stands behind the question mark: each name at most once, each value one of those that are known."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import TypeVar

from aiohttp import web

from service.handlers.problems import refuse

Choice = TypeVar("Choice", bound=StrEnum)
_FIRST, _LAST = date(2000, 1, 1), date(2099, 12, 31)


def single(request: web.Request, name: str) -> str | None:
    """The value of a name; None when it is not there or empty, as a form sends a field nobody filled in.

    Raises:
        ProblemError: 400, it is there twice.
    """
    said = request.query.getall(name, [])
    if len(said) > 1:
        raise refuse(400, "bad_query", f"Give {name} once.")
    return said[0] or None if said else None


def choice(request: web.Request, name: str, kind: type[Choice], otherwise: Choice) -> Choice:
    """One of an enum's values.

    Raises:
        ProblemError: 400, none of them.
    """
    said = single(request, name)
    try:
        return otherwise if said is None else kind(said)
    except ValueError:
        raise refuse(400, "bad_query", f"Give {name} as one of: {', '.join(kind)}.") from None


def one_of(request: web.Request, name: str, known: Collection[str]) -> str | None:
    """One of these words, or None.

    Raises:
        ProblemError: 400, none of them.
    """
    said = single(request, name)
    if said is not None and said not in known:
        raise refuse(400, "bad_query", f"Give {name} as one of: {', '.join(sorted(known))}.")
    return said


def yes_or_no(request: web.Request, name: str) -> bool | None:
    """Yes, no, or None when it is not asked.

    Raises:
        ProblemError: 400.
    """
    said = one_of(request, name, ("yes", "no"))
    return None if said is None else said == "yes"


def day(request: web.Request, name: str, otherwise: date) -> date:
    """A day between 2000 and 2099.

    Raises:
        ProblemError: 400.
    """
    said = single(request, name)
    if said is None:
        return otherwise
    try:
        found = date.fromisoformat(said) if len(said) == 10 and said.isascii() else None
    except ValueError:
        found = None
    if found is None or not _FIRST <= found <= _LAST:
        raise refuse(400, "bad_query", f"Give {name} as a day between 2000 and 2099, written YYYY-MM-DD.")
    return found
