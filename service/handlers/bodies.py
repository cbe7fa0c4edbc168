"""Reading what was sent: bounded, as bytes, and only when it says what it is."""

from __future__ import annotations

from aiohttp import web

from service.handlers.problems import ProblemError, refuse


def too_large() -> ProblemError:
    """The refusal of a body over the limit."""
    return refuse(413, "too_large", "The body is larger than this service takes.")


def check_length(request: web.Request, limit: int) -> None:
    """Refuse a body that says beforehand that it is over ``limit`` bytes.

    Raises:
        ProblemError: 413.
    """
    if (request.content_length or 0) > limit:
        raise too_large()


async def read_body(request: web.Request, limit: int) -> bytes:
    """The whole body as it arrived.

    Raises:
        ProblemError: over ``limit`` bytes (413), or compressed (415): a signature covers the bytes as sent.
    """
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise refuse(415, "compressed", "Send the body without a Content-Encoding.")
    check_length(request, limit)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise too_large()
    return bytes(body)


def is_json(request: web.Request) -> bool:
    """Whether the request says, once and clearly, that its body is JSON in UTF-8."""
    said = request.headers.getall("Content-Type", [])
    if len(said) != 1:
        return False
    charset = (request.charset or "utf-8").lower()
    return request.content_type == "application/json" and charset in {"utf-8", "utf8"}


async def read_json(request: web.Request, limit: int) -> bytes:
    """The body of a request that must be JSON.

    Raises:
        ProblemError: as ``read_body``, or another content type (415).
    """
    if not is_json(request):
        raise refuse(415, "wrong_content_type", "Send application/json in UTF-8.")
    return await read_body(request, limit)
