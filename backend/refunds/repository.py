"""The only SQL on refunds, verdicts, transfers and attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.customers.models import customer
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.sql import insert_into, rows, run, run_each, update_by_id, value
from backend.orders.models import order
from backend.refunds.models import refund, refund_attempt, refund_transfer, refund_verdict
from backend.refunds.states import COUNTED, HOLDING
from backend.tickets.models import ticket


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund's row. `parts`: [[kind, amount] …], their sum is `amount`."""

    id: str
    ticket_id: str
    order_id: str
    customer_id: str
    amount: int
    shipping: int
    currency: str
    parts: Sequence[tuple[str, int]]
    reason: str
    received: bool
    return_required: bool
    return_shipping_by: str
    state: str
    approvals_required: int
    manual: bool
    requested_by_kind: str
    requested_by_id: str
    requested_at: datetime
    finished_at: datetime | None = None
    attempts: int = 0
    outcome_unknown: bool = False
    failure: str | None = None
    failure_detail: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person said, with the role he had then. `verdict`: approve, reject."""

    refund_id: str
    account_id: str
    account_name: str
    role: str
    verdict: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """The part of a refund that goes back on one payment. `id` is the idempotency key."""

    id: str
    refund_id: str
    payment_id: str
    amount: int
    state: str
    provider_ref: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try to pay a transfer. `outcome` is None while it is under way, or its process died."""

    transfer_id: str
    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A refund with what a list shows beside it."""

    refund: Refund
    ticket_number: str
    order_number: str
    customer_name: str
    customer_tier: str


@dataclass(frozen=True, slots=True)
class Held:
    """What an order's refunds hold of its money. `by_payment`: payment id -> amount."""

    amount: int
    shipping: int
    by_payment: Mapping[str, int]


_refund_columns = [refund.c[name] for name in Refund.__dataclass_fields__]
_verdict_columns = [refund_verdict.c[name] for name in Verdict.__dataclass_fields__]
_transfer_columns = [refund_transfer.c[name] for name in Transfer.__dataclass_fields__]
_attempt_columns = [refund_attempt.c[name] for name in Attempt.__dataclass_fields__]


# Built once: turns and requests run these.
_id: sa.BindParameter[str] = sa.bindparam("id")
_GET = sa.select(*_refund_columns).where(refund.c.id == _id)
_OF_TICKET = sa.select(*_refund_columns).where(refund.c.ticket_id == _id)
_HELD = (
    sa.select(refund_transfer.c.payment_id, sa.func.sum(refund_transfer.c.amount).label("sum"))
    .join(refund, refund.c.id == refund_transfer.c.refund_id)
    .where(
        refund.c.order_id == _id,
        sa.or_(refund.c.state.in_(sorted(HOLDING)), refund_transfer.c.state == "succeeded"),
    )
    .group_by(refund_transfer.c.payment_id)
)
_SHIPPING_HELD = sa.select(sa.func.coalesce(sa.func.sum(refund.c.shipping), 0)).where(
    refund.c.order_id == _id, refund.c.state.in_(sorted(HOLDING))
)
_COUNT_OF_CUSTOMER = sa.select(sa.func.count()).where(
    refund.c.customer_id == _id,
    refund.c.requested_at > sa.bindparam("since", type_=refund.c.requested_at.type),
    refund.c.state.in_(sorted(COUNTED)),
)
_TRANSFERS = (
    sa.select(*_transfer_columns)
    .where(refund_transfer.c.refund_id == _id)
    .order_by(refund_transfer.c.id)
)
_END_ATTEMPT = sa.update(refund_attempt).where(
    refund_attempt.c.transfer_id == sa.bindparam("of_transfer"),
    refund_attempt.c.number == sa.bindparam("of_number"),
)


def _values(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).__dataclass_fields__}


def add(tx: Tx, row: Refund, transfers: Sequence[Transfer]) -> None:
    run(tx, insert_into(refund), _values(row))
    run_each(tx, insert_into(refund_transfer), [_values(one) for one in transfers])


def get(tx: Tx, refund_id: str) -> Refund | None:
    if not refund_id.isprintable():
        return None  # Postgres would refuse to compare with a NUL
    found = rows(tx, _GET, {"id": refund_id})
    return Refund(*found[0]) if found else None


def of_ticket(tx: Tx, ticket_id: str) -> Refund | None:
    found = rows(tx, _OF_TICKET, {"id": ticket_id})
    return Refund(*found[0]) if found else None


def update(tx: Tx, refund_id: str, **values: object) -> None:
    run(tx, update_by_id(refund), {"row_id": refund_id, **values})


def held(tx: Tx, order_id: str) -> Held:
    """What counts against what was paid: holding refunds whole, others by what was paid out."""
    by_payment = {payment: int(total) for payment, total in rows(tx, _HELD, {"id": order_id})}
    if not by_payment:
        return Held(0, 0, {})  # each refund has a transfer
    shipping = value(tx, _SHIPPING_HELD, {"id": order_id})
    return Held(sum(by_payment.values()), int(shipping), by_payment)


def count_of_customer(tx: Tx, customer_id: str, since: datetime) -> int:
    """The customer's refunds since then that were paid, are being paid, or will be."""
    return int(value(tx, _COUNT_OF_CUSTOMER, {"id": customer_id, "since": since}))


