"""What is wrong with a request as a whole, though each field by itself is right. Sentences repeat no value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from service.domain.london import local_date
from service.handlers.problems import Fault
from service.handlers.schemas import ChildBody, MeetingRequestBody, PersonBody

# A sender's clock may run a little ahead of ours.
_CLOCK_DRIFT = timedelta(minutes=5)
_OVERDUE = timedelta(weeks=4)
_LONGEST_PREGNANCY_MONTHS = 10
# Care leavers are parents, not children, of a request; a child older than this is a slip of the pen.
_OLDEST_CHILD_YEARS = 25
_OLDEST_PERSON_YEARS = 120


def faults_of(body: MeetingRequestBody, now: datetime) -> list[Fault]:
    """Everything wrong with the request as a whole, at the aware instant ``now``."""
    today = local_date(now)
    return [
        *_repeated("/children", [child.ref for child in body.children], "Two children have this reference."),
        *_repeated("/people", [person.ref for person in body.people], "Two people have this reference."),
        *(fault for index, child in enumerate(body.children) for fault in _child(index, child, today)),
        *(fault for index, person in enumerate(body.people) for fault in _person(index, person, body, today)),
        *_instants(body, now),
    ]


def _repeated(pointer: str, refs: Sequence[str], detail: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, ref in enumerate(refs):
        if ref in seen:
            yield Fault(f"{pointer}/{index}/ref", detail)
        seen.add(ref)


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))


def _months_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def _child(index: int, child: ChildBody, today: date) -> Iterator[Fault]:
    pointer = f"/children/{index}"
    born, due = child.birth_date, child.expected_delivery_date
    if born is not None and due is not None:
        yield Fault(pointer, "Give the birth date or the expected delivery date, not both.")
    if born is None and due is None:
        yield Fault(pointer, "Give the birth date, or the expected delivery date of a child not yet born.")
    if born is not None and born > today:
        yield Fault(f"{pointer}/birth_date", "This birth date is in the future. Give the expected delivery date.")
    if born is not None and born < _years_before(today, _OLDEST_CHILD_YEARS):
        yield Fault(f"{pointer}/birth_date", "This birth date is more than 25 years ago. Check the year.")
    if due is not None and due > _months_after(today, _LONGEST_PREGNANCY_MONTHS):
        yield Fault(f"{pointer}/expected_delivery_date", "This delivery date is more than 10 months ahead.")
    if due is not None and due < today - _OVERDUE:
        yield Fault(
            f"{pointer}/expected_delivery_date", "This delivery date is more than 4 weeks past. Give the birth date."
        )


def _person(index: int, person: PersonBody, body: MeetingRequestBody, today: date) -> Iterator[Fault]:
    pointer = f"/people/{index}"
    if person.birth_date is not None and not _years_before(today, _OLDEST_PERSON_YEARS) < person.birth_date <= today:
        yield Fault(f"{pointer}/birth_date", "This birth date is in the future or more than 120 years ago.")
    children = {child.ref for child in body.children}
    for number, tie in enumerate(person.ties):
        if tie.child_ref not in children:
            yield Fault(f"{pointer}/ties/{number}/child_ref", "No child of this request has this reference.")
    yield from _repeated(
        f"{pointer}/ties", [tie.child_ref for tie in person.ties], "This person has two ties to one child."
    )


# Every instant of a request says when something happened; the wish for a start is checked where it is planned.
_HAPPENED = (
    "concern_recorded_at",
    "initiating_sd_at",
    "last_sd_at",
    "action_taken_at",
    "decided_at",
    "missing_since",
    "icpc_at",
    "previous_review_at",
    "written_notification_at",
    "lado_referral_at",
)


def _instants(body: MeetingRequestBody, now: datetime) -> Iterator[Fault]:
    for name in _HAPPENED:
        instant: datetime | None = getattr(body, name)
        if instant is not None and instant > now + _CLOCK_DRIFT:
            yield Fault(f"/{name}", "This time is in the future. It says when something already happened.")
