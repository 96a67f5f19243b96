"""The database by itself: looking must not cost what a whole house does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.kit.clock import SystemClock
from backend.kit.db import Database, Wiring
from backend.kit.db_postgres import PostgresDatabase
from backend.kit.db_sqlite import SqliteDatabase
from backend.kit.ids import TimeOrderedIds
from backend.settings import Settings


@asynccontextmanager
async def bare_database(settings: Settings) -> AsyncIterator[Database]:
    """The database of these settings, without anything that reacts to what happens in it."""
    wiring = Wiring(SystemClock(), TimeOrderedIds())
    database: Database = (
        SqliteDatabase(settings.database, wiring)
        if settings.is_sqlite
        else PostgresDatabase(settings.database, wiring, pool_size=2)
    )
    try:
        yield database
    finally:
        await database.close()
