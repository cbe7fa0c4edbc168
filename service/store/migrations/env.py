"""What alembic runs around every migration. The connection comes from ``service.store.migrate``, already locked."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, text

from service.store.tables import metadata


def run() -> None:
    """Run the wanted migrations in the transaction that is already open."""
    connection: Connection = context.config.attributes["connection"]
    # A migration that waits for a lock makes everyone behind it wait too: better to give up and try again.
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    connection.execute(text("SET LOCAL statement_timeout = '10min'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
