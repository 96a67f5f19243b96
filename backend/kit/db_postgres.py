"""Postgres by asyncpg; the same synchronous functions by `run_sync`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from backend.kit.db import Hint, HintListener, Tx, Wiring, settle
from backend.kit.db_away import as_away
from backend.kit.db_notify import Notifications
from backend.kit.hints import MISSED, Courier
from backend.kit.jobs.queue import TOPIC as JOBS
from backend.kit.schema import from_json, to_json
from backend.kit.sql import is_stale_plan

P = ParamSpec("P")
T = TypeVar("T")

RETRIED = {"40001", "40P01"}
"""Serialisation failure and deadlock: the other transaction goes on, ours is run again."""
TRIES = 4


class Carrier(Protocol):
    """A quicker way for live hints than the database's own."""

    async def publish(self, hints: Sequence[Hint]) -> bool:
        """False: it could not; the database carries them."""
        ...


class PostgresDatabase:
    """A `Database` on a server, shared by any number of processes."""

    def __init__(
        self, url: str, wiring: Wiring, *, pool_size: int = 10, carrier: Carrier | None = None
    ) -> None:
        self.wiring = wiring
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            # More than there are of either, so that none is prepared twice.
            connect_args={"prepared_statement_cache_size": 500, "statement_cache_size": 500},
            json_serializer=to_json,
            json_deserializer=from_json,
            hide_parameters=True,  # an error's text goes to logs; what customers wrote must not
        )
        sa.event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        self._listeners: list[HintListener] = []
        dsn = self._engine.url.set(drivername="postgresql")
        self._notifications = Notifications(dsn.render_as_string(hide_password=False))
        self._carrier = carrier
        self._courier = Courier(self._carry)

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        value, hints = await self._repeated(
            partial(self._commit, lambda tx: fn(tx, *args, **kwargs))
        )
        if hints:
            self._told(hints)
        return value

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._repeated(partial(self._look, lambda tx: fn(tx, *args, **kwargs)))

    async def _repeated(self, run: Callable[[], Awaitable[T]]) -> T:
        """Run it again after what another transaction or a change of the schema is to blame for."""
        for attempt in range(1, TRIES + 1):
            try:
                return await run()
            except DBAPIError as error:
                if attempt == TRIES or not self._may_repeat(error):
                    raise
        raise AssertionError("unreachable")

    def _may_repeat(self, error: DBAPIError) -> bool:
        if getattr(error.orig, "sqlstate", None) in RETRIED:
            return True
        return is_stale_plan(self._engine.sync_engine.dialect.loaded_dbapi, error.orig)

    async def _commit(self, fn: Callable[[Tx], T]) -> tuple[T, list[Hint]]:
        async with self._connected() as conn, conn.begin():
            return await conn.run_sync(self._run, fn)

    async def _look(self, fn: Callable[[Tx], T]) -> T:
        async with self._connected() as conn:
            await conn.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            return await conn.run_sync(lambda sync: fn(self._new_tx(sync)))

    def listen(self, listener: HintListener) -> None:
        if not self._listeners:
            self._notifications.listen(self._heard)
        self._listeners.append(listener)

    @property
    def is_listening(self) -> bool:
        """Whether the hints of other processes arrive at present."""
        return self._notifications.is_listening

    def announce(self, hints: Sequence[Hint]) -> None:
        self._told(hints)

    async def close(self) -> None:
        await self._courier.close()
        await self._notifications.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool. Raises: DatabaseAway, also for what the database raises within;
        a function's own errors, such as a file that is not there, are the caller's."""
        async with AsyncExitStack() as stack:
            try:
                conn = await stack.enter_async_context(self._engine.connect())
            except Exception as error:  # most are raised again
                if away := as_away(error):
                    raise away from error
                raise
            try:
                yield conn
            except (DBAPIError, asyncpg.InterfaceError, OSError) as error:
                away = as_away(error)
                if away and (isinstance(error, DBAPIError) or _has_ended(conn)):
                    raise away from error
                raise

    def _new_tx(self, conn: sa.Connection) -> Tx:
        wiring = self.wiring
        return Tx(conn, wiring.clock.now(), wiring.ids, wiring.clock.is_system, wiring.publish)

    def _run(self, conn: sa.Connection, fn: Callable[[Tx], T]) -> tuple[T, list[Hint]]:
        tx = self._new_tx(conn)
        value = fn(tx)
        settle(tx)
        return value, tx.hints

    def _told(self, hints: Sequence[Hint]) -> None:
        """Wake this process at once and the others by way of the courier."""
        self._tell(hints)
        self._courier.take(hints)

    def _heard(self, hints: Iterable[Hint]) -> None:
        told = list(hints)
        self._tell([*told, Hint(JOBS)] if MISSED in told else told)

    def _tell(self, hints: Sequence[Hint]) -> None:
        for listener in self._listeners:
            listener(hints)

    async def _carry(self, hints: Sequence[Hint]) -> None:
        """Jobs' wake-ups by the database, which a worker needs anyway; live ones by the carrier."""
        live = [hint for hint in hints if hint.topic != JOBS]
        if live and self._carrier is not None and await self._carrier.publish(live):
            hints = [hint for hint in hints if hint.topic == JOBS]
        if hints:
            await self._notifications.notify(hints)


def _has_ended(conn: AsyncConnection) -> bool:
    sync = conn.sync_connection
    if sync is None or sync.closed or sync.invalidated:
        return True
    driver: Any = sync.connection.driver_connection
    return bool(driver is None or driver.is_closed())


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """A connection whose end the driver has seen (the server was restarted) is not handed out, nor
    are the others of the pool. Asking the server instead would be three round trips a transaction;
    an end that nobody has told us of is a `DatabaseAway`, and whoever asked asks again."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
