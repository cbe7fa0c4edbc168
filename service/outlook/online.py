"""How an online meeting is set: who waits in its lobby, and whether anything of it is written down by itself.

Read as Microsoft Graph documents them (onlineMeeting, onlineMeetingBase, lobbyBypassSettings; v1.0). It documents no
property of its own for notes by assistants: they are written from a transcription, so one that may not be made leaves
them nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.outlook.adapter import GraphCalls
from service.outlook.errors import Gone
from service.outlook.models import json_of

_MEETINGS = "/users/{organiser}/onlineMeetings"


@dataclass(frozen=True, slots=True)
class OnlineSettings:
    """What Graph says of one online meeting; None: it says nothing of it."""

    lobby_scope: str | None
    dial_in_bypasses: bool | None
    records_by_itself: bool | None
    may_be_recorded: bool | None
    may_be_transcribed: bool | None


async def read_online(graph: GraphCalls, mailbox_address: str, join_url: str) -> OnlineSettings:
    """The settings of the online meeting behind a join link.

    Raises:
        Gone: there is no such online meeting.
        PermanentConfiguration: no right to read it (OnlineMeetings.Read.All and a Teams application access policy).
        GraphError: as for ``Graph.call``.
    """
    return _settings(await online_meeting(graph, mailbox_address, join_url))


async def online_meeting(graph: GraphCalls, mailbox_address: str, join_url: str) -> dict[str, Any]:
    """The online meeting behind a join link, as Graph gives it.

    Raises:
        Gone, PermanentConfiguration, GraphError: as for ``read_online``.
    """
    quoted = join_url.replace("'", "''")
    organiser = organiser_in(join_url) or mailbox_address
    query = {"$filter": f"JoinWebUrl eq '{quoted}'"}
    answer = await graph.call("GET", _MEETINGS, {"organiser": organiser}, query=query)
    found = json_of(answer.body).get("value")
    if not isinstance(found, list) or not found or not isinstance(found[0], dict):
        raise Gone("NoOnlineMeeting")
    return found[0]


def organiser_in(join_url: str) -> str:
    """The directory id of the organiser, which Teams writes into its join links; Graph wants it instead of an address.
    Empty where the link has none."""
    try:
        said = json.loads(parse_qs(urlsplit(join_url).query).get("context", ["{}"])[0])
    except ValueError:
        return ""
    organiser = said.get("Oid") if isinstance(said, dict) else None
    return organiser if isinstance(organiser, str) else ""


def faults_of(settings: OnlineSettings) -> tuple[str, ...]:
    """What lets somebody in unseen, or writes something down; what Graph says nothing of counts as a fault too."""
    checks = (
        (settings.lobby_scope == "organizer", "not everyone waits in the lobby"),
        (settings.dial_in_bypasses is False, "callers by phone may pass the lobby"),
        (settings.records_by_itself is False, "it is recorded by itself"),
        (settings.may_be_recorded is False, "it may be recorded"),
        (settings.may_be_transcribed is False, "it may be transcribed, and notes by assistants made of it"),
    )
    return tuple(words for holds, words in checks if not holds)


def _settings(raw: dict[str, Any]) -> OnlineSettings:
    lobby = raw.get("lobbyBypassSettings")
    lobby = lobby if isinstance(lobby, dict) else {}
    scope = lobby.get("scope")
    return OnlineSettings(
        lobby_scope=scope if isinstance(scope, str) else None,
        dial_in_bypasses=_flag(lobby, "isDialInBypassEnabled"),
        records_by_itself=_flag(raw, "recordAutomatically"),
        may_be_recorded=_flag(raw, "allowRecording"),
        may_be_transcribed=_flag(raw, "allowTranscription"),
    )


def _flag(raw: dict[str, Any], name: str) -> bool | None:
    value = raw.get(name)
    return value if isinstance(value, bool) else None
