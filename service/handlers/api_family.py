"""GET and POST …/family: the parents of a conference, how each is reached, and how they come."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from service.domain.family import Advocate, Route, Sharing
from service.domain.leaflet import CONFERENCE
from service.handlers.access import actor_of, partnership_of
from service.handlers.api_acts import body_of, reference_of
from service.handlers.api_answers import Answer, respond
from service.handlers.fields import Instant, Line, Ref, ShortLine, Strict, listed, one_of
from service.handlers.keys import SERVICES
from service.workflow.family import Family, ParentArranged, arrange_family, family_of

_SharingLabel = Annotated[str, AfterValidator(one_of("way to come", Sharing)), listed(Sharing)]
_RouteLabel = Annotated[str, AfterValidator(one_of("route", Route)), listed(Route)]
_AdvocateLabel = Annotated[str, AfterValidator(one_of("answer to the offer", Advocate)), listed(Advocate)]


class ParentBody(Strict):
    """One parent, by the reference the request gave. What is left out stays as it is.

    ``to`` is the address or number that is safe; it is sealed, and never given back. ``comes_at`` is this parent's own
    time where the parents come one after the other.
    """

    person: Ref
    route: _RouteLabel | None = None
    to: Line = ""
    comes_at: Instant | None = None
    interpreter: ShortLine | None = None
    advocate: _AdvocateLabel | None = None
    do_not_contact: bool | None = None

    def to_workflow(self) -> ParentArranged:
        """The parent as the workflow takes it."""
        return ParentArranged(
            person=self.person,
            route=Route(self.route) if self.route else None,
            to=self.to,
            comes_at=self.comes_at,
            interpreter=self.interpreter,
            advocate=Advocate(self.advocate) if self.advocate else None,
            do_not_contact=self.do_not_contact,
        )


class FamilyBody(Strict):
    """How the parents come (the chair's choice) and how each is reached."""

    sharing: _SharingLabel | None = None
    parents: Annotated[tuple[ParentBody, ...], Field(max_length=20)] = ()


class ParentShown(Answer):
    """One parent, without the address of the route."""

    person: str
    relation: str
    state: str = Field(description="wanted, or stopped: must not be contacted")
    stopped_because: str | None
    route: str | None
    comes_at: datetime | None
    interpreter: str
    advocate: str
    told_version: int = Field(description="the version of the time a message has left for; 0: none")
    told_at: datetime | None


class FamilyShown(Answer):
    """The parents of a conference; an empty list for every other meeting."""

    meeting_reference: str
    sharing: str | None = Field(description="null: the chair has not chosen")
    leaflet: str
    parents: list[ParentShown]


def _shown(family: Family) -> FamilyShown:
    return FamilyShown(
        meeting_reference=family.reference,
        sharing=family.sharing,
        leaflet=CONFERENCE.version,
        parents=[ParentShown.model_validate(parent, from_attributes=True) for parent in family.parents],
    )


async def show(request: web.Request) -> web.Response:
    """GET …/family: changes nothing and opens no route."""
    partnership, reference = partnership_of(request), reference_of(request)
    return respond(_shown(await family_of(request.app[SERVICES], partnership, reference)))


async def arrange(request: web.Request) -> web.Response:
    """POST …/family: arrange one or several parents; whoever can be told by it is told."""
    partnership, reference = partnership_of(request), reference_of(request)
    body = await body_of(request, FamilyBody)
    family = await arrange_family(
        request.app[SERVICES],
        partnership,
        reference,
        sharing=Sharing(body.sharing) if body.sharing else None,
        arranged=[parent.to_workflow() for parent in body.parents],
        actor=actor_of(request),
    )
    return respond(_shown(family))
