"""Where Redis (or Valkey) is: one server, or the Sentinels that know which server leads just now.

Every process reads the same address, ``CONVENE_REDIS_URL``. Beside redis-py's own forms (``redis://``, ``rediss://``,
``unix://``) it may be ``redis+sentinel://`` (``rediss+sentinel://`` with TLS): the Sentinels, then the name under which
they watch the service, then the database. User and password are those of the servers; the Sentinels' own are given
as ``sentinel_username`` and ``sentinel_password``.

    redis+sentinel://:secret@one.example:26379,two.example,three.example/convene/0?sentinel_password=other
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool

_SCHEMES = {"redis+sentinel": False, "rediss+sentinel": True}
_PORT = 26379
_ASIDE = frozenset({"sentinel_username", "sentinel_password"})
# A Sentinel that does not answer must not keep us from asking the next.
_SENTINEL_SECONDS = 0.5
_MEND = "write it as redis+sentinel://:password@host:26379,host:26379,host:26379/name/0"


@dataclass(frozen=True, slots=True)
class _Watched:
    """What a Sentinel address says."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    to_servers: dict[str, Any]
    to_sentinels: dict[str, Any]
    tls: bool


class _LeaderPool(SentinelConnectionPool):
    """Connections to whichever server leads. Closing it closes the connections to the Sentinels as well."""

    async def disconnect(self, inuse_connections: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's own signature
        await super().disconnect(inuse_connections=inuse_connections)
        if inuse_connections:
            for sentinel in self.sentinel_manager.sentinels:
                await sentinel.aclose(close_connection_pool=True)


def pool_of(address: str, **options: Any) -> ConnectionPool:
    """A pool of connections; nothing is connected yet. ``options`` are redis-py's for a connection.

    Raises:
        ValueError: the address cannot be read; the words say how to write it.
    """
    watched = _read(address)
    if watched is None:
        return ConnectionPool.from_url(address, **options)
    manager = Sentinel(  # type: ignore[no-untyped-call]
        watched.sentinels, sentinel_kwargs=watched.to_sentinels
    )
    return _LeaderPool(  # type: ignore[no-untyped-call]
        watched.name, manager, ssl=watched.tls, **{**watched.to_servers, **options}
    )


def client_of(address: str, **options: Any) -> Redis:
    """A client with a pool of its own, which goes when the client is closed.

    Raises:
        ValueError: as ``pool_of``.
    """
    return Redis.from_pool(pool_of(address, **options))


def _read(address: str) -> _Watched | None:
    scheme, found, rest = address.partition("://")
    if not found or scheme not in _SCHEMES:
        return None
    # The last @ ends the password; urlsplit would take the commas between hosts for part of a port.
    before_path, _, path = rest.partition("?")[0].partition("/")
    who, _, hosts = before_path.rpartition("@")
    name, _, database = path.partition("/")
    asked = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    if unknown := sorted(asked.keys() - _ASIDE):
        raise ValueError(f"{unknown[0]!r} is unknown behind the Sentinels' address; {_MEND}")
    if not name or not (database or "0").isdigit():
        raise ValueError(f"the Sentinels' address names no service, or no database by its number; {_MEND}")
    user, _, password = who.partition(":")
    tls = _SCHEMES[scheme]
    to_servers = {"username": unquote(user) or None, "password": unquote(password) or None, "db": int(database or 0)}
    to_sentinels = {
        "username": asked.get("sentinel_username"),
        "password": asked.get("sentinel_password"),
        "ssl": tls,
        "socket_timeout": _SENTINEL_SECONDS,
        "socket_connect_timeout": _SENTINEL_SECONDS,
    }
    return _Watched(tuple(_host(each) for each in hosts.split(",")), unquote(name), to_servers, to_sentinels, tls)


def _host(written: str) -> tuple[str, int]:
    name, _, port = written.strip().rpartition(":") if ":" in written else (written.strip(), "", str(_PORT))
    if not name or not port.isdigit():
        raise ValueError(f"a Sentinel has no name, or no number for its port; {_MEND}")
    return name.strip("[]"), int(port)
