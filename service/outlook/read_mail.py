"""Reading the organiser's inbox: what came in since the last link, and one mail as the bytes it came in.

Sources: learn.microsoft.com/graph/api/message-delta, learn.microsoft.com/graph/outlook-get-mime-message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.outlook.adapter import GraphAnswer, GraphCalls
from service.outlook.errors import Ambiguous, Resync
from service.outlook.models import instant_of, json_of
from service.outlook.read import graph_instant

_DELTA = "/users/{mailbox}/mailFolders/inbox/messages/delta"
_VALUE = "/users/{mailbox}/messages/{message}/$value"
_PAGE = {"Prefer": "odata.maxpagesize=50"}
_MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class MailArrived:
    """One mail in the inbox, by its immutable id; ``received_at`` None where Graph did not say."""

    graph_id: str
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one round brought, in the order Graph told it. ``link`` is kept for the next one."""

    mails: tuple[MailArrived, ...]
    link: str = field(repr=False)


async def read_arrivals(graph: GraphCalls, mailbox_address: str, link: str | None, since: datetime) -> Arrivals:
    """Everything that came into the inbox since ``link``; without one, since an instant.

    A link Graph no longer knows leads to a full round by itself, so a mail may be told twice.

    Raises:
        GraphError: as for ``Graph.call``; nothing of the round is kept, so the old link stays good.
    """
    if link is not None:
        try:
            return await _round(graph, await graph.follow(link, headers=_PAGE))
        except Resync:
            pass
    query = {"$select": "id,receivedDateTime,isDraft", "$filter": f"receivedDateTime ge {graph_instant(since)}"}
    first = await graph.call("GET", _DELTA, {"mailbox": mailbox_address}, query=query, headers=_PAGE)
    return await _round(graph, first)


async def read_mime(graph: GraphCalls, mailbox_address: str, graph_id: str) -> bytes:
    """One mail as MIME. It is a stranger's: give it to ``domain.incoming_mail`` and nothing else.

    Raises:
        Gone: it is not there any more.
        GraphError: as for ``Graph.call``.
    """
    answer = await graph.call("GET", _VALUE, {"mailbox": mailbox_address, "message": graph_id})
    return answer.body


async def _round(graph: GraphCalls, answer: GraphAnswer) -> Arrivals:
    seen: dict[str, MailArrived] = {}
    for _ in range(_MOST_PAGES):
        page = json_of(answer.body)
        for raw in page.get("value") or ():
            if isinstance(raw, dict) and "@removed" not in raw and raw.get("isDraft") is not True and raw.get("id"):
                seen[str(raw["id"])] = MailArrived(str(raw["id"]), _received(raw))
        onward = page.get("@odata.nextLink")
        if not onward:
            link = page.get("@odata.deltaLink")
            if not isinstance(link, str) or not link:
                raise Ambiguous("NoDeltaLink")
            return Arrivals(tuple(seen.values()), link)
        answer = await graph.follow(str(onward), headers=_PAGE)
    raise Ambiguous("EndlessRound")


def _received(raw: dict[str, Any]) -> datetime | None:
    try:
        return instant_of(str(raw.get("receivedDateTime") or ""))
    except ValueError:
        return None
