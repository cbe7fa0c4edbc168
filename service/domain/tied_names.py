"""Is somebody who is named here one of the people tied to the case? Names only, read as people write them.

Pure: ``service.workflow.identity`` opens the identities and hands them in. A hit keeps a person out of a meeting until
somebody has looked, so the comparison would rather stop a namesake than let a parent in: "M. Fennimore" may be Martin
Fennimore, "Fennimore, Martyn" is, and "Fennimore" alone is nobody who can be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain.forbidden_words import fold

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "pc", "ps", "dc", "ds", "di", "rev", "cllr"})
# From this length on one slip of the pen is read as the same name; "Dean" and "Jean" are two people.
_LONG_ENOUGH = 5


@dataclass(frozen=True, slots=True, repr=False)
class TiedNames:
    """The names of everybody tied to one case, folded. Never printed, logged or stored."""

    names: tuple[tuple[str, ...], ...] = ()

    def may_be(self, name: str) -> bool:
        """Whether the name may be that of somebody tied to the case."""
        said = _parts(name)
        return any(_same(said, known) for known in self.names)

    def in_address(self, address: str) -> bool:
        """Whether a mail address is made of such a name: ``martin.fennimore@…``, ``m.fennimore2@…``."""
        local = address.partition("@")[0]
        return self.may_be("".join(char if char.isalpha() else " " for char in local))


def tied_names(identities: Iterable[dict[str, Any]]) -> TiedNames:
    """The names of some opened identities: of adults and of children, with every other name they go by."""
    written = (
        name
        for identity in identities
        for name in (identity.get("name", ""), *identity.get("names", ()), *identity.get("aliases", ()))
    )
    return TiedNames(tuple(sorted({parts for name in written if (parts := _parts(name))})))


def whole_name(name: str) -> bool:
    """Whether it is a first and a last name: what can be compared at all."""
    return len([part for part in _parts(name) if len(part) > 1]) > 1


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in fold(name).split() if part not in _TITLES)


def _same(said: Sequence[str], known: Sequence[str]) -> bool:
    """Every part of the shorter stands in the longer, one of them in full. One name alone tells nobody apart."""
    short, long = sorted((said, known), key=len)
    if len(short) < 2:
        return bool(said) and len(known) == 1 and known[0] in said
    left, in_full = list(long), 0
    for part in sorted(short, key=len, reverse=True):
        found = next((each for each in left if _alike(part, each)), None)
        if found is None:
            return False
        left.remove(found)
        in_full += len(part) > 1 and len(found) > 1
    return in_full > 0


def _alike(one: str, other: str) -> bool:
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return True
    return min(len(one), len(other)) >= _LONG_ENOUGH and _one_slip(one, other)


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter changed, added, left out, or two neighbours swapped, makes one name of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        swapped = short[start + 1 : start + 2] + short[start : start + 1] + short[start + 2 :]
        return short[start + 1 :] == long[start + 1 :] or swapped == long[start:]
    return short[start:] == long[start + 1 :]
