"""The database, one shape for SQLite and Postgres: every write is `fn(tx, …)`, synchronous.

`await db.tx(fn, *args)` runs it in one transaction on SQLAlchemy Core; `await db.read(fn, *args)`
in a read-only snapshot. A function may run twice (a deadlock on Postgres), so it touches nothing
but its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa

from backend.kit.clock import Clock
from backend.kit.events import Event
from backend.kit.ids import Ids

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hint:
    """A wake-up told after the commit: `topic` (jobs, conversation:<id>) and a sequence number.

    `what` names what has no number and is in no database, such as somebody typing.
    """

    topic: str
    seq: int = 0
    what: str = ""


Publish = Callable[["Tx", Event], None]
"""Carries an event to its reactions, within the transaction."""


def nothing_reacts(_tx: Tx, _event: Event) -> None:
    """The reactions of a database nobody wired any to."""


@dataclass(slots=True)
class Tx:
    """One transaction: its connection, its moment, and what is to happen with it.

    `emit` hands a domain event to the reactions, still inside the transaction. `defer` runs a
    function last, just before the commit (locks that everybody wants are taken there, so that
    they are held shortly and in one order). `hint` wakes listeners once the commit is durable.
    """

    conn: sa.Connection
    now: datetime
    ids: Ids
    db_clock: bool
    publish: Publish = nothing_reacts
    _events: list[Event] = field(default_factory=list)
    _deferred: list[tuple[Callable[[Tx, list[Any]], None], Sequence[Any]]] = field(
        default_factory=list
    )
    hints: list[Hint] = field(default_factory=list)
    is_postgres: bool = field(init=False)
    """Whether this runs on Postgres (locks and notifications exist)."""
    raw: Any = field(init=False)
    """The driver's connection, for what runs at every message (`kit.sql`)."""

    def __post_init__(self) -> None:
        self.is_postgres = self.conn.dialect.name == "postgresql"
        self.raw = self.conn.connection.dbapi_connection

    def emit(self, event: Event) -> None:
        """Tell the reactions."""
        self._events.append(event)

    def react(self) -> None:
        """Let the reactions to what was told so far happen now instead of at the end."""
        while self._events:
            self.publish(self, self._events.pop(0))

    def defer(self, fn: Callable[[Tx, list[Any]], None], items: Sequence[Any]) -> None:
        """Run `fn` at the very end of this transaction, once with all items deferred for it."""
        self._deferred.append((fn, items))

    def hint(self, topic: str, seq: int = 0) -> None:
        """Wake listeners of `topic` after the commit."""
        self.hints.append(Hint(topic, seq))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside is undone as a whole by an exception: rows, events, hints."""
        pending = (len(self._events), len(self._deferred), len(self.hints))
        try:
            with savepoint(self.conn):
                yield
        except BaseException:
            del self._events[pending[0] :], self._deferred[pending[1] :], self.hints[pending[2] :]
            raise

    def at(self, seconds: float = 0.0) -> Any:
        """This moment plus `seconds`, as SQL: the database's own clock on Postgres, so that
        processes with skewed clocks agree on what is due."""
        if self.db_clock:
            return sa.func.clock_timestamp() + timedelta(seconds=seconds)
        return self.now + timedelta(seconds=seconds)


HintListener = Callable[[Iterable[Hint]], None]
"""Is told the hints of a commit, on the event loop."""


class Database(Protocol):
    """What services and the pipeline need of a database."""

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in a transaction and commit. An exception of `fn` rolls all of it back."""
        ...

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn` on a snapshot; what it writes is refused or rolled back."""
        ...

    async def tx_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `tx`, not behind those who wait for a connection: for what has to happen in time, such
        as keeping leases."""
        ...

    async def read_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `read`, in the same way: a process under load is not an absent one."""
        ...

    def listen(self, listener: HintListener) -> None:
        """Be told the hints of commits: this process's, and on Postgres all processes'."""
        ...

    @property
    def is_listening(self) -> bool:
        """Whether the hints of all processes there can be arrive at present."""
        ...

    def announce(self, hints: Sequence[Hint]) -> None:
        """Tell what no commit tells, such as somebody typing, to the same listeners."""
        ...

    async def close(self) -> None: ...


@contextmanager
def savepoint(conn: sa.Connection) -> Iterator[None]:
    """A savepoint, undone by an exception. On SQLite by the driver: SQLAlchemy's own bookkeeping
    of one costs as much as three statements."""
    raw = conn.connection.dbapi_connection
    if conn.dialect.name != "sqlite" or raw is None:
        with conn.begin_nested():
            yield
        return
    raw.execute("SAVEPOINT one")
    try:
        yield
    except BaseException:
        if raw.in_transaction:  # a full disk has undone everything already
            raw.execute("ROLLBACK TO one")
            raw.execute("RELEASE one")
        raise
    raw.execute("RELEASE one")


def settle(tx: Tx) -> None:
    """Carry out what the transaction has pending: events (theirs too), then what was deferred."""
    while tx._events or tx._deferred:
        tx.react()
        gathered: dict[Callable[[Tx, list[Any]], None], list[Any]] = {}
        for fn, items in tx._deferred:
            gathered.setdefault(fn, []).extend(items)
        tx._deferred.clear()
        for fn, together in gathered.items():
            fn(tx, together)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a database is opened with."""

    clock: Clock
    ids: Ids
    publish: Publish = nothing_reacts
