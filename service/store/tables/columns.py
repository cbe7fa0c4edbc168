"""The metadata of every table, and the columns that stand in most of them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, MetaData, Text, Uuid

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def own_id() -> Column[object]:
    """The row's own id, UUID version 7."""
    return Column("id", Uuid, primary_key=True)


def scope(*, in_key: bool = False) -> Column[str]:
    """Whose row it is; ``in_key`` where rows of two partnerships may share the rest of the key."""
    return Column("partnership_id", Text, ForeignKey("partnerships.id"), nullable=False, primary_key=in_key)


def instant(name: str, *, nullable: bool = False) -> Column[object]:
    """An aware instant, kept in UTC."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def one_of(column: str, *values: str) -> CheckConstraint:
    """The only words a column may hold."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
