"""A provider for demos and tests: pays nothing, but keeps books of its own and can misbehave.

The books are a separate SQLite file, outside the shop's transactions as a real provider's would be,
so whoever checks can compare what was promised with what was done.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from backend.integrations.payments.port import (
    PaymentRefused,
    PaymentUnknown,
    ProviderRefund,
    RefundOrder,
)

Outcome = Literal["succeed", "fail", "refuse", "vanish"]
"""`fail`: an error before anything happened. `refuse`: a definite no. `vanish`: paid, but the
answer never arrives."""

TRIES = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS effect (
    ref INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    payment_ref TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    at TEXT NOT NULL
)
"""


@dataclass(slots=True)
class DemoBehaviour:
    """How it behaves. Rates are 0 … 1; `next_outcomes` are used up before the rates are asked."""

    slow_seconds: float = 0.0
    fail_rate: float = 0.0
    refuse_rate: float = 0.0
    vanish_rate: float = 0.0
    next_outcomes: deque[Outcome] = field(default_factory=deque)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> DemoBehaviour:
        """Numbers by their field's name (`slow_seconds`, `vanish_rate` …).

        Raises: ValueError for unknown names, and for what is not a number in its range.
        """
        known = {one.name for one in fields(cls)} - {"next_outcomes"}
        if unknown := settings.keys() - known:
            raise ValueError(f"unknown settings of the demo provider: {', '.join(sorted(unknown))}")
        behaviour = cls()
        for name, value in settings.items():
            number = float(value)
            if not 0 <= number <= (60 if name == "slow_seconds" else 1):
                raise ValueError(f"{name}={number} is out of range")
            setattr(behaviour, name, number)
        return behaviour


@dataclass(frozen=True, slots=True)
class Effect:
    """A line of the books: money that went back."""

    ref: str
    idempotency_key: str
    payment_ref: str
    amount: int
    currency: str
    at: datetime


class DemoProvider:
    """A `PaymentProvider` whose books are the file at `path`; any number of processes share it."""

    def __init__(
        self,
        path: Path,
        behaviour: DemoBehaviour | None = None,
        *,
        chance: random.Random | None = None,
    ) -> None:
        self.path = path
        self.behaviour = behaviour or DemoBehaviour()
        self._chance = chance or random.Random()  # noqa: S311 - misbehaviour, not secrets
        self._opened: sqlite3.Connection | None = None
        self._one_at_a_time = threading.Lock()

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        return await asyncio.to_thread(self._refund, order)

    async def look_up(self, order: RefundOrder) -> ProviderRefund | None:
        return await asyncio.to_thread(self._look_up, order)

    def effects(self) -> list[Effect]:
        """Everything that was paid back, oldest first."""
        with self._books() as books:
            rows = books.execute(
                "SELECT ref, idempotency_key, payment_ref, amount, currency, at FROM effect "
                "ORDER BY ref"
            ).fetchall()
        return [
            Effect(_name(ref), key, payment_ref, amount, currency, datetime.fromisoformat(at))
            for ref, key, payment_ref, amount, currency, at in rows
        ]

    def _refund(self, order: RefundOrder) -> ProviderRefund:
        outcome = self._outcome()
        time.sleep(self.behaviour.slow_seconds)
        if outcome == "fail":
            raise PaymentUnknown("demo: 503 before anything happened")
        if outcome == "refuse":
            raise PaymentRefused("demo_refused", "told to refuse")
        paid = self._pay(order)
        if outcome == "vanish":
            raise PaymentUnknown("demo: the connection was lost")
        return paid

    def _pay(self, order: RefundOrder) -> ProviderRefund:
        with self._books() as books:
            books.execute("BEGIN IMMEDIATE")
            known = self._find(books, order.idempotency_key)
            if known is not None:
                if (known.amount, known.currency) != (order.amount, order.currency):
                    raise PaymentRefused("idempotency_mismatch", "the key paid something else")
                return known
            (returned,) = books.execute(
                "SELECT coalesce(sum(amount), 0) FROM effect WHERE payment_ref = ?",
                (order.payment_ref,),
            ).fetchone()
            if returned + order.amount > order.captured:
                raise PaymentRefused("over_refund", f"{order.captured - returned} is left")
            books.execute(
                "INSERT INTO effect (idempotency_key, payment_ref, amount, currency, at) "
                "VALUES (?, ?, ?, ?, ?)",
                (
                    order.idempotency_key,
                    order.payment_ref,
                    order.amount,
                    order.currency,
                    datetime.now(UTC).isoformat(),
                ),
            )
            paid = self._find(books, order.idempotency_key)
            books.execute("COMMIT")
        if paid is None:
            raise RuntimeError("the books lost an entry")
        return paid

    def _look_up(self, order: RefundOrder) -> ProviderRefund | None:
        time.sleep(self.behaviour.slow_seconds)
        with self._books() as books:
            return self._find(books, order.idempotency_key)

    @staticmethod
    def _find(books: sqlite3.Connection, key: str) -> ProviderRefund | None:
        row = books.execute(
            "SELECT ref, amount, currency FROM effect WHERE idempotency_key = ?", (key,)
        ).fetchone()
        return ProviderRefund(_name(row[0]), row[1], row[2], "succeeded") if row else None

    def _outcome(self) -> Outcome:
        behaviour = self.behaviour
        if behaviour.next_outcomes:
            return behaviour.next_outcomes.popleft()
        drawn = self._chance.random()
        rates: tuple[tuple[Outcome, float], ...] = (
            ("fail", behaviour.fail_rate),
            ("refuse", behaviour.refuse_rate),
            ("vanish", behaviour.vanish_rate),
        )
        for outcome, rate in rates:
            if drawn < rate:
                return outcome
            drawn -= rate
        return "succeed"

    @contextmanager
    def _books(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one call at a time; what a call left open is undone."""
        with self._one_at_a_time:
            books = self._opened = self._opened or self._open()
            try:
                yield books
            finally:
                if books.in_transaction:
                    books.execute("ROLLBACK")

    def _open(self) -> sqlite3.Connection:
        books = sqlite3.connect(
            self.path, timeout=15, isolation_level=None, check_same_thread=False
        )
        _switch_to_wal(books)
        # A kill must not lose money that was paid: FULL syncs before a commit is told.
        books.execute("PRAGMA synchronous = FULL")
        books.execute(_SCHEMA)
        return books


def _switch_to_wal(books: sqlite3.Connection) -> None:
    """Of processes that open a new file at once, SQLite lets one switch and refuses the others
    without waiting: they find it switched a moment later."""
    for _ in range(TRIES):
        try:
            books.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise PaymentUnknown("demo: the books are locked")


def _name(ref: int) -> str:
    return f"demo-refund-{ref}"
