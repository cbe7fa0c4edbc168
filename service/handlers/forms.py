"""Reading a form: bounded, UTF-8, each field once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from aiohttp import BodyPartReader, web

from service.handlers.bodies import read_body, too_large
from service.handlers.keys import DOORS
from service.handlers.problems import refuse

_FORM = "application/x-www-form-urlencoded"
_LIMIT = 64 * 1024
# The form that asks for a meeting has some hundred boxes to tick beside its fields.
_MOST_FIELDS = 600

_WITH_FILE = "multipart/form-data"
# A directory of some thousand inboxes; the limit of every body stands before it.
_FILE_LIMIT = 1024 * 1024
_MOST_PARTS = 20

_FILE: web.RequestKey[bytes] = web.RequestKey("form_file", bytes)
_READ: web.RequestKey[Mapping[str, str]] = web.RequestKey("form", Mapping)


async def form_of(request: web.Request, most: int = _MOST_FIELDS) -> Mapping[str, str]:
    """The sent fields, each once (the last counts). Read from the request once, however often it is asked for.

    Raises:
        ProblemError: not a form, too large, or not text.
    """
    if _READ not in request:
        if request.content_type == _WITH_FILE:
            await _read_with_file(request)
            return request[_READ]
        if request.content_type != _FORM:
            raise refuse(415, "wrong_content_type", "Send the form from the page.")
        raw = await read_body(request, min(_LIMIT, request.app[DOORS].body_limit))
        try:
            fields = parse_qs(raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=most)
        except ValueError:
            raise refuse(400, "bad_request", "The form could not be read. Go back and send it again.") from None
        request[_READ] = {name: values[-1] for name, values in fields.items()}
    return request[_READ]


def read_already(request: web.Request) -> Mapping[str, str]:
    """The fields of the form that has been read; empty where none has."""
    read: Mapping[str, str] = request.get(_READ, {})
    return read


async def file_of(request: web.Request) -> bytes:
    """The one file that was chosen in a form; empty where none was.

    Raises:
        ProblemError: as ``form_of``.
    """
    await form_of(request)
    chosen: bytes = request.get(_FILE, b"")
    return chosen


async def _read_with_file(request: web.Request) -> None:
    """Keep a form that carries a file: its fields as any form's, and the bytes of the file.

    Raises:
        ProblemError: too large, or no form at all.
    """
    fields: dict[str, str] = {}
    file = b""
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader):
                # A form within a form: no browser sends one, and nothing of ours reads it.
                continue
            content = await _part(part)
            if part.filename is None:
                fields[part.name or ""] = content.decode("utf-8")
            else:
                file = content
    except (ValueError, AssertionError):
        raise refuse(400, "bad_request", "The form could not be read. Go back and send it again.") from None
    request[_READ], request[_FILE] = fields, file


async def _part(part: BodyPartReader) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk():
        body += chunk
        if len(body) > _FILE_LIMIT:
            raise too_large()
    return bytes(body)
