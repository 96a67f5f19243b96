"""Paying: the provider fails, is slow, answers late or never; money moves once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar

import pytest

from backend.integrations.payments.demo import DemoProvider, Outcome
from backend.integrations.payments.port import ProviderRefund, RefundOrder
from backend.kit.clock import FixedClock
from backend.kit.db import Database, Tx
from backend.kit.errors import Conflict
from backend.kit.events import Event
from backend.kit.jobs import Job, listing
from backend.kit.jobs.claiming import claim
from backend.kit.jobs.kinds import JobKind
from backend.kit.jobs.worker import Worker
from backend.orders import repository as order_rows
from backend.orders.entities import Order
from backend.orders.rules import BY_CHANGE
from backend.refunds import repository
from backend.refunds import service as refunds
from backend.refunds.effects import EXECUTE
from backend.refunds.events import RefundFailed, RefundSucceeded
from backend.refunds.execute import RefundExecutor, _begin
from backend.refunds.repository import Refund
from backend.tickets import service as tickets
from tests.backend.refunds.support import SUE, ask, order_document, prepare
from tests.support.databases import open_at

ATTEMPTS = 3
FAIL: Outcome = "fail"
E = TypeVar("E")


class Desk:
    """A worker on a database, its provider, and what was told."""

    def __init__(self, url: str, clock: FixedClock, folder: Path) -> None:
        self.events: list[Event] = []
        self.clock = clock
        self.db: Database = open_at(url, clock, lambda _tx, event: self.events.append(event))
        self.provider = DemoProvider(folder / "books.db")
        self.executor = RefundExecutor(self.db, {"demo": self.provider}, timeout=5)

    def worker(self, executor: RefundExecutor | None = None) -> Worker:
        executor = executor or self.executor
        kind = JobKind(executor.execute, attempts=ATTEMPTS, on_dead=executor.give_up)
        return Worker(self.db, self.clock, {EXECUTE: kind}, owner="test")

    async def work(self, *outcomes: Outcome) -> None:
        """Work until nothing waits any more; the provider answers as told, then well."""
        self.provider.behaviour.next_outcomes.extend(outcomes)
        await self.worker().run_until_idle()
        while await self.db.read(listing.next_due) is not None:
            self.clock.advance(minutes=5)
            await self.worker().run_until_idle()

    async def refund(self, refund_id: str) -> Refund:
        found = await self.db.read(repository.get, refund_id)
        assert found is not None
        return found

    async def ticket_state(self, refund: Refund) -> str:
        return (await self.db.read(tickets.get_ticket, refund.ticket_id)).state

    async def outcomes(self, refund_id: str) -> list[str | None]:
        return [one.outcome for one in await self.db.read(repository.attempts_of, refund_id)]

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def desk(database_url: str, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Desk]:
    opened = Desk(database_url, clock, tmp_path)
    yield opened
    await opened.db.close()


def small(tx: Tx) -> tuple[Order, Refund]:
    """A refund the rules approve at once."""
    order, chat = prepare(tx, order_document(prices=((20_000, 1),)))
    return order, ask(tx, order, chat)


async def test_it_is_paid_once_and_told(desk: Desk) -> None:
    order, refund = await desk.db.tx(small)
    await desk.work()
    [effect] = desk.provider.effects()
    assert (effect.idempotency_key, effect.payment_ref, effect.amount, effect.currency) == (
        refund.id,
        order.payments[0].provider_ref,
        20_000,
        "CNY",
    )
    paid = await desk.refund(refund.id)
    assert (paid.state, paid.attempts) == ("succeeded", 1)
    assert await desk.ticket_state(paid) == "refunded"
    [told] = desk.told(RefundSucceeded)
    assert told.amount == 20_000
    [transfer] = await desk.db.read(repository.transfers_of, refund.id)
    assert (transfer.state, transfer.provider_ref) == ("succeeded", effect.ref)
    assert await desk.db.read(listing.count_by_state) == {"done": 1}


@pytest.mark.parametrize("outcome", ["fail", "vanish"])
async def test_after_an_unknown_outcome_it_is_looked_up(desk: Desk, outcome: Outcome) -> None:
    _, refund = await desk.db.tx(small)
    await desk.work(outcome)
    assert len(desk.provider.effects()) == 1
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert await desk.outcomes(refund.id) == ["unknown", "succeeded"]
    assert len(desk.told(RefundSucceeded)) == 1


async def test_the_second_try_looks_up_before_it_pays(desk: Desk) -> None:
    """What was paid is found: the provider is not even asked to pay again."""
    _, refund = await desk.db.tx(small)
    # A second call would be refused, and the refund would fail.
    await desk.work("vanish", "refuse")
    assert (await desk.refund(refund.id)).state == "succeeded"


async def test_a_restored_database_pays_nothing_once_more(desk: Desk) -> None:
    """It knows of no try. By then the provider may have forgotten the key, never the refund."""
    order, refund = await desk.db.tx(small)
    paid = order.payments[0]
    await desk.provider.refund(
        RefundOrder(refund.id, paid.provider_ref, 20_000, "CNY", paid.amount)
    )
    desk.clock.advance(hours=25)
    await desk.work("refuse")
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert len(desk.provider.effects()) == 1


async def test_a_definite_no_goes_to_people(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    await desk.work("refuse")
    failed = await desk.refund(refund.id)
    assert (failed.state, failed.failure, failed.outcome_unknown) == (
        "failed",
        "demo_refused",
        False,
    )
    assert await desk.ticket_state(failed) == "needs_attention"
    [told] = desk.told(RefundFailed)
    assert (told.code, told.outcome_unknown) == ("demo_refused", False)
    assert await desk.db.read(listing.count_by_state) == {"done": 1}


async def test_a_person_tries_a_failed_one_again(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    await desk.work("refuse")
    await desk.db.tx(refunds.retry_refund, refund.id, SUE, "the account is filled up")
    await desk.work()
    paid = await desk.refund(refund.id)
    assert (paid.state, paid.failure, await desk.ticket_state(paid)) == (
        "succeeded",
        None,
        "refunded",
    )
    assert len(desk.provider.effects()) == 1


async def test_a_person_gives_a_refused_one_up_and_the_money_is_free(desk: Desk) -> None:
    order, refund = await desk.db.tx(small)
    await desk.work("refuse")
    assert (await desk.db.read(repository.held, order.id)).amount == 20_000
    await desk.db.tx(refunds.reject_refund, refund.id, SUE, "paid in cash")
    assert (await desk.db.read(repository.held, order.id)).amount == 0
    assert (await desk.refund(refund.id)).state == "rejected"


async def test_tries_run_out_and_nobody_may_assume_anything(desk: Desk) -> None:
    order, refund = await desk.db.tx(small)
    await desk.work(*[FAIL] * (ATTEMPTS - 1), "vanish")
    failed = await desk.refund(refund.id)
    assert (failed.state, failed.failure, failed.outcome_unknown) == ("failed", "gave_up", True)
    [told] = desk.told(RefundFailed)
    assert told.outcome_unknown
    # The money did move: it stays counted, and no one may close the case as if it had not.
    assert len(desk.provider.effects()) == 1
    assert (await desk.db.read(repository.held, order.id)).amount == 20_000
    with pytest.raises(Conflict) as caught:
        await desk.db.tx(refunds.reject_refund, refund.id, SUE, "no")
    assert caught.value.code == "outcome_unknown"
    await desk.db.tx(refunds.retry_refund, refund.id, SUE, "find out")
    await desk.work("refuse")
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert len(desk.provider.effects()) == 1


async def test_a_dead_letter_can_be_replayed(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    await desk.work(*[FAIL] * ATTEMPTS)
    [dead] = await desk.db.read(listing.list_jobs, "dead")
    await desk.db.tx(listing.replay, dead.id)
    await desk.work()
    paid = await desk.refund(refund.id)
    assert (paid.state, await desk.ticket_state(paid)) == ("succeeded", "refunded")


async def test_a_provider_nobody_configured_waits_for_people(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    lonely = RefundExecutor(desk.db, {})
    for _ in range(ATTEMPTS):
        await desk.worker(lonely).run_until_idle()
        desk.clock.advance(minutes=5)
    assert (await desk.refund(refund.id)).failure == "gave_up"
    assert "no payment provider demo" in str((await desk.refund(refund.id)).failure_detail)


async def test_what_a_change_took_goes_to_people_at_once(desk: Desk) -> None:
    def prepared(tx: Tx) -> Refund:
        order, refund = small(tx)
        order_rows.update_payment(tx, order.payments[0].id, {"provider": BY_CHANGE})
        return refund

    refund = await desk.db.tx(prepared)
    await desk.work()
    failed = await desk.refund(refund.id)
    assert (failed.state, failed.failure, failed.outcome_unknown) == ("failed", "by_change", False)
    # No provider of the house has it: it must be possible to give the refund up.
    await desk.db.tx(refunds.reject_refund, refund.id, SUE, "paid by our own system")


async def test_no_answer_in_time_is_an_unknown_outcome(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    desk.provider.behaviour.slow_seconds = 0.3
    hasty = RefundExecutor(desk.db, {"demo": desk.provider}, timeout=0.05)
    await desk.worker(hasty).run_until_idle()
    assert await desk.outcomes(refund.id) == ["unknown"]
    desk.provider.behaviour.slow_seconds = 0
    await asyncio.sleep(0.5)
    await desk.work()
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert len(desk.provider.effects()) == 1


async def test_several_payments_are_each_paid_back_once(desk: Desk) -> None:
    def split(tx: Tx) -> Refund:
        document = order_document(prices=((20_000, 1),), payments=(12_000, 8_000))
        return ask(tx, *prepare(tx, document))

    refund = await desk.db.tx(split)
    await desk.work("succeed", "vanish")
    assert [(one.idempotency_key, one.amount) for one in desk.provider.effects()] == [
        (refund.id, 12_000),
        (f"{refund.id}-2", 8_000),
    ]
    assert (await desk.refund(refund.id)).state == "succeeded"


async def test_a_refund_that_is_partly_paid_cannot_be_rejected(desk: Desk) -> None:
    def split(tx: Tx) -> Refund:
        document = order_document(prices=((10_000, 1), (10_000, 1)), payments=(5_000, 15_000))
        return ask(tx, *prepare(tx, document), 1)

    refund = await desk.db.tx(split)
    await desk.work("succeed", "refuse")
    assert (await desk.refund(refund.id)).state == "failed"
    with pytest.raises(Conflict, match="paid back"):
        await desk.db.tx(refunds.reject_refund, refund.id, SUE, "the rest can't be paid")
    await desk.db.tx(refunds.retry_refund, refund.id, SUE, "the provider allows it now")
    await desk.work()
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert [one.amount for one in desk.provider.effects()] == [5_000, 5_000]


class Patient(DemoProvider):
    """Takes its time: the first answers are `pending`."""

    waits = 2

    async def refund(self, order: RefundOrder) -> ProviderRefund:
        paid = await super().refund(order)
        return self._shown(paid)

    async def look_up(self, order: RefundOrder) -> ProviderRefund | None:
        known = await super().look_up(order)
        return self._shown(known) if known else None

    def _shown(self, paid: ProviderRefund) -> ProviderRefund:
        self.waits -= 1
        state: Literal["pending", "succeeded"] = "pending" if self.waits >= 0 else "succeeded"
        return ProviderRefund(paid.ref, paid.amount, paid.currency, state)


async def test_what_is_pending_is_looked_at_again(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    desk.provider = Patient(desk.provider.path)
    desk.executor = RefundExecutor(desk.db, {"demo": desk.provider})
    await desk.worker().run_until_idle()
    assert (await desk.refund(refund.id)).state == "executing"
    await desk.work()
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert await desk.outcomes(refund.id) == ["pending", "pending", "succeeded"]


async def test_a_worker_that_lost_its_lease_changes_nothing(desk: Desk) -> None:
    _, refund = await desk.db.tx(small)
    [stale] = await desk.db.tx(claim, "slow", limit=1, lease=10)
    desk.clock.advance(minutes=1)
    await desk.worker().run_until_idle()
    assert (await desk.refund(refund.id)).state == "succeeded"
    assert await desk.executor.execute(stale) is False, "there is nothing left to pay"
    assert len(desk.told(RefundSucceeded)) == 1


Death = Callable[[Desk, Job], Awaitable[None]]


async def _dies_before_the_call(desk: Desk, job: Job) -> None:
    await desk.db.tx(_begin, str(job.payload["refund_id"]))


async def _dies_after_the_call(desk: Desk, job: Job) -> None:
    begun = await desk.db.tx(_begin, str(job.payload["refund_id"]))
    assert begun is not None
    await desk.provider.refund(begun.payouts[0].order)


@pytest.mark.parametrize("death", [_dies_before_the_call, _dies_after_the_call])
async def test_a_death_in_between_pays_once_all_the_same(desk: Desk, death: Death) -> None:
    _, refund = await desk.db.tx(small)
    [claimed] = await desk.db.tx(claim, "dead", limit=1, lease=10)
    await death(desk, claimed)
    desk.clock.advance(minutes=1)
    await desk.work()
    assert len(desk.provider.effects()) == 1
    paid = await desk.refund(refund.id)
    assert (paid.state, paid.attempts) == ("succeeded", 2)
    assert await desk.outcomes(refund.id) == [None, "succeeded"]
