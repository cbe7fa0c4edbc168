"""``convene request``: take a meeting request in, over the configured database or through the API."""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.commands.failures import RefusedError
from service.commands.options import ByOption, JsonFlag
from service.commands.output import note, say, show_json, show_table
from service.commands.request_files import read_bytes, read_request
from service.commands.running import actor_of, partnership_in, with_services

if TYPE_CHECKING:
    from service.settings import Settings
    from service.workflow.deliveries import Received
    from service.workflow.ports import Services

DOOR = "command"
# As the API takes it, so that a key means the same through either door.
_KEY = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")


class Via(StrEnum):
    """Where the request is taken in."""

    DATABASE = "database"
    API = "api"


def request(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="The request; - reads standard input.")],
    key: Annotated[
        str, typer.Option(help="Idempotency key: the same key again is the same request.", show_default="its content")
    ] = "",
    via: Annotated[Via, typer.Option(help="Straight into the configured database, or through the API.")] = Via.DATABASE,
    url: Annotated[str, typer.Option(help="With --via api: the service's address.", show_default="")] = "",
    token_file: Annotated[Path | None, typer.Option(help="With --via api: a file with the client's key.")] = None,
    by: ByOption = "",
    *,
    as_json: JsonFlag = False,
) -> None:
    """Take in one meeting request; print its reference, who must come, and what is left for a person."""
    if key and not _KEY.fullmatch(key):
        raise RefusedError("--key takes up to 200 visible ASCII characters, without quotation marks and backslashes.")
    if via is Via.API:
        answer, replayed = _through_the_api(file, key, url, token_file)
    else:
        answer, replayed = _straight_in(file, key, actor_of(by))
    if replayed:
        note("This request was taken in before; this is the answer it was given.")
    if as_json:
        show_json(answer | {"replayed": replayed})
    else:
        _show(answer)


def _straight_in(file: Path, key: str, actor: str) -> tuple[dict[str, Any], bool]:
    async def act(settings: Settings, services: Services) -> Received:
        from service.workflow.deliveries import Delivery  # noqa: PLC0415
        from service.workflow.receive import receive_request  # noqa: PLC0415

        read = read_request(file, read_bytes(file), services.now())
        partnership_in(settings, read.request.partnership)
        delivery = Delivery(DOOR, key or read.fingerprint.hex(), read.fingerprint, actor)
        return await receive_request(services, read.request, delivery)

    received = with_services(act)
    return dict(received.answer), received.replayed


def _through_the_api(file: Path, key: str, url: str, token_file: Path | None) -> tuple[dict[str, Any], bool]:
    from service.commands.api_client import post_request  # noqa: PLC0415

    if not url or token_file is None:
        raise RefusedError("--via api needs --url and --token-file.")
    token = read_bytes(token_file, largest=4096).decode("ascii", "replace").strip()
    if not token.isascii() or not token.isprintable() or not token:
        raise RefusedError(f"{token_file}: this is no key; it holds one line of visible characters.")
    # The service reads it and measures it on its own clock; ours may be another.
    raw = read_bytes(file)
    return post_request(url, token, key or hashlib.sha256(raw).hexdigest(), raw)


def _show(answer: dict[str, Any]) -> None:
    from service.domain.roles import words  # noqa: PLC0415

    say(f"Meeting {answer['meeting_reference']}, {answer['state']}")
    rows = [
        (words(each["role"]), each["level"], _STATES.get(each["state"], each["state"])) for each in answer["agencies"]
    ]
    show_table("Who must come", ("agency", "level", "inbox"), rows)
    for task in answer["tasks"]:
        say(f"To do: {_TASKS.get(task, task.replace('_', ' '))}")


_STATES = {
    "wanted": "is asked",
    "no_inbox": "none in the directory: a task is open",
    "stopped": "must not be told: a task is open",
}
_TASKS = {
    "choose_time": "choose a time",
    "explain_short_notice": "say why notice is short",
    "no_inbox": "find a way to reach an agency that has no inbox",
    "must_not_be_told": "name another route to an agency whose inbox must not be told",
    "phone_invitation": "phone an agency that is reached by phone only",
    "invite_family": "arrange how the parents are invited",
    "separate_meeting": "open a separate meeting",
}


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command()(request)
