"""Postgres and Redis as a campaign needs them: they can go away and come back under one address."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, TypeVar

import asyncpg

from tests.support.postgres import PostgresServer, run_postgres
from tests.support.process import free_port
from tests.support.redis import run_redis

Server = TypeVar("Server")


class Restartable(Generic[Server]):
    """A server behind a context manager that can be entered again and again."""

    def __init__(self, run: Callable[[], AbstractContextManager[Server]]) -> None:
        self._run = run
        self._running: AbstractContextManager[Server] | None = None
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        """What the manager gave when it was last entered."""
        assert self._server is not None, "never started"
        return self._server

    async def start(self) -> Server:
        """Up again, once it is ready."""
        running = self._run()
        self._server = await asyncio.to_thread(running.__enter__)
        self._running = running
        return self._server

    async def stop(self) -> None:
        """Down, in an orderly way."""
        if self._running is not None:
            running, self._running = self._running, None
            await asyncio.to_thread(running.__exit__, None, None, None)


class Postgres(Restartable[PostgresServer]):
    """A Postgres whose connections can be cut, and that can crash."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        super().__init__(lambda: run_postgres(folder, port))
        self.database = ""

    async def create_database(self) -> str:
        """The campaign's own database; its SQLAlchemy URL."""
        self.database = await asyncio.to_thread(self.server.create_database)
        return self.server.url(self.database)

    @property
    def dsn(self) -> str:
        """For asyncpg."""
        return self.server.url(self.database).replace("+asyncpg", "")

    async def service_pids(self) -> list[int]:
        """The server's processes that serve the service's connections."""
        conn = await asyncpg.connect(self.dsn)
        try:
            rows = await conn.fetch(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        finally:
            await conn.close()
        return [row["pid"] for row in rows]

    async def cut(self, pids: list[int]) -> int:
        """End these connections from the server's side; how many."""
        conn = await asyncpg.connect(self.dsn)
        try:
            rows = await conn.fetch(
                "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid", pids
            )
        finally:
            await conn.close()
        return len(rows)

    async def crash(self) -> None:
        """`pg_ctl stop -m immediate`: no checkpoint, no goodbye; it recovers at the next start."""
        pid = int((self.server.data / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
        await self.stop()


def restartable_redis() -> Restartable[str]:
    """A Redis with one address for all its lives."""
    port, password = free_port(), secrets.token_hex(16)
    return Restartable(lambda: run_redis(port, password))
