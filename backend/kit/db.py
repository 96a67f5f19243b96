"""The database, one shape for SQLite and Postgres: every write is `fn(tx, …)`, synchronous.

`await db.tx(fn, *args)` runs it in one transaction on SQLAlchemy Core; `await db.read(fn, *args)`
in a read-only snapshot. A function may run twice (a deadlock on Postgres), so it touches nothing
but its transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    """A wake-up told after the commit: `topic` (jobs, conversation:<id>) and a sequence number."""

    topic: str
    seq: int = 0


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
    _deferred: list[Callable[[Tx], None]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)

    @property
    def is_postgres(self) -> bool:
        """Whether this runs on Postgres (locks and notifications exist)."""
        return self.conn.dialect.name == "postgresql"

    def emit(self, event: Event) -> None:
        """Tell the reactions."""
        self._events.append(event)

    def react(self) -> None:
        """Let the reactions to what was told so far happen now instead of at the end."""
        while self._events:
            self.publish(self, self._events.pop(0))

    def defer(self, fn: Callable[[Tx], None]) -> None:
        """Run `fn` at the very end of this transaction."""
        self._deferred.append(fn)

    def hint(self, topic: str, seq: int = 0) -> None:
        """Wake listeners of `topic` after the commit."""
        self.hints.append(Hint(topic, seq))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside is undone as a whole by an exception: rows, events, hints."""
        pending = (len(self._events), len(self._deferred), len(self.hints))
        try:
            with self.conn.begin_nested():
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

    def listen(self, listener: HintListener) -> None:
        """Be told the hints of commits: this process's, and on Postgres all processes'."""
        ...

    async def close(self) -> None: ...


def settle(tx: Tx) -> None:
    """Carry out what the transaction has pending: events (theirs too), then what was deferred."""
    while tx._events or tx._deferred:
        tx.react()
        if tx._deferred:
            tx._deferred.pop(0)(tx)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a database is opened with."""

    clock: Clock
    ids: Ids
    publish: Publish = nothing_reacts
