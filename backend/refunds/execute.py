"""Pays approved refunds: the handler of the job `refund.execute`.

The order of things is what keeps money safe when a process dies anywhere in between:
1. a transaction marks the try as begun;
2. from the second try on, the provider is asked what became of the first; so it is for a refund of
   long ago, as a database that was restored has forgotten its tries and the provider its keys;
3. the provider is called with the transfer's own idempotency key;
4. one transaction stores the outcome, tells of it and ends the job.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from backend.audit import service as audit
from backend.integrations.payments.port import (
    PaymentProvider,
    PaymentRefused,
    PaymentUnknown,
    ProviderRefund,
    RefundOrder,
)
from backend.kit import jobs
from backend.kit.actor import SYSTEM
from backend.kit.db import Database, Tx
from backend.kit.jobs import Job
from backend.kit.jobs.kinds import Retry
from backend.orders import service as orders
from backend.orders.entities import Order
from backend.orders.rules import BY_CHANGE
from backend.refunds import repository
from backend.refunds.effects import event_fields
from backend.refunds.events import RefundFailed, RefundSucceeded
from backend.refunds.repository import Refund, Transfer
from backend.refunds.states import REFUND
from backend.tickets import service as tickets
from backend.tickets.states import take

PENDING_WAIT = 60.0
"""Seconds until a refund the provider has accepted, but not finished, is looked at again."""
LONGEST_PENDING_WAIT = 3_600.0
GAVE_UP = "gave_up"
BY_CHANGE_CODE = "by_change"
LONG_AGO = timedelta(hours=1)
"""Well within the time a provider knows an idempotency key (Stripe: 24 hours)."""


@dataclass(frozen=True, slots=True)
class Payout:
    """A transfer to be paid, and by whom."""

    transfer: Transfer
    provider: str
    order: RefundOrder


@dataclass(frozen=True, slots=True)
class Try:
    """One execution of a refund: what is still to be paid. `number` counts from 1. `look_up`: the
    provider may know of it already."""

    refund_id: str
    number: int
    payouts: tuple[Payout, ...]
    look_up: bool


class RefundExecutor:
    """Pays by `providers` (name as payments carry it -> provider); a call may take `timeout` s."""

    def __init__(
        self, db: Database, providers: Mapping[str, PaymentProvider], *, timeout: float = 60.0
    ) -> None:
        self._db = db
        self._providers = providers
        self._timeout = timeout

    async def execute(self, job: Job) -> bool:
        """Handle one job. Raises: Retry while the outcome is open."""
        begun = await self._db.tx(_begin, str(job.payload["refund_id"]))
        if begun is None:
            return False
        finished = False
        for payout in begun.payouts:
            try:
                paid = await self._pay(payout, look_up=begun.look_up)
            except PaymentRefused as no:
                await self._db.tx(_refuse, job, begun, payout, no)
                return True
            except PaymentUnknown as unknown:
                await self._db.tx(
                    repository.end_attempt,
                    payout.transfer.id,
                    begun.number,
                    "unknown",
                    str(unknown),
                )
                raise Retry(f"outcome unknown: {unknown}") from unknown
            if paid.state == "pending":
                await self._db.tx(_wait, job, begun, payout, paid)
                return True
            finished = await self._db.tx(_settle, job, begun, payout, paid)
        return finished

    @staticmethod
    def give_up(tx: Tx, job: Job, error: str) -> None:
        """The job is a dead letter: nobody knows whether money moved, people must find out."""
        locked = _locked(tx, str(job.payload["refund_id"]))
        if locked is not None and (locked[0].state, "fail") in REFUND:
            _fail(tx, *locked, GAVE_UP, error, outcome_unknown=locked[0].attempts > 0)

    async def _pay(self, payout: Payout, *, look_up: bool) -> ProviderRefund:
        """Raises: PaymentRefused, PaymentUnknown."""
        if payout.provider == BY_CHANGE:
            # The shop's own system took it and nobody asks that: trying again would never end.
            raise PaymentRefused(BY_CHANGE_CODE, "a change of the order took this payment")
        provider = self._providers.get(payout.provider)
        if provider is None:
            raise PaymentUnknown(f"no payment provider {payout.provider} is configured")
        try:
            async with asyncio.timeout(self._timeout):
                known = await provider.look_up(payout.order) if look_up else None
                return known or await provider.refund(payout.order)
        except TimeoutError as error:
            raise PaymentUnknown(f"no answer within {self._timeout:g} s") from error


def _locked(tx: Tx, refund_id: str) -> tuple[Refund, Order] | None:
    """The refund as it stands under its order's lock, with the order."""
    found = repository.get(tx, refund_id)
    if found is None:
        return None
    order = orders.load_order(tx, found.order_id, lock=True)
    now = repository.get(tx, refund_id)
    return (now, order) if now is not None else None


