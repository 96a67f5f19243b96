"""Postgres by asyncpg; the same synchronous functions by `run_sync`."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from backend.kit.db import Hint, HintListener, Tx, Wiring, settle
from backend.kit.db_away import as_away
from backend.kit.db_notify import Notifications
from backend.kit.hints import MISSED, Courier
from backend.kit.jobs.queue import TOPIC as JOBS
from backend.kit.schema import from_json, to_json
from backend.kit.sql import is_stale_plan

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

FREE_WITHIN = 4.0
"""Seconds to wait for a connection of the pool; a vendor hangs up after five."""
SILENT_FOR = 20.0
"""Seconds until a connection whose other end answers nothing any more counts as lost (a failover, a
firewall that forgot it): the system's own limit is a quarter of an hour."""

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
        self,
        url: str,
        wiring: Wiring,
        *,
        pool_size: int = 10,
        patience: float = 0.0,
        free_within: float = FREE_WITHIN,
        carrier: Carrier | None = None,
    ) -> None:
        """`patience`: seconds a transaction may take before its connection is given up for dead;
        0: for ever. `free_within`: seconds to wait for one of the pool."""
        self.wiring = wiring
        self._patience = patience
        self._engine = _engine(url, pool_size, free_within)
        self._apart = _engine(url, 1, free_within)
        self._listeners: list[HintListener] = []
        self._notifications = Notifications(_connecting(self._engine))
        self._carrier = carrier
        self._courier = Courier(self._carry)

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._tx(self._engine, lambda tx: fn(tx, *args, **kwargs))

    async def tx_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._tx(self._apart, lambda tx: fn(tx, *args, **kwargs))

    async def _tx(self, engine: AsyncEngine, fn: Callable[[Tx], T]) -> T:
        value, hints = await self._repeated(partial(self._commit, engine, fn))
        if hints:
            self._told(hints)
        return value

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        look = partial(self._look, self._engine, lambda tx: fn(tx, *args, **kwargs))
        return await self._repeated(look)

    async def read_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        look = partial(self._look, self._apart, lambda tx: fn(tx, *args, **kwargs))
        return await self._repeated(look)

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

    async def _commit(self, engine: AsyncEngine, fn: Callable[[Tx], T]) -> tuple[T, list[Hint]]:
        async with self._connected(engine) as conn, conn.begin():
            return await conn.run_sync(self._run, fn)

    async def _look(self, engine: AsyncEngine, fn: Callable[[Tx], T]) -> T:
        async with self._connected(engine) as conn:
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
        await self._apart.dispose()

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool. Raises: DatabaseAway, also for what the database raises within;
        a function's own errors, such as a file that is not there, are the caller's."""
        async with AsyncExitStack() as stack:
            try:
                conn = await stack.enter_async_context(engine.connect())
            except Exception as error:  # most are raised again
                if away := as_away(error):
                    raise away from error
                raise
            given_up = self._give_up_later(conn)
            try:
                yield conn
            except (DBAPIError, asyncpg.InterfaceError, OSError) as error:
                away = as_away(error)
                if away and (isinstance(error, DBAPIError) or _has_ended(conn)):
                    raise away from error
                raise
            finally:
                if given_up is not None:
                    given_up.cancel()

    def _give_up_later(self, conn: AsyncConnection) -> asyncio.TimerHandle | None:
        """Cut the connection once it has taken too long: whoever waits for its answer gets an
        error instead of waiting for ever. A limit of the driver's waits for the server, too."""
        if not self._patience or conn.sync_connection is None:
            return None
        driver: Any = conn.sync_connection.connection.driver_connection
        return asyncio.get_running_loop().call_later(self._patience, _cut, driver)

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


def _engine(url: str, size: int, free_within: float) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=free_within,
        # More than there are of either, so that none is prepared twice.
        connect_args={"prepared_statement_cache_size": 500, "statement_cache_size": 500},
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,  # an error's text goes to logs; what customers wrote must not
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
    sa.event.listen(engine.sync_engine, "connect", _notice_silence)
    return engine


def _connecting(engine: AsyncEngine) -> dict[str, Any]:
    """What the engine's own connections are made with, for one beside them."""
    _, options = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in options.items() if name not in _NOT_THE_DRIVERS}


_NOT_THE_DRIVERS = ("prepared_statement_cache_size", "prepared_statement_name_func")
"""SQLAlchemy's own words in an address."""


def _cut(driver: Any) -> None:
    log.warning("a transaction took too long: its connection is given up")
    driver.terminate()


def _notice_silence(connection: Any, _record: object) -> None:
    """Have the system end a connection whose other end has fallen silent."""
    transport = connection.driver_connection._transport  # the driver has no setting for it
    found = transport.get_extra_info("socket")
    if found is None or found.family == getattr(socket, "AF_UNIX", None):
        return
    with socket.socket(fileno=os.dup(found.fileno())) as same:  # uvloop's own takes no options
        same.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE.items():
            if hasattr(socket, name):
                same.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


_KEEPALIVE = {
    "TCP_KEEPIDLE": int(SILENT_FOR / 2),
    "TCP_KEEPINTVL": int(SILENT_FOR / 4),
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": int(SILENT_FOR * 1000),
}
"""Seconds, and milliseconds of what was sent without an answer."""


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
