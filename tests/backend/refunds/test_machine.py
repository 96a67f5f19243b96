"""Whatever customers, people, jobs and the provider do in whatever order, money stays whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from backend.audit import service as audit
from backend.integrations.payments.port import (
    PaymentRefused,
    PaymentUnknown,
    ProviderRefund,
    RefundOrder,
)
from backend.kit.actor import Actor
from backend.kit.db import Hint, HintListener, Tx
from backend.kit.errors import DomainError
from backend.kit.jobs.kinds import JobKind
from backend.kit.jobs.worker import Worker
from backend.orders import service as orders
from backend.refunds import repository
from backend.refunds import service as refunds
from backend.refunds.effects import EXECUTE
from backend.refunds.execute import RefundExecutor
from backend.refunds.models import refund as refund_table
from backend.refunds.repository import Refund
from backend.tickets import service as tickets
from tests.backend.refunds.support import (
    AGENT,
    KEY,
    MIA,
    SAM,
    SUE,
    Bench,
    ask,
    bench_on,
    memory_engine,
    order_document,
    prepare,
)

P = ParamSpec("P")
T = TypeVar("T")
TICKET_STATE = {
    "awaiting_approval": "awaiting_approval",
    "approved": "refunding",
    "executing": "refunding",
    "succeeded": "refunded",
    "failed": "needs_attention",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
}


class BenchDatabase:
    """The bench as a `Database`."""

    is_listening = True

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def tx_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self.tx(fn, *args, **kwargs)

    async def tx(self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._bench.run(fn, *args, **kwargs)

    async def read(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._bench.run(fn, *args, **kwargs)

    async def read_apart(
        self, fn: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return self._bench.run(fn, *args, **kwargs)

    def announce(self, hints: Sequence[Hint]) -> None:
        """Nobody listens."""

    def listen(self, listener: HintListener) -> None:
        """Nobody waits on a bench."""

    async def close(self) -> None:
        """The bench is closed by who opened it."""


class Books:
    """A provider in memory that misbehaves as told and checks nothing but its keys."""

    def __init__(self) -> None:
        self.outcome = "succeed"
        self.paid: dict[str, RefundOrder] = {}

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        if self.outcome == "refuse":
            raise PaymentRefused("no")
        if self.outcome == "fail":
            raise PaymentUnknown("503")
        known = self.paid.setdefault(order.idempotency_key, order)
        assert known == order, "a key was used for two different refunds"
        if self.outcome == "vanish":
            raise PaymentUnknown("connection lost")
        return ProviderRefund(order.idempotency_key, order.amount, order.currency, "succeeded")

    async def look_up(self, order: RefundOrder) -> ProviderRefund | None:
        if order.idempotency_key not in self.paid:
            return None
        return ProviderRefund(order.idempotency_key, order.amount, order.currency, "succeeded")


class RefundMachine(RuleBasedStateMachine):
    """An order of three lines, two payments, a discount and a shipping fee."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.bench = self._stack.enter_context(bench_on(_ENGINE))
        self.books = Books()
        db = BenchDatabase(self.bench)
        executor = RefundExecutor(db, {"demo": self.books})
        kind = JobKind(executor.execute, attempts=2, on_dead=executor.give_up)
        self.worker = Worker(db, self.bench.clock, {EXECUTE: kind}, owner="machine")

    @initialize(
        prices=st.lists(
            st.tuples(st.integers(1, 250_000), st.integers(1, 3)), min_size=1, max_size=3
        ),
        discount=st.integers(0, 99),
        shipping=st.integers(0, 2_000),
        first=st.integers(0, 100),
    )
    def an_order(
        self, prices: list[tuple[int, int]], discount: int, shipping: int, first: int
    ) -> None:
        gross = sum(price * quantity for price, quantity in prices)
        off = gross * discount // 100
        total = gross - off + shipping
        part = total * first // 100
        document = order_document(
            prices=prices, discount=off, shipping=shipping, payments=(part, total - part)
        )
        self.order, self.chat = self.bench.run(prepare, document)

    @rule(
        target=asked,
        quantities=st.tuples(*[st.integers(0, 3)] * 3),
        reason=st.sampled_from(["no_longer_wanted", "late", "quality"]),
    )
    def request(self, quantities: tuple[int, ...], reason: str) -> Any:
        try:
            return self.bench.run(ask, self.order, self.chat, *quantities, reason=reason).id
        except DomainError:
            return multiple()

    @rule(refund_id=asked, actor=st.sampled_from([AGENT, KEY, SUE, SAM, MIA]))
    def approve(self, refund_id: str, actor: Actor) -> None:
        self._attempt(refunds.approve_refund, refund_id, actor, "yes")

    @rule(refund_id=asked, actor=st.sampled_from([AGENT, KEY, SUE]))
    def reject(self, refund_id: str, actor: Actor) -> None:
        self._attempt(refunds.reject_refund, refund_id, actor, "no")

    @rule(refund_id=asked)
    def retry(self, refund_id: str) -> None:
        self._attempt(refunds.retry_refund, refund_id, SUE, "again")

    @rule(refund_id=asked)
    def withdraw(self, refund_id: str) -> None:
        ticket = self.bench.run(tickets.get_ticket, self._refund(refund_id).ticket_id)
        self._attempt(
            refunds.withdraw_request, ticket.number, self.chat.contact_id, self.chat.actor
        )

    @rule(outcome=st.sampled_from(["succeed", "succeed", "fail", "vanish", "refuse"]))
    def work(self, outcome: str) -> None:
        self.books.outcome = outcome
        asyncio.run(self._work())
        self.bench.clock.advance(minutes=10)

    @invariant()
    def never_more_than_was_paid(self) -> None:
        for payment in self.order.payments if hasattr(self, "order") else ():
            back = [
                one.amount
                for one in self.books.paid.values()
                if one.payment_ref == payment.provider_ref
            ]
            assert sum(back) <= payment.amount
        if hasattr(self, "order"):
            held = self.bench.run(repository.held, self.order.id)
            assert held.amount <= self.order.paid
            assert sum(one.amount for one in self.books.paid.values()) <= held.amount

    @invariant()
    def tickets_agree_with_refunds(self) -> None:
        for refund in self._all():
            ticket = self.bench.run(tickets.get_ticket, refund.ticket_id)
            assert ticket.state == TICKET_STATE[refund.state]
            assert sum(amount for _, amount in refund.parts) == refund.amount
            transfers = self.bench.run(repository.transfers_of, refund.id)
            assert sum(one.amount for one in transfers) == refund.amount

    @invariant()
    def money_moved_where_it_is_said_to_have_moved(self) -> None:
        for refund in self._all():
            transfers = self.bench.run(repository.transfers_of, refund.id)
            paid = [one for one in transfers if one.id in self.books.paid]
            if refund.state == "succeeded":
                assert len(paid) == len(transfers)
            if refund.state in ("awaiting_approval", "withdrawn"):
                assert not paid
            if refund.state == "rejected":
                # Given up after a part was paid: that part stays counted.
                assert all(one.state == "succeeded" for one in paid)

    @invariant()
    def no_unit_is_claimed_twice(self) -> None:
        if hasattr(self, "order"):
            claims = self.bench.run(tickets.claims_of_order, self.order.id)
            order = self.bench.run(orders.load_order, self.order.id)
            for item in order.items:
                units = [one.unit for one in claims if one.order_item_id == item.id]
                assert len(units) == len(set(units)) <= item.quantity

    def teardown(self) -> None:
        try:
            assert self.bench.run(audit.verify_chain) is None
        finally:
            self._stack.close()

    async def _work(self) -> None:
        await self.worker.run_until_idle()

    def _attempt(self, fn: Callable[..., Any], *args: Any) -> None:
        try:
            self.bench.run(fn, *args)
        except DomainError:
            return

    def _refund(self, refund_id: str) -> Refund:
        found = self.bench.run(repository.get, refund_id)
        assert found is not None
        return found

    def _all(self) -> list[Refund]:
        ids = self.bench.conn.execute(sa.select(refund_table.c.id)).scalars().all()
        return [self._refund(refund_id) for refund_id in ids]


_ENGINE = memory_engine()
TestRefundMachine = RefundMachine.TestCase
TestRefundMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
