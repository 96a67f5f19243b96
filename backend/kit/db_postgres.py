"""Postgres by asyncpg; the same synchronous functions by `run_sync`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from backend.kit.db import Hint, HintListener, Tx, Wiring, settle

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)
CHANNEL = "aftercare_hints"
RETRIED = {"40001", "40P01"}
"""Serialisation failure and deadlock: the other transaction goes on, ours is run again."""
TRIES = 4
NOTIFY_LIMIT = 7_000
"""Bytes of one NOTIFY payload (the server takes 7,999)."""


class PostgresDatabase:
    """A `Database` on a server, shared by any number of processes."""

    def __init__(self, url: str, wiring: Wiring, *, pool_size: int = 10) -> None:
        self.wiring = wiring
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            hide_parameters=True,  # an error's text goes to logs; what customers wrote must not
        )
        self._listeners: list[HintListener] = []
        self._listening: asyncio.Task[None] | None = None
        self._closing = False

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                async with self._engine.begin() as conn:
                    return await conn.run_sync(
                        lambda sync: self._run(sync, lambda tx: fn(tx, *args, **kwargs))
                    )
            except DBAPIError as error:
                if attempt == TRIES or getattr(error.orig, "sqlstate", None) not in RETRIED:
                    raise
        raise AssertionError("unreachable")

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        async with self._engine.connect() as conn:
            await conn.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            return await conn.run_sync(lambda sync: fn(self._new_tx(sync), *args, **kwargs))

    def listen(self, listener: HintListener) -> None:
        self._listeners.append(listener)
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen_forever())

    async def close(self) -> None:
        self._closing = True
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        await self._engine.dispose()

    def _new_tx(self, conn: sa.Connection) -> Tx:
        wiring = self.wiring
        return Tx(conn, wiring.clock.now(), wiring.ids, wiring.clock.is_system, wiring.publish)

    def _run(self, conn: sa.Connection, fn: Callable[[Tx], T]) -> T:
        tx = self._new_tx(conn)
        value = fn(tx)
        settle(tx)
        # NOTIFY is told by the server at commit, to every process, in commit order.
        for payload in _payloads(tx.hints):
            conn.execute(sa.select(sa.func.pg_notify(CHANNEL, payload)))
        return value

    async def _listen_forever(self) -> None:
        dsn = self._engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while not self._closing:
            try:
                conn = await asyncpg.connect(dsn)
            except (OSError, asyncpg.PostgresError) as error:
                log.warning("cannot listen for hints, polling meanwhile: %s", type(error).__name__)
                await asyncio.sleep(1)
                continue
            gone = asyncio.Event()
            conn.add_termination_listener(lambda _conn, gone=gone: gone.set())
            try:
                await conn.add_listener(CHANNEL, self._told)
                await gone.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("lost the hints' connection: %s", type(error).__name__)
            finally:
                await _close_quietly(conn)

    def _told(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        hints = [Hint(topic, seq) for topic, seq in json.loads(str(payload))]
        for listener in self._listeners:
            listener(hints)


def _payloads(hints: list[Hint]) -> list[str]:
    """The hints as few JSON payloads, each under the server's limit; doubles fall out."""
    payloads: list[str] = []
    batch: list[Any] = []
    for hint in dict.fromkeys(hints):
        batch.append([hint.topic, hint.seq])
        if len(json.dumps(batch)) > NOTIFY_LIMIT:
            payloads.append(json.dumps(batch[:-1]))
            batch = batch[-1:]
    if batch:
        payloads.append(json.dumps(batch))
    return payloads


async def _close_quietly(conn: asyncpg.Connection[Any]) -> None:
    try:
        await conn.close(timeout=1)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        conn.terminate()
