"""One metadata for all tables, and column types that mean the same on SQLite and Postgres."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pydantic_core
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A JSON value (JSONB on Postgres)."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A running number the database gives."""


def to_json(value: Any) -> str:
    """What JSON columns hold. Rust's writer, at a fifth of the standard library's cost."""
    return pydantic_core.to_json(value, inf_nan_mode="constants").decode()


def from_json(text: str | bytes) -> Any:
    """What `to_json` wrote."""
    return pydantic_core.from_json(text)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime: timestamptz on Postgres, sortable UTC text on SQLite."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime can't be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def to_sqlite_text(value: datetime | None) -> str | None:
    """A time as `UtcTime` writes it for SQLite. Raises: ValueError for a naive one."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a naive datetime can't be stored")
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    # Without the "+00:00" at the end.
    return value.isoformat(" ", "microseconds")[:26]


def from_sqlite_text(text: str | None) -> datetime | None:
    """What `to_sqlite_text` wrote."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
