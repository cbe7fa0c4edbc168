"""What the caller asked for in ``Prefer`` headers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from service.sandbox.errors import invalid_request
from service.sandbox.zones import zone

_ITEM = re.compile(r'([^=,;\s]+)\s*=\s*(?:"([^"]*)"|([^,;]*))')
_TIMEZONE, _ID_TYPE, _PAGE, _BODY = "outlook.timezone", "idtype", "odata.maxpagesize", "outlook.body-content-type"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences this sandbox honours; Graph ignores those it does not know, and so do we."""

    timezone: str = "UTC"
    immutable: bool = False
    page_size: int | None = None
    text_bodies: bool = False
    applied: tuple[str, ...] = ()


def read_preferences(headers: Iterable[str]) -> Preferences:
    """Read every ``Prefer`` header; several values may be joined by commas.

    Raises:
        GraphError: 400, an unknown time zone or a page size that is not a number from 1 to 1000.
    """
    found: dict[str, str] = {}
    for header in headers:
        for name, quoted, bare in _ITEM.findall(header):
            found[name.casefold()] = (quoted or bare).strip()
    applied: list[str] = []
    timezone = found.get(_TIMEZONE, "UTC")
    if zone(timezone) is None:
        raise invalid_request(f"The time zone '{timezone}' in Prefer is not supported.")
    if _TIMEZONE in found:
        applied.append(f'{_TIMEZONE}="{timezone}"')
    immutable = found.get(_ID_TYPE, "").casefold() == "immutableid"
    if immutable:
        applied.append('IdType="ImmutableId"')
    page = found.get(_PAGE)
    if page is not None and (not page.isascii() or not page.isdigit() or not 1 <= int(page) <= 1000):
        raise invalid_request("odata.maxpagesize must be a number from 1 to 1000.")
    if page is not None:
        applied.append(f"{_PAGE}={page}")
    text_bodies = found.get(_BODY, "").casefold() == "text"
    if text_bodies:
        applied.append(f'{_BODY}="text"')
    return Preferences(timezone, immutable, int(page) if page else None, text_bodies, tuple(applied))
