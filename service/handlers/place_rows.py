"""The rows behind the standard over HTTP: streamed, so that a million of them need no more memory than a page.

A restricted case has rows for its readers alone, people and API clients alike; the header ``WITHHELD`` counts the
meetings left out.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from service.handlers.access import partnership_of, reader_of
from service.handlers.keys import CORRELATION, SERVICES
from service.handlers.middleware import CORRELATION_HEADER, SECURITY_HEADERS
from service.handlers.pages import partnership_in
from service.handlers.standard_report import asked_days, asked_filter
from service.workflow.place_rows import Rows, csv_rows, withheld

WITHHELD: Final = "Convene-Withheld-Meetings"


async def by_client(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/reports/places: ?from= &to= &circumstance= &age_band= &unborn= &team=; CSV."""
    return await _stream(request, partnership_of(request))


async def by_analyst(request: web.Request) -> web.StreamResponse:
    """GET /{partnership}/reports/places: the same file."""
    return await _stream(request, partnership_in(request))


async def _stream(request: web.Request, partnership: str) -> web.StreamResponse:
    first, last = asked_days(request)
    wanted = Rows(partnership, first, last, asked_filter(request))
    services, reader = request.app[SERVICES], reader_of(request)
    left_out = await withheld(services, wanted, reader=reader)
    lines = csv_rows(services, wanted, reader=reader)
    # The columns' names and the first meetings before any header is sent: what cannot be read is still a problem.
    opening = await anext(lines) + await anext(lines, "")
    response = web.StreamResponse(
        headers={
            **SECURITY_HEADERS,
            CORRELATION_HEADER: request[CORRELATION],
            WITHHELD: str(left_out),
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="places-{partnership}-{first}-to-{last}.csv"',
        }
    )
    response.content_type, response.charset = "text/csv", "utf-8"
    await response.prepare(request)
    if request.method != "HEAD":
        await response.write(opening.encode())
        async for more in lines:
            await response.write(more.encode())
    await lines.aclose()
    await response.write_eof()
    return response
