"""What pages made of questions have in common: shown, or shown again with the sentence of what was refused."""

from __future__ import annotations

from aiohttp import web
from aiohttp_jinja2 import render_template

from service.domain.london import words
from service.domain.meetings import MeetingState
from service.handlers.page_acts import Ground
from service.web.act_forms import DONE
from service.web.act_page import ActPage


def shown(request: web.Request, page: ActPage, status: int = 200) -> web.Response:
    """The page itself."""
    return render_template("act_page.html", request, {"view": page}, status=status)


def done_words(request: web.Request) -> str:
    """What a page says was done, by the word its address carries."""
    return DONE.get(request.query.get("done", ""), "")


def gone(href: str, word: str) -> web.Response:
    """Off to another page, which says what was done."""
    return web.Response(status=303, headers={"Location": f"{href}?done={word}"})


def not_begun(ground: Ground) -> str:
    """Why nothing that a meeting comes to can be written down now; empty where it can."""
    meeting = ground.meeting
    if meeting.state == MeetingState.CANCELLED:
        return "This meeting was cancelled."
    if meeting.starts_at is None:
        return "This meeting has no time yet. Choose its time first."
    if meeting.starts_at > ground.services.now():
        return f"It starts {words(meeting.starts_at)}. This can be written down from then on."
    return ""
