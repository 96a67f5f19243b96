"""The same suite on SQLite and on Postgres: fixtures that give an empty, migrated database."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.kit.clock import FixedClock
from backend.kit.db import Database, Publish, Wiring, nothing_reacts
from backend.kit.db_postgres import PostgresDatabase
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.ids import TimeOrderedIds
from backend.migrations.run import migrate
from tests.support.fresh import FreshDatabases
from tests.support.postgres import PostgresServer

NOON = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""


def open_at(
    url: str, clock: FixedClock, publish: Publish = nothing_reacts, **options: Any
) -> Database:
    """A database at `url` (a file's path means SQLite), on `clock`; `options` are Postgres's."""
    wiring = Wiring(clock, TimeOrderedIds(), publish)
    if url.startswith("postgresql"):
        return PostgresDatabase(url, wiring, **options)
    return SqliteDatabase(url, wiring)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: running the chain anew takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "template.db"
    migrate(str(file))
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    """Name of a migrated database, the template of the tests' own."""
    name = postgres_server.create_database()
    migrate(postgres_server.url(name))
    return name


@pytest.fixture(scope="session")
def fresh_postgres(postgres_server: PostgresServer, migrated_postgres: str) -> FreshDatabases:
    """Migrated, empty databases."""
    return FreshDatabases(postgres_server, migrated_postgres)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty, migrated database is."""
    if request.param == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "test.db"))
        return
    fresh: FreshDatabases = request.getfixturevalue("fresh_postgres")
    name = fresh.take()
    yield fresh.server.url(name)
    fresh.give_back(name)


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """An open database on the test's clock; every test using it runs on both kinds."""
    opened = open_at(database_url, clock)
    yield opened
    await opened.close()
