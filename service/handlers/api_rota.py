"""/api/v1/rota: who can chair, in which hours, when they are away, which meetings are theirs; changing one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.london import local_date
from service.handlers.access import actor_of, partnership_of, reader_of
from service.handlers.api_acts import body_of
from service.handlers.api_answers import Answer, respond
from service.handlers.api_desks import AwayBody, AwayShown
from service.handlers.fields import Line, NeededLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.handlers.problems import Fault, refuse
from service.workflow.chairs import RotaLine, put_one_chair, rota_of, take_off_rota
from service.workflow.chairs_file import ChairsRefusedError, read_chair

_ACTS = ("put", "take_off")
_ActLabel = Annotated[str, AfterValidator(one_of("act", _ACTS)), listed(_ACTS)]
_FIELDS = ("name", "hours", "reader", "away")


class RotaBody(Strict):
    """One chair. Of somebody on the rota, what is left out stays; ``reader``: their account, as the audit names it."""

    do: _ActLabel = "put"
    name: NeededLine
    hours: Line | None = None
    reader: Line | None = None
    away: Annotated[tuple[AwayBody, ...], Field(max_length=60)] | None = None


class ChairedShown(Answer):
    """A meeting to come that is theirs. ``away``: they are away on its day."""

    reference: str
    starts_at: datetime | None
    away: bool


class OnRotaShown(Answer):
    """One chair."""

    name: str
    hours: str
    reader: str
    away: list[AwayShown]
    meetings: list[ChairedShown]


class RotaShown(Answer):
    """Every chair who is on the rota."""

    partnership: str
    chairs: list[OnRotaShown]


class RotaDone(Answer):
    """What was done about a chair."""

    name: str
    done: str


async def show(request: web.Request) -> web.Response:
    """GET /api/v1/rota: changes nothing."""
    partnership = partnership_of(request)
    found = await rota_of(request.app[SERVICES], partnership, reader_of(request))
    return respond(RotaShown(partnership=partnership, chairs=[_chair(line) for line in found]))


def _chair(line: RotaLine) -> OnRotaShown:
    chair = line.chair
    meetings = []
    for each in line.meetings:
        day = local_date(each.starts_at) if each.starts_at else None
        away = day is not None and any(first <= day <= last for first, last in chair.away)
        meetings.append(ChairedShown(reference=each.reference, starts_at=each.starts_at, away=away))
    return OnRotaShown(
        name=chair.name,
        hours=chair.hours,
        reader=chair.reader,
        away=[AwayShown(first=first, last=last) for first, last in chair.away],
        meetings=meetings,
    )


async def change(request: web.Request) -> web.Response:
    """POST /api/v1/rota: put one chair on it, change them, or take them off. It tells nobody and moves no meeting."""
    partnership, services, body = partnership_of(request), request.app[SERVICES], await body_of(request, RotaBody)
    actor = actor_of(request)
    if body.do == "take_off":
        await take_off_rota(services, partnership, body.name, actor=actor)
        return respond(RotaDone(name=body.name, done=body.do))
    there = {line.chair.name: line.chair for line in await rota_of(services, partnership, reader_of(request))}
    known = there.get(" ".join(body.name.split()))
    values: dict[str, Any] = {"name": body.name}
    if known is not None:
        values |= {"hours": known.hours, "reader": known.reader, "away": _days(known.away)}
    said = {"hours": body.hours, "reader": body.reader}
    values |= {name: value for name, value in said.items() if value is not None}
    if body.away is not None:
        values["away"] = _days((each.first, each.last) for each in body.away)
    try:
        entry = read_chair(values)
    except ChairsRefusedError as refused:
        field, _, sentence = refused.problems[0].partition(": ")
        fault = Fault(f"/{field}", sentence) if field in _FIELDS else Fault("", refused.problems[0])
        raise refuse(422, "bad_chair", "The rota cannot be so.", (fault,)) from None
    await put_one_chair(services, partnership, entry, actor=actor)
    return respond(RotaDone(name=entry.name, done=body.do))


def _days(stretches: Any) -> list[dict[str, Any]]:
    return [{"from": first, "to": last} for first, last in stretches]
