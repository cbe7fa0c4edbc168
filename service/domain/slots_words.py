"""A suggested start in sentences: why it is good, and who cannot make it."""

from __future__ import annotations

from service.domain.london import length_words, local_date, time_words, words
from service.domain.notice import NOT_SET
from service.domain.policy import Level
from service.domain.slots import Suggestion
from service.domain.slots_asked import Attendee, Wanted


def headline(suggestion: Suggestion) -> str:
    """ "Tuesday 1 December 2026, 2pm to 3pm"."""
    return f"{words(suggestion.start)} to {time_words(suggestion.end)}"


def why_good(suggestion: Suggestion, wanted: Wanted) -> tuple[str, ...]:
    """What speaks for the start and what does not, one sentence each, weightiest first."""
    return (
        _in_time(suggestion, wanted),
        _notice(suggestion),
        _quorum(suggestion),
        _expected(suggestion),
        *_load(suggestion),
        _chair(suggestion),
        *_rooms(suggestion, wanted),
        *_soon(suggestion, wanted),
        *wanted.told,
    )


def who_cannot(suggestion: Suggestion) -> tuple[str, ...]:
    """Each agency that cannot make it, and why."""
    return tuple(f"{each.attendee.words}: {each.why}" for each in suggestion.cannot)


def _in_time(suggestion: Suggestion, wanted: Wanted) -> str:
    latest = wanted.clocks.latest_lawful
    if latest is None:
        return f"Latest lawful start: {NOT_SET}, or not known."
    if suggestion.start <= latest:
        return f"In time: the latest lawful start is {words(latest)}."
    return f"Late: the latest lawful start was {words(latest)}."


def _notice(suggestion: Suggestion) -> str:
    if suggestion.short:
        return f"Notice is cut short for {_listed(suggestion.short)}."
    owed = any(each.notice.owed is not None for each in (*suggestion.coming, *(c.attendee for c in suggestion.cannot)))
    return "Everybody who is owed notice has it." if owed else f"Notice: {NOT_SET}."


def _quorum(suggestion: Suggestion) -> str:
    found = suggestion.quorum
    if found.met is None:
        return f"Quorum: {NOT_SET}."
    if found.met:
        return f"Quorum can be met: {found.words}."
    may = "; the chair may go on with a reason" if found.chair_may_accept else ""
    return f"Quorum cannot be met, missing {', '.join(found.missing)}{may}."


def _expected(suggestion: Suggestion) -> str:
    if suggestion.expected is None:
        free = sum(each.level is not Level.OPTIONAL for each in suggestion.coming)
        return f"Can come: {free} of {suggestion.required} required agencies; no past attendance is recorded."
    said = f"Expected to come: {suggestion.expected:.1f} of {suggestion.required} required agencies"
    known = [f"{each.words} {each.history}" for each in suggestion.coming if each.history.of]
    new = len(suggestion.coming) - len(known)
    if not known:
        return f"{said}; none of them has a record yet."
    others = f"; {new} {'has' if new == 1 else 'have'} no record yet" if new else ""
    return f"{said}; came before: {', '.join(known)}{others}."


def _load(suggestion: Suggestion) -> tuple[str, ...]:
    day = local_date(suggestion.start)
    from_day = [f"{each.words} {meetings}" for each in suggestion.coming if (meetings := each.load.get(day, 0))]
    return (f"Other meetings that day: {', '.join(from_day)}.",) if from_day else ()


def _chair(suggestion: Suggestion) -> str:
    meetings = suggestion.chair.load
    return f"Chair: {suggestion.chair.name}, who has {meetings or 'no'} other meeting{'' if meetings == 1 else 's'}."


def _rooms(suggestion: Suggestion, wanted: Wanted) -> tuple[str, ...]:
    if not wanted.in_person or not wanted.rooms:
        return ()
    return (f"Free then: {', '.join(suggestion.rooms)}." if suggestion.rooms else "None of the known rooms is free.",)


def _soon(suggestion: Suggestion, wanted: Wanted) -> tuple[str, ...]:
    if not wanted.lead or suggestion.start >= wanted.now + wanted.lead + wanted.step:
        return ()
    lead = length_words(wanted.lead)
    return (f"As soon as can be: {lead} are kept for everybody to be reached ({NOT_SET}).",)


def _listed(attendees: tuple[Attendee, ...]) -> str:
    return ", ".join(each.words for each in attendees)
