"""The page of whoever runs the service: its jobs and mailboxes, what could not be sent, what needs a person."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.roles import words as role_words
from service.handlers.access import person_of, reader_of
from service.handlers.held_page import item_line
from service.handlers.keys import SERVICES
from service.handlers.pages import partnership_in
from service.handlers.permissions import Permission, staff_may
from service.handlers.staleness import stale_now
from service.store.queries.dead_letters import DeadLetter, dead_letters
from service.store.queries.health import Heartbeat, every_heartbeat
from service.store.queries.held import open_items
from service.store.queries.mailboxes import Mailbox, Watch, Watched, mailboxes_of
from service.store.queries.partnerships import partnership_by_id
from service.web.operations import (
    JOB_WORDS,
    OUTBOX_WORDS,
    JobLine,
    LetterLine,
    MailboxLine,
    OperationsPage,
    failed_words,
    watch_words,
    why_words,
)
from service.web.wording import opened, when
from service.workflow.dead_letters import try_again
from service.workflow.errors import NoSuchRowError

_DONE = {"again": "It is due again: a worker takes it at its next sweep.", "closed": "It needs nobody any more."}


async def show(request: web.Request) -> web.Response:
    """GET /{partnership}/operations. Changes nothing."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    async with services.engine.connect() as conn:
        home = await partnership_by_id(conn, partnership)
        beats = await every_heartbeat(conn)
        stale = await stale_now(services, conn, partnership)
        boxes = await mailboxes_of(conn, partnership)
        letters = await dead_letters(conn, partnership, reader_of(request))
        items = await open_items(conn, partnership)
    may_read = staff_may(person_of(request).roles[partnership], Permission.STAFF_READ)
    view = OperationsPage(
        partnership=home.name if home else partnership,
        stale=stale,
        done=_DONE.get(request.query.get("done", ""), ""),
        directory_href=f"/{partnership}/directory",
        jobs=tuple(_job(beat) for beat in beats),
        mailboxes=tuple(_mailbox(box) for box in boxes),
        letters=tuple(_letter(partnership, letter, may_read=may_read) for letter in letters),
        drift_href=f"/{partnership}/drift" if may_read else "",
        items=tuple(item_line(item, f"/{partnership}/operations/items") for item in items),
    )
    return render_template("operations.html", request, {"view": view})


def _mailbox(box: Mailbox) -> MailboxLine:
    state = "works" if box.state == "active" else f"stopped: {opened(box.stopped_because or 'no reason known')}"
    events, mail = (_watched(box.watch(watch)) for watch in (Watch.EVENTS, Watch.MAIL))
    return MailboxLine(box.address, state, when(box.read_at, "not read yet"), events, mail)


def _watched(feed: Watched) -> str:
    return watch_words(feed.error, when(feed.failing_since, ""), watched=feed.id is not None)


def _job(beat: Heartbeat) -> JobLine:
    name = JOB_WORDS.get(beat.job, opened(beat.job))
    return JobLine(name, when(beat.last_success_at, "never"), failed_words(beat.last_error))


def _letter(partnership: str, letter: DeadLetter, *, may_read: bool) -> LetterLine:
    return LetterLine(
        what=OUTBOX_WORDS.get(letter.kind, opened(letter.kind)),
        reference=letter.reference,
        href=f"/{partnership}/meetings/{letter.reference}" if may_read else "",
        agency=role_words(letter.role) if letter.role else "all agencies",
        why=why_words(letter.error),
        tries=letter.attempts,
        since=words(letter.finished_at),
        again_href=f"/{partnership}/operations/letters/{letter.id}",
    )


async def send_again(request: web.Request) -> web.Response:
    """POST /{partnership}/operations/letters/{letter}: what could not leave is due again, with the bytes it had."""
    partnership, services = partnership_in(request), request.app[SERVICES]
    async with services.engine.connect() as conn:
        theirs = {letter.id for letter in await dead_letters(conn, partnership, reader_of(request))}
    try:
        wanted = UUID(request.match_info["letter"])
        if wanted in theirs:
            await try_again(services, partnership, wanted, actor=person_of(request).actor(partnership))
    except (ValueError, NoSuchRowError):
        wanted = None
    # Pressed twice, or by two people: it is due again either way.
    raise web.HTTPSeeOther(f"/{partnership}/operations" + ("?done=again" if wanted in theirs else ""))
