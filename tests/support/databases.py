"""The same suite on SQLite and on Postgres: fixtures that give an empty, migrated database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Publish, Wiring, nothing_reacts
from backend.kit.db_postgres import PostgresDatabase
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.ids import TimeOrderedIds
from backend.migrations.run import migrate

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


def open_at(url: str, clock: FixedClock, publish: Publish = nothing_reacts) -> Database:
    """A database at `url` (a file's path means SQLite), on `clock`."""
    wiring = Wiring(clock, TimeOrderedIds(), publish)
    if url.startswith("postgresql"):
        return PostgresDatabase(url, wiring)
    return SqliteDatabase(url, wiring)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty, migrated database is."""
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_database"))
    else:
        url = str(tmp_path / "test.db")
    migrate(url)
    return url


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """An open database on the test's clock; every test using it runs on both kinds."""
    opened = open_at(database_url, clock)
    yield opened
    await opened.close()
