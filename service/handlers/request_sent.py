"""GET /{partnership}/requests/{draft}/sent: the reference, what happens next, what each agency gets, whom to phone."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.message_parts import when_words
from service.handlers.access import reader_of
from service.handlers.problems import refuse
from service.handlers.request_desk import Desk, desk_of, draft_id_of
from service.store.queries.meeting import meeting_view
from service.store.queries.meeting_lines import AgencyLine, MeetingView
from service.store.queries.partnerships import Partnership, partnership_by_id
from service.store.queries.readable import may_read_meeting
from service.web.request_sent import Seat, SentPage, agencies_sent
from service.web.wording import phone_link
from service.workflow import drafts


async def sent_off(request: web.Request) -> web.Response:
    """The page; it stays at this address, and says what is so when it is opened."""
    desk = desk_of(request)
    reference = await drafts.reference_of(desk.services, desk.author, draft_id_of(request))
    if reference is None:
        raise refuse(404, "not_found", "There is nothing at this address.")
    home, meeting = await _read(request, desk, reference)
    view = _page(desk, reference, home, meeting, may_read=desk.may_read, already=request.query.get("already") == "1")
    return render_template("request_sent.html", request, {"view": view})


async def _read(request: web.Request, desk: Desk, reference: str) -> tuple[Partnership | None, MeetingView | None]:
    """The partnership, and the meeting where it is for this reader: a case may have been restricted since."""
    partnership = desk.author.partnership
    async with desk.services.engine.connect() as conn:
        home = await partnership_by_id(conn, partnership)
        if not await may_read_meeting(conn, partnership, reference, reader_of(request)):
            return home, None
        return home, await meeting_view(conn, partnership, reference)


def _page(
    desk: Desk,
    reference: str,
    home: Partnership | None,
    meeting: MeetingView | None,
    *,
    may_read: bool,
    already: bool,
) -> SentPage:
    start, end = (meeting.starts_at, meeting.ends_at) if meeting else (None, None)
    cancelled = meeting is not None and meeting.state == "cancelled"
    seats = [] if meeting is None or cancelled else [_seat(agency) for agency in meeting.agencies]
    return SentPage(
        reference=reference,
        already=already,
        when=when_words(start, end) if start and end else "",
        cancelled=cancelled,
        agencies=agencies_sent(seats, has_time=start is not None, show_phones=may_read),
        phone=phone_link(home.service_phone) if home else None,
        partnership=home.name if home else desk.author.partnership,
        new_href=desk.base,
        meeting_href=f"/{desk.author.partnership}/meetings/{reference}" if may_read and meeting else "",
        show_phones=may_read,
        may_read=may_read,
    )


def _seat(agency: AgencyLine) -> Seat:
    inbox = agency.inbox
    due = [chase.due_at for chase in agency.chases if chase.state == "due"]
    return Seat(
        role=agency.role,
        state=agency.state,
        inbox=inbox.name if inbox else "",
        channel=inbox.channel if inbox else "outlook",
        phone=inbox.phone if inbox else "",
        first_chase=min(due, default=None),
    )
