"""…/together: one sitting for several meetings, one after the other. A meeting that is not for the asker is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aiohttp import web

from service.domain.references import normalise
from service.handlers.access import actor_of, partnership_of, reader_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, Links, MeetingChanged, respond
from service.handlers.api_bodies import TogetherBody
from service.handlers.api_slots import SlotShown, minutes_of, slot_shown
from service.handlers.keys import SERVICES
from service.handlers.problems import refuse
from service.workflow.together import find_together, give_together


class PlaceShown(Answer):
    """One meeting's place in a sitting."""

    meeting_reference: str
    slot: SlotShown


class SittingShown(Answer):
    """One sitting: its meetings in their order."""

    meetings: list[PlaceShown]


class SittingsShown(Answer):
    """The best sittings, best first; none where no start keeps every hard rule of every meeting."""

    sittings: list[SittingShown]


class SittingGiven(Answer):
    """What it led to, for each meeting in its order. One that had its place already is as it was."""

    meetings: list[MeetingChanged]


async def look(request: web.Request) -> web.Response:
    """GET …/together?with=REFERENCE,REFERENCE[&minutes=N]: changes nothing."""
    partnership, said = partnership_of(request), request.query.getall("with", [])
    if len(said) != 1:
        raise refuse(400, "bad_query", "Give with once: the references that follow this meeting's, between commas.")
    references = _in_order(request, said[0].split(","))
    minutes = minutes_of(request)
    wanteds, found = await find_together(
        request.app[SERVICES], partnership, references, minutes, reader=reader_of(request)
    )
    sittings = []
    for sitting in found:
        parts = zip(references, sitting, wanteds, strict=True)
        places = [PlaceShown(meeting_reference=of, slot=slot_shown(slot, wanted)) for of, slot, wanted in parts]
        sittings.append(SittingShown(meetings=places))
    return respond(SittingsShown(sittings=sittings))


async def give(request: web.Request) -> web.Response:
    """POST …/together: each meeting gets its place, and its own agencies are asked."""
    partnership, body = partnership_of(request), await body_of(request, TogetherBody)
    references = _in_order(request, body.others)
    given = await give_together(
        request.app[SERVICES],
        partnership,
        references,
        body.start,
        body.minutes,
        actor=actor_of(request),
        reader=reader_of(request),
        seen={} if body.version is None else {references[0]: body.version},
    )
    changed = [
        MeetingChanged(
            meeting_reference=each.reference,
            version=each.version,
            state=str(each.state),
            links=Links(meeting=f"/api/v1/meetings/{each.reference}"),
        )
        for each in given
    ]
    return respond(SittingGiven(meetings=changed))


def _in_order(request: web.Request, others: Iterable[str]) -> Sequence[str]:
    """This meeting's reference and the others'. What cannot be a reference is one that nobody knows."""
    found = [reference_of(request)]
    for each in others:
        reference = normalise(each)
        if reference is None:
            raise refuse(404, "no_such_meeting", "There is no such meeting in this partnership. Check the references.")
        found.append(reference)
    return found