def find_past(tx: Tx, order_id: str, amount: int, at: datetime) -> Refund | None:
    """A refund of just this amount at just this time."""
    row = tx.conn.execute(
        sa.select(*_refund_columns).where(
            refund.c.order_id == order_id, refund.c.amount == amount, refund.c.requested_at == at
        )
    ).first()
    return Refund(**row._mapping) if row else None


def queue_row(tx: Tx, refund_id: str) -> QueueRow | None:
    """One refund as the desk lists it."""
    if not refund_id.isprintable():
        return None
    row = tx.conn.execute(_queue().where(refund.c.id == refund_id)).first()
    return _read_queue(row) if row else None


def page(
    tx: Tx, states: frozenset[str], after: tuple[datetime, str] | None, limit: int
) -> Sequence[QueueRow]:
    """Refunds in these states, longest waiting first, from behind `after`."""
    ids = sa.union_all(*(_longest_waiting(state, after, limit) for state in sorted(states)))
    query = _queue().where(refund.c.id.in_(sa.select(ids.subquery().c.id)))
    query = query.order_by(refund.c.requested_at, refund.c.id).limit(limit)
    return [_read_queue(row) for row in tx.conn.execute(query)]


def _longest_waiting(
    state: str, after: tuple[datetime, str] | None, limit: int
) -> sa.Select[tuple[str]]:
    """Each state walks its own index to the limit: sorting all of several states would grow with
    their number."""
    query = sa.select(refund.c.id).where(refund.c.state == state)
    if after is not None:
        bound = sa.tuple_(
            sa.literal(after[0], refund.c.requested_at.type),
            sa.literal(after[1], refund.c.id.type),
        )
        query = query.where(sa.tuple_(refund.c.requested_at, refund.c.id) > bound)
    query = query.order_by(refund.c.requested_at, refund.c.id).limit(limit)
    return sa.select(query.subquery().c.id)


def count(tx: Tx, states: frozenset[str], most: int) -> int:
    """How many refunds are in these states, counted up to `most`."""
    query = sa.select(sa.literal(1)).where(refund.c.state.in_(sorted(states))).limit(most)
    counted = sa.select(sa.func.count()).select_from(query.subquery())
    return tx.conn.execute(counted).scalar_one()


def _queue() -> sa.Select[Any]:
    return (
        sa.select(
            *_refund_columns,
            ticket.c.number.label("ticket_number"),
            order.c.number.label("order_number"),
            customer.c.name.label("customer_name"),
            customer.c.tier.label("customer_tier"),
        )
        .join(ticket, ticket.c.id == refund.c.ticket_id)
        .join(order, order.c.id == refund.c.order_id)
        .join(customer, customer.c.id == refund.c.customer_id)
    )


def _read_queue(row: sa.Row[Any]) -> QueueRow:
    values = dict(row._mapping)
    stored = Refund(**{name: values.pop(name) for name in Refund.__dataclass_fields__})
    return QueueRow(stored, **values)


def add_verdict(tx: Tx, refund_id: str, actor: Actor, verdict: str, reason: str) -> None:
    """Keep a person's verdict; the database refuses the same one twice from one account."""
    row = Verdict(refund_id, actor.id, actor.name, str(actor.role or ""), verdict, reason, tx.now)
    tx.conn.execute(sa.insert(refund_verdict).values(_values(row)))


def verdicts_of(tx: Tx, refund_ids: Sequence[str]) -> Sequence[Verdict]:
    """Oldest first."""
    rows = tx.conn.execute(
        sa.select(*_verdict_columns)
        .where(refund_verdict.c.refund_id.in_(refund_ids))
        .order_by(refund_verdict.c.id)
    )
    return [Verdict(**row._mapping) for row in rows]


def transfers_of(tx: Tx, refund_id: str) -> Sequence[Transfer]:
    return [Transfer(*each) for each in rows(tx, _TRANSFERS, {"id": refund_id})]


def settle_transfer(tx: Tx, transfer_id: str, provider_ref: str) -> None:
    values = {"state": "succeeded", "provider_ref": provider_ref, "finished_at": tx.now}
    run(tx, update_by_id(refund_transfer), {"row_id": transfer_id, **values})


def begin_attempts(tx: Tx, transfer_ids: Sequence[str], number: int) -> None:
    run_each(
        tx,
        insert_into(refund_attempt),
        [
            {"transfer_id": transfer_id, "number": number, "started_at": tx.now}
            for transfer_id in transfer_ids
        ],
    )


def end_attempt(tx: Tx, transfer_id: str, number: int, outcome: str, detail: str) -> None:
    which = {"of_transfer": transfer_id, "of_number": number}
    values = {"outcome": outcome, "detail": detail[:500], "finished_at": tx.now}
    run(tx, _END_ATTEMPT, {**which, **values})


def attempts_of(tx: Tx, refund_id: str) -> Sequence[Attempt]:
    """Oldest first."""
    rows = tx.conn.execute(
        sa.select(*_attempt_columns)
        .join(refund_transfer, refund_transfer.c.id == refund_attempt.c.transfer_id)
        .where(refund_transfer.c.refund_id == refund_id)
        .order_by(refund_attempt.c.id)
    )
    return [Attempt(**row._mapping) for row in rows]
