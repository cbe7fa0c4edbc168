"""Pages for people: every agency's inbox, with the buttons of an invitation. No script needed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from service.sandbox.answers import STATUS, Answer, CannotAnswerError, Response, answer, forward, of_item
from service.sandbox.arrivals import arrive
from service.sandbox.bodies import safe_html
from service.sandbox.calendar_answers import answer_by_mail, part_of_item, reply_to, stands
from service.sandbox.errors import GraphError
from service.sandbox.inboxes import InboxItem, Kind
from service.sandbox.sign_in import add_sign_in
from service.sandbox.state import Sandbox
from service.sandbox.zones import Moment, read_moment, zone

HERE = Path(__file__).parent
LOCAL_ZONE = "Europe/London"
_WORDS = {
    "none": "No answer yet",
    "accepted": "You accepted",
    "tentativelyAccepted": "You said maybe",
    "declined": "You declined",
}
_SAFETY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One inbox item as the page needs it; ``answer`` is None where there is nothing to answer."""

    item: InboxItem
    body: Markup
    received: str
    answer: str | None
    may_propose: bool
    guests: tuple[str, ...]
    may_reply: bool


class Pages:
    """The inbox pages of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["inbox_path"] = inbox_path

    def add_to(self, app: web.Application) -> None:
        """Serve the pages."""
        app.router.add_get("/", self.front)
        app.router.add_get("/inbox/{address}", self.inbox)
        app.router.add_post("/inbox/{address}/{number:[0-9]{1,6}}/answer", self.answered)
        app.router.add_post("/inbox/{address}/{number:[0-9]{1,6}}/propose", self.proposed)
        app.router.add_post("/inbox/{address}/{number:[0-9]{1,6}}/forward", self.forwarded)
        app.router.add_post("/inbox/{address}/{number:[0-9]{1,6}}/reply", self.replied)
        app.router.add_get("/assets/sandbox.css", self.stylesheet)
        add_sign_in(app, self._sandbox, self._page)

    async def front(self, _request: web.Request) -> web.Response:
        """List every inbox with what nobody has read yet."""
        post = self._sandbox.post
        rows = [
            {
                "address": address,
                "unread": post.unread(address),
                "all": len(post.items(address) or ()),
                "organiser": address.casefold() in self._sandbox.mailboxes,
                "internal": self._sandbox.is_internal(address),
            }
            for address in post.addresses()
        ]
        return self._page("front.html", title="Inboxes", rows=rows, now=self._local(self._sandbox.clock.now()))

    async def inbox(self, request: web.Request) -> web.Response:
        """Show one inbox, newest first, and mark it as read."""
        address = request.match_info["address"]
        items = self._sandbox.post.items(address)
        if items is None:
            return self._page("problem.html", status=404, title="No such inbox", text="Nothing was ever sent there.")
        answerable = _newest_by_event(items)
        shown = [self._shown(address, item, answerable) for item in reversed(items)]
        page = self._page("inbox.html", title=f"Inbox of {address}", address=address, items=shown)
        for item in items:
            item.read = True
        return page

    async def answered(self, request: web.Request) -> web.Response:
        """Take Accept, Tentative or Decline, and go back to the item."""
        form = await self._form(request)
        if form.get("response") not in set(Response):
            return self._problem("Choose Accept, Tentative or Decline.", 400)
        return self._answer(request, Answer(response=Response(form["response"]), comment=form.get("comment", "")))

    async def proposed(self, request: web.Request) -> web.Response:
        """Take a proposed new time, with Tentative."""
        form = await self._form(request)
        try:
            times = self._moment(form.get("start", ""), "start"), self._moment(form.get("end", ""), "end")
        except GraphError:
            return self._problem("Give a start and an end, such as 2026-12-01T10:00.", 400)
        given = Answer(response=Response.TENTATIVE, comment=form.get("comment", ""), proposed=times)
        return self._answer(request, given)

    async def forwarded(self, request: web.Request) -> web.Response:
        """Forward an invitation to another address."""
        form = await self._form(request)
        item, problem = self._item(request)
        if item is None or item.event is None:
            return problem
        try:
            mailbox, event = of_item(self._sandbox, item.event)
            forward(self._sandbox, mailbox, event, request.match_info["address"], form.get("to", "").strip())
        except CannotAnswerError as error:
            return self._problem(str(error), 409)
        return self._back(request)

    async def replied(self, request: web.Request) -> web.Response:
        """Answer a message in words, as any mail program does."""
        form = await self._form(request)
        item, problem = self._item(request)
        mailbox = None if item is None else self._sandbox.hosted(item.sender)
        if item is None or mailbox is None:
            return problem
        words = form.get("words", "").strip()
        if not words:
            return self._problem("Write something first.", 400)
        arrive(self._sandbox, mailbox, reply_to(item, request.match_info["address"], mailbox.address, words))
        return self._back(request)

    async def stylesheet(self, _request: web.Request) -> web.Response:
        """Serve the one style sheet."""
        text = (HERE / "assets" / "sandbox.css").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    def _answer(self, request: web.Request, given: Answer) -> web.Response:
        item, problem = self._item(request)
        part = None if item is None else part_of_item(item)
        if item is None or (item.event is None and part is None):
            return problem
        try:
            if part is not None:
                answer_by_mail(self._sandbox, request.match_info["address"], part, given)
                return self._back(request)
            assert item.event is not None  # noqa: S101 - said above; told to the type checker
            mailbox, event = of_item(self._sandbox, item.event)
            answer(self._sandbox, mailbox, event, request.match_info["address"], given)
        except CannotAnswerError as error:
            return self._problem(str(error), 409)
        return self._back(request)

    def _item(self, request: web.Request) -> tuple[InboxItem | None, web.Response]:
        number = int(request.match_info["number"])
        items = self._sandbox.post.items(request.match_info["address"]) or []
        item = items[number - 1] if 1 <= number <= len(items) else None
        return item, self._problem("There is no such invitation.", 404)

    async def _form(self, request: web.Request) -> dict[str, str]:
        origin = request.headers.get("Origin")
        if origin not in (None, str(request.url.origin())):
            raise web.HTTPForbidden(text="This form was not sent from the sandbox's own page.")
        return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}

    def _shown(self, address: str, item: InboxItem, answerable: set[int]) -> ShownItem:
        status, may_propose = None, False
        guests: tuple[str, ...] = ()
        if item.number in answerable and item.event is not None:
            _mailbox, event = of_item(self._sandbox, item.event)
            guest = None if event.removed else event.attendee(address)
            status = None if guest is None else _WORDS[guest.response]
            guests = () if event.values["hideAttendees"] else tuple(held.name for held in event.attendees)
            may_propose = guest is not None and bool(event.values["allowNewTimeProposals"])
        part = part_of_item(item)
        if part is not None and stands(self._sandbox.post.items(address) or [], part):
            status, may_propose = "By mail, to whoever invited you", True
        # safe_html escapes all but a few plain elements, so what it returns may stand as it is.
        body = Markup(safe_html(item.html))  # noqa: S704
        may_reply = self._sandbox.hosted(item.sender) is not None and address.casefold() != item.sender.casefold()
        return ShownItem(item, body, self._local(item.received), status, may_propose, guests, may_reply)

    def _local(self, at: Any) -> str:
        return str(at.astimezone(zone(LOCAL_ZONE)).strftime("%a %-d %b %Y, %H:%M"))

    def _moment(self, wall: str, name: str) -> Moment:
        return read_moment({"dateTime": wall, "timeZone": LOCAL_ZONE}, name)

    def _back(self, request: web.Request) -> web.Response:
        place = f"{inbox_path(request.match_info['address'])}#item-{request.match_info['number']}"
        return web.Response(status=303, headers={"Location": place, **_SAFETY})

    def _problem(self, text: str, status: int) -> web.Response:
        return self._page("problem.html", status=status, title="That did not work", text=text)

    def _page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        text = self._templates.get_template(template).render(responses=list(STATUS), **values)
        return web.Response(status=status, text=text, content_type="text/html", headers=_SAFETY)


def inbox_path(address: str) -> str:
    """Return the path of an address's inbox."""
    return f"/inbox/{quote(address, safe='@')}"


def _newest_by_event(items: list[InboxItem]) -> set[int]:
    """Return the numbers of the items that can be answered: the newest about each event, unless it cancels."""
    newest: dict[str, InboxItem] = {}
    for item in items:
        if item.event is not None and item.kind is not Kind.MESSAGE:
            newest[item.event.immutable_id] = item
    return {item.number for item in newest.values() if item.kind is not Kind.CANCEL}
