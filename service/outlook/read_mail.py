"""Reading the organiser's inbox: what came in since the last link, page by page, and one mail as the bytes it came in.

A nextLink holds the state of the round as a deltaLink does, so a round may stop after any page and go on from there
another time; one that Graph has forgotten by then is answered with 410, and the round begins anew
(learn.microsoft.com/graph/delta-query-overview; learn.microsoft.com/graph/api/message-delta;
learn.microsoft.com/graph/outlook-get-mime-message).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.outlook.adapter import GraphCalls
from service.outlook.errors import Ambiguous, Resync
from service.outlook.models import instant_of, json_of
from service.outlook.read import graph_instant

_DELTA = "/users/{mailbox}/mailFolders/inbox/messages/delta"
_VALUE = "/users/{mailbox}/messages/{message}/$value"
_PAGE = {"Prefer": "odata.maxpagesize=50"}
_CHOSEN = "id,receivedDateTime,isDraft,from,subject"


@dataclass(frozen=True, slots=True, repr=False)
class MailArrived:
    """One mail in the inbox, by its immutable id; ``received_at`` None where Graph did not say. ``sender`` and
    ``subject`` are a stranger's words, for a person who must find the mail in Outlook."""

    graph_id: str
    received_at: datetime | None
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ArrivalsPage:
    """One page of a round, in the order Graph told it. ``link`` is where reading goes on; ``ended``: the round is over,
    and what is read from there is news."""

    mails: tuple[MailArrived, ...]
    link: str = field(repr=False)
    ended: bool


async def read_page(graph: GraphCalls, mailbox_address: str, link: str | None, since: datetime) -> ArrivalsPage:
    """The page that ``link`` leads to; without one the first page of what came in since an instant.

    A link Graph no longer knows leads to that first page by itself, so a mail may be told twice.

    Raises:
        GraphError: as for ``Graph.call``; the old link stays good.
    """
    if link is not None:
        try:
            return _page((await graph.follow(link, headers=_PAGE)).body)
        except Resync:
            pass
    query = {"$select": _CHOSEN, "$filter": f"receivedDateTime ge {graph_instant(since)}"}
    first = await graph.call("GET", _DELTA, {"mailbox": mailbox_address}, query=query, headers=_PAGE)
    return _page(first.body)


async def read_mime(graph: GraphCalls, mailbox_address: str, graph_id: str, at_most: int) -> bytes:
    """One mail as MIME, cut off after ``at_most`` bytes and one more: Exchange takes mails of 150 MB.

    It is a stranger's: give it to ``domain.incoming_mail`` and nothing else.

    Raises:
        Gone: it is not there any more.
        GraphError: as for ``Graph.call``.
    """
    path = {"mailbox": mailbox_address, "message": graph_id}
    return (await graph.call("GET", _VALUE, path, at_most=at_most)).body


def _page(body: bytes) -> ArrivalsPage:
    page, seen = json_of(body), dict[str, MailArrived]()
    for raw in page.get("value") or ():
        if isinstance(raw, dict) and "@removed" not in raw and raw.get("isDraft") is not True and raw.get("id"):
            seen[str(raw["id"])] = _arrived(raw)
    onward, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
    link = onward or last
    if not isinstance(link, str) or not link:
        raise Ambiguous("NoDeltaLink")
    return ArrivalsPage(tuple(seen.values()), link, ended=not onward)


def _arrived(raw: dict[str, Any]) -> MailArrived:
    given = raw.get("from")
    who = given.get("emailAddress") if isinstance(given, dict) else None
    sender = who.get("address") if isinstance(who, dict) else None
    return MailArrived(str(raw["id"]), _received(raw), str(sender or ""), str(raw.get("subject") or ""))


def _received(raw: dict[str, Any]) -> datetime | None:
    try:
        return instant_of(str(raw.get("receivedDateTime") or ""))
    except ValueError:
        return None
