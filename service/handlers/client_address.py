"""From which address of the network a request comes: the peer's, or the one that our own proxies have written down."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from aiohttp import web

from service.handlers.keys import DOORS

_ONE_HOUSEHOLD = 64


def client_address(request: web.Request) -> str:
    """An IPv4 address, or the first 64 bits of an IPv6 one, which a single household has whole. "" where none is known.

    Each proxy adds, at the end of ``X-Forwarded-For``, the address that called it. So the address that counts stands as
    far from the end as we have proxies in front (``CONVENE_PROXIES_IN_FRONT``); what stands before it, anybody may have
    written.
    """
    proxies = request.app[DOORS].proxies_in_front
    said = request.remote or ""
    if proxies:
        chain = [each.strip() for line in request.headers.getall("X-Forwarded-For", []) for each in line.split(",")]
        if len(chain) >= proxies:
            said = chain[-proxies]
    try:
        address = ip_address(said.strip("[]"))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> _ONE_HOUSEHOLD << _ONE_HOUSEHOLD)}/{_ONE_HOUSEHOLD}"
    return str(address)
