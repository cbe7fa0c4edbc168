"""What the pages of a request made by hand share: who asks, the form and its faults, and who would have to come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.binding import RequirementState
from service.handlers.access import person_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.reading import BodyRefusedError, NotJsonError, ReadRequest, read_request
from service.handlers.show_worklist import kind_words
from service.web.meeting import clock_sentences
from service.web.request_form import RequestForm, body_of, enough_to_plan, field_of
from service.web.request_pages import FormPage, SeatRow, Unfinished, WhoPanel, seat_row
from service.web.wording import ago_words
from service.workflow import drafts
from service.workflow.drafts import Author, Preview, Seat
from service.workflow.errors import BadVenueError, NoSuchDraftError, OldDraftError
from service.workflow.ports import Services
from service.workflow.venues import says_who


@dataclass(frozen=True, slots=True)
class Desk:
    """Who asks, where, and with what the service can do."""

    services: Services
    author: Author
    kinds: Mapping[str, str]
    may_read: bool = False

    @property
    def back(self) -> dict[str, str]:
        """The way back, by its words and address: whoever may only ask for meetings has no worklist."""
        if self.may_read:
            return {"text": "Back to the worklist", "href": f"/{self.author.partnership}/worklist"}
        return {"text": "Back to your requests", "href": self.base}

    @property
    def base(self) -> str:
        """The address of the partnership's requests."""
        return f"/{self.author.partnership}/requests"

    def read(self, fields: Mapping[str, str], draft: str, start: datetime | None = None) -> ReadRequest | RequestForm:
        """The request the fields make, or the form with what is wrong with it."""
        now = self.services.now()
        body, errors = body_of(fields, self.author.partnership, draft, now, start)
        try:
            read = read_request(json.dumps(body).encode(), now)
        except (NotJsonError, BodyRefusedError) as error:
            return _with_faults(fields, body, errors, error)
        if says_who(read.request):
            errors["venue"] = str(BadVenueError())
        return RequestForm(fields, errors) if errors else read


def _with_faults(
    fields: Mapping[str, str],
    body: Mapping[str, object],
    errors: dict[str, str],
    error: NotJsonError | BodyRefusedError,
) -> RequestForm:
    general = []
    for fault in error.faults if isinstance(error, BodyRefusedError) else ():
        name = field_of(fault.pointer, body)
        if not name:
            general.append(fault.detail)
        elif not (name == "concern_day" and "concern_time" in errors):
            errors.setdefault(name, fault.detail)
    if not errors and not general:
        general.append("The form could not be read. Open the page again.")
    return RequestForm(fields, errors, tuple(general))


def desk_of(request: web.Request) -> Desk:
    """The desk of whoever asks, in the partnership of the path."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    author = Author(partnership, person_of(request).ids[partnership])
    may_read = staff_may(person_of(request).roles[partnership], Permission.STAFF_READ)
    return Desk(services, author, kind_words(services.policies.get(partnership)), may_read)


def draft_id_of(request: web.Request) -> UUID:
    """The draft in the path. Raises NoSuchDraftError."""
    return draft_id_from(request.match_info["draft"])


def draft_id_from(said: str) -> UUID:
    """A draft's id as it stands in an address. Raises NoSuchDraftError."""
    try:
        return UUID(said)
    except ValueError:
        raise NoSuchDraftError from None


def version_of(sent: Mapping[str, str]) -> int | None:
    """The version of the draft that the page showed; None where it showed none."""
    said = sent.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else None


def id_of_page(sent: Mapping[str, str]) -> UUID | None:
    """The id that an empty page was given for the draft it begins; None where it has none that can be read."""
    try:
        return UUID(sent.get("begins", ""))
    except ValueError:
        return None


def go(where: str) -> web.Response:
    """On to another page, so that loading that again sends nothing twice."""
    return web.Response(status=303, headers={"Location": where})


async def unfinished_of(desk: Desk, *, steps: bool = False) -> Unfinished | None:
    """What an empty page says of the requests this person has begun already; ``steps``: it asks one question at a time.

    The browser's Back leads from a draft to the empty page it began on, and what is typed there begins another one.
    """
    found = await drafts.unfinished(desk.services, desk.author)
    if not found:
        return None
    draft_id, since = found[0]
    href = f"{desk.base}/{draft_id}/steps" if steps else f"{desk.base}/{draft_id}"
    return Unfinished(href, ago_words(since), len(found) - 1, desk.base)


async def already_sent(desk: Desk, draft_id: UUID) -> bool:
    """Whether a draft has become a meeting. Raises NoSuchDraftError."""
    return await drafts.reference_of(desk.services, desk.author, draft_id) is not None


def changed_elsewhere(request: web.Request, desk: Desk, old: OldDraftError) -> web.Response:
    """Another tab has changed the draft meanwhile: both are kept, and the person chooses."""
    view = {"there_href": f"{desk.base}/{old.draft_id}", "here_href": f"{desk.base}/{old.copy_id}"}
    return render_template("request_changed.html", request, {"view": view}, status=409)


async def form_page(
    request: web.Request,
    desk: Desk,
    form: RequestForm,
    action: str,
    version: int | None = None,
    *,
    status: int = 200,
    begins: bool = False,
) -> web.Response:
    """The form, with who would have to come beside it; ``begins``: it is the empty one."""
    page = FormPage(
        version=version,
        begins=str(drafts.id_for_a_page(desk.services)) if begins else "",
        partnership=desk.author.partnership,
        action=action,
        back=desk.back,
        form=form,
        kinds=desk.kinds,
        who=await who_panel(desk, form.values),
        who_href=f"{desk.base}/who",
        unfinished=await unfinished_of(desk) if begins else None,
    )
    return render_template("request_form.html", request, {"view": page, "form": form}, status=status)


async def who_panel(desk: Desk, fields: Mapping[str, str]) -> WhoPanel:
    """Who would have to come and why, and the two clocks, from what is typed so far; or what is missing to say so."""
    if not fields.get("meeting_type"):
        return WhoPanel(missing=("Choose what kind of meeting it is",))
    read = desk.read(enough_to_plan(fields, desk.services.now()), "not-sent")
    if isinstance(read, RequestForm):
        return WhoPanel(missing=tuple(each["text"] for each in read.error_list))
    found = await drafts.preview(desk.services, read.request)
    return WhoPanel(seats=seat_rows(found), clocks=clock_sentences(found.earliest_fair_at, found.deadline_at, None))


def seat_rows(found: Preview) -> tuple[SeatRow, ...]:
    """Every agency that would be asked, in words."""
    return tuple(seat_row(seat.role, seat.level, seat.reasons, _told(seat)) for seat in found.seats)


def _told(seat: Seat) -> str:
    match seat.state:
        case RequirementState.STOPPED:
            return "Must not be told through its shared inbox. You will have a task to name a safe way."
        case RequirementState.NO_INBOX:
            return "No inbox in the directory. You will have a task to reach it."
        case _:
            return seat.inbox.name if seat.inbox else ""
