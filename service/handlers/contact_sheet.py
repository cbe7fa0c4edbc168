"""GET /{partnership}/contact-sheet: whom to phone for every meeting to come. Needs the database and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.message_parts import when_words
from service.domain.roles import words as role_words
from service.handlers.access import reader_of
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.show_worklist import kind_words
from service.handlers.staleness import stale_now
from service.store.queries.contact_sheet import ContactLine, contact_lines
from service.store.queries.partnerships import partnership_by_id
from service.web.contact_sheet import ContactMeeting, ContactRow, ContactSheet
from service.web.meeting import answer_word
from service.web.wording import opened, phone_link


async def show(request: web.Request) -> web.Response:
    """The sheet as it stands; changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    now = services.now()
    async with services.engine.connect() as conn:
        home = await partnership_by_id(conn, partnership)
        lines = await contact_lines(conn, partnership, reader_of(request), now)
        stale = await stale_now(services, conn, partnership)
    view = ContactSheet(
        partnership=home.name if home else partnership,
        as_of=words(now),
        stale=stale,
        worklist_href=f"/{partnership}/worklist",
        meetings=tuple(_meetings(lines, kind_words(services.policies.get(partnership)))),
    )
    return render_template("contact_sheet.html", request, {"view": view})


def _meetings(lines: Iterable[ContactLine], kinds: Mapping[str, str]) -> Iterable[ContactMeeting]:
    for reference, group in groupby(lines, key=lambda line: line.reference):
        places = list(group)
        first = places[0]
        kind = kinds.get(first.meeting_type) or opened(first.meeting_type)
        start, end = first.starts_at, first.ends_at
        yield ContactMeeting(
            heading=f"{reference}, {kind}",
            when=when_words(start, end) if start and end else "no time yet",
            rows=tuple(_row(line) for line in places),
        )


def _row(line: ContactLine) -> ContactRow:
    return ContactRow(
        agency=role_words(line.role),
        inbox="must not be told through its inbox" if line.state == "stopped" else line.inbox or "no inbox is known",
        # A place whose shared inbox must not be told is not phoned from a sheet either: its task says what is safe.
        phone=None if line.state == "stopped" else phone_link(line.phone),
        otherwise="see its task" if line.state == "stopped" else line.escalation_name,
        otherwise_phone=None if line.state == "stopped" else phone_link(line.escalation_phone),
        said=answer_word(line.answer),
    )
