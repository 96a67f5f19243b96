"""What tells that Postgres is away, and what only that it refuses."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from backend import problems
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import DatabaseAway, is_database_away
from tests.support.databases import open_at
from tests.support.process import free_port
from tests.support.silence import silent_proxy

on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def _sleep(tx: Tx) -> None:
    tx.conn.execute(sa.text("SELECT pg_sleep(20)"))


def _end_others(tx: Tx) -> int:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2%'"
    return len(tx.conn.execute(sa.text(f"{ended} AND pid <> pg_backend_pid()")).all())


@on_postgres
async def test_a_connection_ended_in_the_middle(database: Database) -> None:
    for use in (database.tx, database.read):
        asleep = asyncio.ensure_future(use(_sleep))
        async with asyncio.timeout(10):
            while not await database.tx(_end_others):  # noqa: ASYNC110  # the server tells nobody
                await asyncio.sleep(0.02)
            with pytest.raises(DatabaseAway):
                await asleep


@on_postgres
async def test_a_server_that_is_not_there(database_url: str, clock: FixedClock) -> None:
    nobody = open_at(re.sub(r":\d+/", f":{free_port()}/", database_url), clock)
    with pytest.raises(DatabaseAway, match="ConnectionRefusedError"):
        await nobody.tx(_sleep)
    await nobody.close()


@on_postgres
async def test_a_wrong_password_or_name_is_no_absence(database_url: str, clock: FixedClock) -> None:
    for wrong in (re.sub(r"postgres:\w+@", "postgres:wrong@", database_url), f"{database_url}x"):
        refused = open_at(wrong, clock)
        with pytest.raises(Exception, match=r"password|does not exist") as error:
            await refused.tx(_sleep)
        assert not is_database_away(error.value)
        await refused.close()


@on_postgres
async def test_what_a_function_did_wrong_is_its_own(database: Database) -> None:
    def wrong(tx: Tx) -> None:
        tx.conn.execute(sa.text("SELECT 1 / 0"))

    with pytest.raises(sa.exc.DBAPIError) as error:
        await database.tx(wrong)
    assert not is_database_away(error.value)


@on_postgres
async def test_none_of_the_pool_came_free(database_url: str, clock: FixedClock) -> None:
    """Who waits in vain is told to come again; what must happen in time does not wait."""
    narrow = open_at(database_url, clock, pool_size=1, free_within=0.2)
    asleep = asyncio.ensure_future(narrow.tx(_sleep))
    await asyncio.sleep(0.1)
    with pytest.raises(DatabaseAway):
        await narrow.tx(_look)
    await narrow.tx_apart(_look)
    asleep.cancel()
    await asyncio.gather(asleep, return_exceptions=True)
    await narrow.close()


@on_postgres
async def test_a_connection_that_falls_silent(database_url: str, clock: FixedClock) -> None:
    """Nothing comes back, and nobody says why: what waits is given up, what follows goes on."""
    server = re.search(r"@([^:/]+):(\d+)/", database_url)
    assert server is not None
    async with silent_proxy(server[1], int(server[2])) as proxy:
        through = database_url.replace(server[0], f"@127.0.0.1:{proxy.port}/")
        behind = open_at(through, clock, patience=0.3)
        await behind.tx(_look)
        proxy.fall_silent()
        with pytest.raises(DatabaseAway):
            await behind.tx(_look)
        async with asyncio.timeout(5):
            await behind.tx(_look)  # on a new connection
        await behind.close()


def _look(tx: Tx) -> None:
    tx.conn.execute(sa.text("SELECT 1"))


def test_a_group_is_away_only_if_all_of_it_is() -> None:
    away = DatabaseAway("gone")
    assert is_database_away(ExceptionGroup("", [away, ExceptionGroup("", [away])]))
    assert not is_database_away(ExceptionGroup("", [away, ValueError()]))


async def test_the_api_asks_to_try_again() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    async def fails() -> None:
        raise DatabaseAway("ConnectionRefusedError")

    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@on_postgres
async def test_connections_ended_meanwhile_are_not_handed_out(
    database: Database, database_url: str
) -> None:
    """A restarted server: who asks next gets a new connection instead of an error."""
    async with asyncio.TaskGroup() as many:
        for _ in range(5):
            many.create_task(database.tx(_nap))
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    admin = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    assert len(await admin.fetch(f"SELECT pg_terminate_backend(pid) {others}")) >= 5
    while await admin.fetch(f"SELECT 1 {others}"):  # noqa: ASYNC110  # nobody is told
        await asyncio.sleep(0.02)
    await admin.close()
    await asyncio.sleep(0.3)  # until the sockets' end is here, too
    for _ in range(8):
        assert await database.tx(_all, "SELECT 1") == [(1,)]


def _nap(tx: Tx) -> None:
    tx.conn.execute(sa.text("SELECT pg_sleep(0.3)"))


def _all(tx: Tx, sql: str) -> list[object]:
    return list(tx.conn.execute(sa.text(sql)).all())


async def test_a_file_that_is_not_there_is_no_absence(database: Database) -> None:
    def wrong(_tx: Tx) -> None:
        Path("/nonexistent/file").read_text()

    for use in (database.tx, database.read):
        with pytest.raises(FileNotFoundError):
            await use(wrong)
