"""SQLite: WAL, synchronous=FULL, one writer thread that commits groups.

Measured shape: waiting writers share one fsync, so 16 callers get 4 times the commits of one
(see docs/adr/0003). Each function has a savepoint of its own: one that fails takes no other along.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from backend.kit.db import Hint, HintListener, Tx, Wiring, savepoint, settle
from backend.kit.schema import from_json, to_json

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 64
READERS = 4
_Done = asyncio.Future[Any]
_Work = tuple[Callable[[Tx], Any], _Done]
_Outcome = tuple[_Done, Any, BaseException | None]


class _AllUndone(Exception):
    """SQLite itself has rolled back the whole transaction: a full disk, an I/O error."""


def _engine(path: str, *, readers: int) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=readers,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": 15},
        json_serializer=to_json,
        json_deserializer=from_json,
        hide_parameters=True,  # an error's text goes to logs; what customers wrote must not
    )

    @sa.event.listens_for(engine, "connect")
    def _pragmas(dbapi: Any, _record: object) -> None:
        # The driver would begin transactions late and by its own rules: we say BEGIN ourselves.
        dbapi.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            dbapi.execute(f"PRAGMA {pragma}")

    return engine


class SqliteDatabase:
    """A `Database` in one file. Writes queue for one thread; reads run beside them."""

    def __init__(self, path: str, wiring: Wiring) -> None:
        self.wiring = wiring
        self._listeners: list[HintListener] = []
        self._closed = False
        self._write_conn: sa.Connection | None = None
        self._work: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._write_engine = _engine(path, readers=1)
        self._read_engine = _engine(path, readers=READERS)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="sqlite-read")
        sa.event.listen(self._write_engine, "begin", _begin_immediate)
        sa.event.listen(self._read_engine, "begin", _begin_deferred)
        self._writer = threading.Thread(target=self._write_loop, name="sqlite-write", daemon=True)
        self._writer.start()

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise RuntimeError("the database is closed")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        context = copy_context()  # what is logged within carries the caller's ids
        self._work.put((lambda tx: context.run(fn, tx, *args, **kwargs), done))
        # A caller that is cancelled stops waiting; the work is done nevertheless.
        return await done

    async def tx_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.tx(fn, *args, **kwargs)  # one thread writes, and nobody waits for others

    async def read_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.read(fn, *args, **kwargs)

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        context = copy_context()

        def run() -> T:
            with self._read_engine.connect() as conn, conn.begin() as snapshot:
                try:
                    return context.run(fn, self._new_tx(conn), *args, **kwargs)
                finally:
                    snapshot.rollback()

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    def listen(self, listener: HintListener) -> None:
        self._listeners.append(listener)

    @property
    def is_listening(self) -> bool:
        """Always: nobody else writes to the file."""
        return True

    def announce(self, hints: Sequence[Hint]) -> None:
        self._tell(hints)

    async def close(self) -> None:
        self._closed = True
        self._work.put(None)
        await asyncio.to_thread(self._writer.join)
        if self._write_conn is not None:
            self._write_conn.close()
        self._readers.shutdown()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def _new_tx(self, conn: sa.Connection) -> Tx:
        return Tx(conn, self.wiring.clock.now(), self.wiring.ids, False, self.wiring.publish)

    def _write_loop(self) -> None:
        closing = False
        while not closing:
            first = self._work.get()
            if first is None:
                return
            group = [first]
            while len(group) < GROUP:
                try:
                    more = self._work.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    closing = True
                    break
                group.append(more)
            self._commit(group)

    def _commit(self, group: list[_Work]) -> None:
        """Run the group in one transaction and tell each its outcome once that is durable."""
        outcomes: list[_Outcome] = []
        hints: list[Hint] = []
        try:
            with self._writing() as conn, conn.begin():
                for fn, done in group:
                    outcomes.append(self._run(conn, fn, done, hints))
                    # A savepoint is no shelter from these: what ran before is gone as well.
                    if not _in_transaction(conn):
                        raise _AllUndone from outcomes[-1][2]
        except _AllUndone as undone:
            if len(group) > 1:  # one at a time: the one that is to blame takes no other along
                for work in group:
                    self._commit([work])
                return
            outcomes = [(group[0][1], None, undone.__cause__ or undone)]
            hints = []
        except BaseException as error:  # the commit itself failed: nobody's work is stored
            outcomes = [(done, None, error) for _fn, done in group]
            hints = []
        for loop, told in _by_loop(outcomes).items():
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
                loop.call_soon_threadsafe(self._announce_outcomes, told, hints)
                hints = []

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """The writer's connection. Kept: taking it from the pool anew costs as much as three
        statements. After an error a new one is taken."""
        conn = self._write_conn = self._write_conn or self._write_engine.connect()
        try:
            yield conn
        except BaseException:
            self._write_conn = None
            conn.close()
            raise

    def _announce_outcomes(self, outcomes: Sequence[_Outcome], hints: Sequence[Hint]) -> None:
        """On the event loop, once for the whole group: waking it for each costs more."""
        for done, value, failure in outcomes:
            if done.done():  # the caller was cancelled
                continue
            if failure is None:
                done.set_result(value)
            else:
                done.set_exception(failure)
        # Last: a listener that fails must not leave a caller waiting.
        if hints:
            self._tell(hints)

    def _run(
        self, conn: sa.Connection, fn: Callable[[Tx], Any], done: _Done, hints: list[Hint]
    ) -> _Outcome:
        """One function in its savepoint."""
        tx = self._new_tx(conn)
        try:
            with savepoint(conn):
                value = fn(tx)
                settle(tx)
        except StopIteration as error:  # what no future can carry
            return done, None, RuntimeError(f"{fn} raised StopIteration: {error}")
        except BaseException as error:  # handed to the caller who waits for it
            return done, None, error
        hints.extend(tx.hints)
        return done, value, None

    def _tell(self, hints: Sequence[Hint]) -> None:
        for listener in self._listeners:
            listener(hints)


def _by_loop(
    outcomes: Sequence[_Outcome],
) -> Mapping[asyncio.AbstractEventLoop, Sequence[_Outcome]]:
    """One loop, as a rule."""
    told: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        told.setdefault(outcome[0].get_loop(), []).append(outcome)
    return told


def _begin_immediate(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN")


def _in_transaction(conn: sa.Connection) -> bool:
    dbapi = conn.connection.dbapi_connection
    return dbapi is not None and bool(dbapi.in_transaction)
