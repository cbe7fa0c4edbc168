"""Both engines at once, as the demo wants them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.embedded.databases import create_database
from service.embedded.find import Source
from service.embedded.postgres import RunningPostgres, postgres
from service.embedded.valkey import RunningValkey, valkey


@dataclass(frozen=True, slots=True)
class Engines:
    """Two running engines and the addresses the service is given."""

    database_url: str
    redis_url: str
    postgres: RunningPostgres
    valkey: RunningValkey


@contextlib.contextmanager
def engines(data_dir: Path | None = None, *, durable: bool = True, source: Source = "any") -> Iterator[Engines]:
    """Run PostgreSQL and Valkey on a fresh database, in `data_dir` or in temporary folders (None).

    A database that is already in `data_dir` is kept. Raises what `postgres` and `valkey` raise.
    """
    records, queue = (data_dir / "postgres", data_dir / "valkey") if data_dir else (None, None)
    with postgres(records, durable=durable, source=source) as server, valkey(queue, source=source) as cache:
        yield Engines(create_database(server, "convene", exist_ok=True), cache.url, server, cache)
