"""``$batch``: checked as Graph would check it, then refused. What is inside would meet the same limits one by one.

Source: learn.microsoft.com/graph/json-batching.
"""

from typing import Any

from aiohttp import web

from service.sandbox.errors import invalid_request, not_emulated
from service.sandbox.gateway import Call, Route
from service.sandbox.odata import only

MOST = 20
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


async def batch(call: Call) -> web.Response:
    """``POST /$batch``: 400 for a body Graph would refuse, 501 for every other."""
    only(call.options)
    found = (await call.body()).get("requests")
    if not isinstance(found, list) or not found:
        raise invalid_request("A batch needs a list of requests.")
    if len(found) > MOST:
        raise invalid_request(f"A batch holds at most {MOST} requests.")
    seen: set[str] = set()
    for each in found:
        _check(each, seen)
    raise not_emulated("$batch")


def _check(each: Any, seen: set[str]) -> None:
    if not isinstance(each, dict) or not all(isinstance(each.get(name), str) for name in ("id", "method", "url")):
        raise invalid_request("Each request of a batch needs an id, a method and a url.")
    if each["id"] in seen:
        raise invalid_request("The ids of a batch's requests must differ.")
    if each["method"] not in _METHODS or not each["url"].startswith("/"):
        raise invalid_request("A request of a batch has an HTTP method and a relative url.")
    if set(each.get("dependsOn") or ()) - seen:
        raise invalid_request("dependsOn names a request that does not come before it.")
    seen.add(each["id"])


ROUTES = [Route("POST", "/$batch", "batch", batch)]