def _still_there(tx: Tx, refund_id: str) -> tuple[Refund, Order]:
    locked = _locked(tx, refund_id)
    if locked is None:
        raise RuntimeError(f"refund {refund_id} vanished")
    return locked


def _begin(tx: Tx, refund_id: str) -> Try | None:
    """Mark a try as begun, durably before the provider is called. None: there is nothing to pay."""
    locked = _locked(tx, refund_id)
    if locked is None or (locked[0].state, "execute") not in REFUND:
        return None
    refund, order = locked
    if refund.state == "failed":  # a dead letter that somebody replays
        tickets.move_ticket(tx, tickets.get_ticket(tx, refund.ticket_id), "start_refund", SYSTEM)
    number = refund.attempts + 1
    open_transfers = [
        transfer
        for transfer in repository.transfers_of(tx, refund_id)
        if transfer.state == "pending"
    ]
    repository.update(
        tx,
        refund_id,
        state=take(REFUND, refund.state, "execute", SYSTEM),
        attempts=number,
        outcome_unknown=False,
        failure=None,
        failure_detail=None,
    )
    repository.begin_attempts(tx, [transfer.id for transfer in open_transfers], number)
    payments = {one.id: one for one in order.payments}
    return Try(
        refund_id,
        number,
        tuple(
            Payout(
                transfer,
                payments[transfer.payment_id].provider,
                RefundOrder(
                    idempotency_key=transfer.id,
                    payment_ref=payments[transfer.payment_id].provider_ref,
                    amount=transfer.amount,
                    currency=refund.currency,
                    captured=payments[transfer.payment_id].amount,
                ),
            )
            for transfer in open_transfers
        ),
        look_up=number > 1 or tx.now - refund.requested_at > LONG_AGO,
    )


def _wait(tx: Tx, job: Job, begun: Try, payout: Payout, paid: ProviderRefund) -> None:
    """The provider has accepted and not finished: look again later, with a job of fresh tries."""
    jobs.finish(tx, job)
    repository.end_attempt(tx, payout.transfer.id, begun.number, "pending", paid.ref)
    delay = min(PENDING_WAIT * begun.number, LONGEST_PENDING_WAIT)
    jobs.enqueue(tx, job.kind, job.payload, key=job.key, lane=job.lane, delay=delay)


def _settle(tx: Tx, job: Job, begun: Try, payout: Payout, paid: ProviderRefund) -> bool:
    """Store that a transfer is paid. True: it was the last, the refund and its job are done."""
    refund, order = _still_there(tx, begun.refund_id)
    repository.settle_transfer(tx, payout.transfer.id, paid.ref)
    repository.end_attempt(tx, payout.transfer.id, begun.number, "succeeded", paid.ref)
    if any(one.state == "pending" for one in repository.transfers_of(tx, refund.id)):
        return False
    jobs.finish(tx, job)
    state = take(REFUND, refund.state, "succeed", SYSTEM)
    repository.update(tx, refund.id, state=state, finished_at=tx.now)
    ticket = tickets.get_ticket(tx, refund.ticket_id)
    audit.record(
        tx,
        SYSTEM,
        "refund.succeeded",
        tickets.subject(ticket),
        {"refund": refund.id, "provider_ref": paid.ref, "try": begun.number},
    )
    tickets.move_ticket(tx, ticket, "complete", SYSTEM)
    tx.emit(RefundSucceeded(**event_fields(refund, ticket, order.number)))
    return True


def _refuse(tx: Tx, job: Job, begun: Try, payout: Payout, no: PaymentRefused) -> None:
    """Store that the provider said no; the job is done, people take over."""
    refund, order = _still_there(tx, begun.refund_id)
    jobs.finish(tx, job)
    repository.end_attempt(tx, payout.transfer.id, begun.number, "refused", str(no))
    _fail(tx, refund, order, no.code, no.detail, outcome_unknown=False)


def _fail(
    tx: Tx, refund: Refund, order: Order, code: str, detail: str, *, outcome_unknown: bool
) -> None:
    repository.update(
        tx,
        refund.id,
        state=take(REFUND, refund.state, "fail", SYSTEM),
        failure=code[:64],
        failure_detail=detail[:500],
        outcome_unknown=outcome_unknown,
    )
    failed = replace(refund, state="failed", failure=code)
    ticket = tickets.get_ticket(tx, refund.ticket_id)
    data = {"refund": refund.id, "code": code, "outcome_unknown": outcome_unknown}
    audit.record(tx, SYSTEM, "refund.failed", tickets.subject(ticket), data)
    tickets.move_ticket(tx, ticket, "fail", SYSTEM)
    tx.emit(
        RefundFailed(
            **event_fields(failed, ticket, order.number),
            code=code,
            outcome_unknown=outcome_unknown,
        )
    )
