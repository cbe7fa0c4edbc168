"""/api/v1/desks: in how many meetings at once each desk can be, when it comes and when it is away; describing one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field

from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Day, Line, NeededLine, Strict
from service.handlers.keys import SERVICES
from service.handlers.problems import Fault, refuse
from service.handlers.schemas import RoleLabel
from service.store.queries.desks import DeskLoad, DeskRow, desk_rows
from service.store.queries.directory import Inbox, inboxes_for
from service.workflow.desk_file import DesksRefusedError, read_desk
from service.workflow.desks import describe_desks, desk_figures

_FIELDS = ("name", "seats", "surgery", "travel_minutes", "away", "inboxes")


class AwayBody(Strict):
    """A stretch of London days, both counted."""

    first: Day
    last: Day


class DeskInboxBody(Strict):
    """One inbox of the directory. ``place`` is needed for a school or nursery."""

    role: RoleLabel
    address: NeededLine
    place: Line = ""


class DeskBody(Strict):
    """One desk as it is to be. ``inboxes`` share its seats, with those that did; none: those that did stay."""

    name: NeededLine
    seats: Annotated[int, Field(ge=1, le=99)]
    surgery: Line | None = Field(default=None, description="hours in which it comes; left out: while its inbox is open")
    travel_minutes: Annotated[int, Field(ge=0, le=480)] | None = None
    away: Annotated[tuple[AwayBody, ...], Field(max_length=60)] = ()
    inboxes: Annotated[tuple[DeskInboxBody, ...], Field(max_length=50)] = ()


class AwayShown(Answer):
    """A stretch of London days, both counted."""

    first: date
    last: date


class DeskShown(Answer):
    """One desk. ``described``: it is a desk of its own, and not an inbox with the seats of its entry; ``ours``: our
    meetings in the coming week; ``all_taken``: everybody's; ``without_a_seat``: ours for which it has none left."""

    name: str
    described: bool
    seats: int
    roles: list[str]
    surgery: str | None
    travel_minutes: int | None
    away: list[AwayShown]
    inboxes: list[str]
    ours: int
    all_taken: int
    without_a_seat: int


class DesksShown(Answer):
    """Every desk behind the directory's inboxes."""

    partnership: str
    desks: list[DeskShown]


class DeskDescribed(Answer):
    """What describing it did: ``reseated`` meetings got their seat at it, ``overbooked`` of them found none left."""

    name: str
    done: str
    reseated: int
    overbooked: int


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/desks: changes nothing."""
    partnership, services = partnership_of(request), request.app[SERVICES]
    load = (await desk_figures(services, partnership)).desks
    async with services.engine.connect() as conn:
        described = {each.name: each for each in await desk_rows(conn, partnership)}
    shown = [_desk(each, described.get(each.name)) for each in load]
    return respond(DesksShown(partnership=partnership, desks=shown))


def _desk(load: DeskLoad, row: DeskRow | None) -> DeskShown:
    return DeskShown(
        name=load.name,
        described=row is not None,
        seats=load.capacity,
        roles=sorted(load.roles),
        surgery=load.surgery,
        travel_minutes=row.travel_minutes if row else None,
        away=[AwayShown(first=first, last=last) for first, last in (row.away if row else ())],
        inboxes=[str(each) for each in (row.inbox_ids if row else ())],
        ours=load.ours,
        all_taken=load.all_taken,
        without_a_seat=load.ours_too_much,
    )


async def describe(request: web.Request) -> web.Response:
    """POST /api/v1/desks: describe one; the others stay as they are, and meetings to come keep their times."""
    partnership, services, body = partnership_of(request), request.app[SERVICES], await body_of(request, DeskBody)
    async with services.engine.connect() as conn:
        there = {each.name: each for each in await desk_rows(conn, partnership)}
        inboxes = await inboxes_for(conn, partnership)
    known = there.get(body.name)
    try:
        entry = read_desk(_values(body, partnership, _of_desk(inboxes, known.inbox_ids if known else ())))
        done = await describe_desks(services, partnership, [entry], dry_run=False, actor=actor_of(request))
    except DesksRefusedError as refused:
        faults = tuple(map(_fault, refused.problems))
        raise refuse(422, "bad_desk", "The desk cannot be so.", faults) from None
    word = "added" if done.added else "changed" if done.changed else "unchanged"
    return respond(DeskDescribed(name=entry.name, done=word, reseated=done.reseated, overbooked=done.overbooked))


def _fault(problem: str) -> Fault:
    field, _, sentence = problem.partition(": ")
    return Fault(f"/{field}", sentence) if field in _FIELDS else Fault("/inboxes", problem)


def _of_desk(inboxes: list[Inbox], mine: tuple[UUID, ...]) -> list[tuple[str, str, str]]:
    return [(each.role, each.address, each.place) for each in inboxes if each.id in set(mine)]


def _values(body: DeskBody, partnership: str, shared: list[tuple[str, str, str]]) -> dict[str, Any]:
    """The desk as a file has it, so that both are read by the same rules."""
    wanted = {*shared, *((each.role, each.address.lower(), each.place) for each in body.inboxes)}
    values: dict[str, Any] = {
        "name": body.name,
        "seats": body.seats,
        "away": [{"from": each.first, "to": each.last} for each in body.away],
        "inboxes": [
            {"partnership": partnership, "role": role, "address": address, "place": place}
            for role, address, place in sorted(wanted)
        ],
    }
    own = {"surgery": body.surgery or None, "travel_minutes": body.travel_minutes}
    return values | {name: value for name, value in own.items() if value is not None}
