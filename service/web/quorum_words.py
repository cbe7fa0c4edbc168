"""A quorum forecast in plain sentences, for the meeting page and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.domain.forecast import Forecast, Goal, Way
from service.domain.roles import words

# A list of ways longer than this helps nobody choose whom to phone.
_SHOWN = 3


def quorum_sentences(found: Forecast, *, came: bool, strategy: bool) -> tuple[str, ...]:
    """The forecast in words, the rule first. ``came``: by who attended, not by who said they would.

    ``strategy``: a strategy meeting may go on with whoever is there (Working Together names the partners and no
    figure; Tees and Knowsley say that it may proceed), so the page says so instead of leaving the officer to wonder.
    """
    return tuple(_sentences(found, came=came, strategy=strategy))


def _sentences(found: Forecast, *, came: bool, strategy: bool) -> Iterator[str]:
    yield f"Quorum: {found.words}."
    if found.quorum.met is not None:
        yield from _goal("The quorum", found.quorum, came=came)
        if found.chair_may_accept:
            yield "The chair may go on with those who are there, and says why."
    if found.partners.met is not None:
        yield from _goal("The least that national guidance names", found.partners, came=came)
    if found.maybe and not came:
        yield f"Said maybe, which does not count and is still chased: {_list(found.maybe)}."
    if strategy and not came and found.short:
        yield "A strategy meeting may still go on: safety comes first. Write down why."


def _goal(name: str, goal: Goal, *, came: bool) -> Iterator[str]:
    if goal.met:
        yield f"{name} {'came' if came else 'is met by those who said yes'}."
    elif came:
        yield f"{name} did not come. Missing: {_join(goal.missing)}."
    elif goal.out_of_reach:
        yield f"{name} can no longer be met by answers still to come. Missing: {_join(goal.missing)}."
    else:
        yield f"{name} is not met yet. Missing: {_join(goal.missing)}."
        yield from _ways(goal)
    if goal.lost_by and not came:
        kept = "lost" if goal.met else "out of reach"
        yield f"It is {kept} if one of these says no: {_list(goal.lost_by)}."


def _ways(goal: Goal) -> Iterator[str]:
    for way in goal.ways[:_SHOWN]:
        yield f"It is met if {_way(way)} says yes." if len(way) == 1 else f"It is met if these say yes: {_way(way)}."
    if len(goal.ways) > _SHOWN or goal.more_ways:
        yield "There are other ways as well."


def _way(way: Way) -> str:
    return _join([" or ".join(words(role) for role in part) for part in way], last=", and ")


def _list(roles: Sequence[str]) -> str:
    return _join([words(role) for role in roles])


def _join(parts: Sequence[str], last: str = " and ") -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}{last}{parts[-1]}" if parts else "nobody"
