"""The only SQL on tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from backend.customers.models import customer
from backend.kit.db import Tx
from backend.kit.sql import Upsert, insert_into, rows, run, run_each, update_by_id, value
from backend.orders.models import order, order_item
from backend.tickets.models import (
    claimed_unit,
    ticket,
    ticket_counter,
    ticket_evidence,
    ticket_item,
)

FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket's row. `amount` in minor units of `currency`, None when it is not about money."""

    id: str
    number: str
    kind: str
    state: str
    order_id: str
    customer_id: str | None
    contact_id: str | None
    conversation_id: str | None
    reason: str
    comment: str
    amount: int | None
    currency: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TicketLine:
    """Units of an order's item a ticket is about; `amount` is their price less discount share."""

    order_item_id: str
    quantity: int
    amount: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit of an order's item that a ticket holds."""

    order_item_id: str
    unit: int
    ticket_number: str
    ticket_state: str


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as a list shows it."""

    ticket: Ticket
    order_number: str
    customer_name: str


_columns = [ticket.c[name] for name in Ticket.__dataclass_fields__]


# Built once: requests run these.
_NEXT_NUMBER = Upsert(
    ticket_counter,
    ["day", "last"],
    lambda insert: insert.on_conflict_do_update(
        index_elements=["day"], set_={"last": ticket_counter.c.last + 1}
    ).returning(ticket_counter.c.last),
)
_GET = sa.select(*_columns).where(
    sa.or_(ticket.c.id == sa.bindparam("id"), ticket.c.number == sa.bindparam("number"))
)
_CLAIMS = (
    sa.select(
        claimed_unit.c.order_item_id,
        claimed_unit.c.unit,
        ticket.c.number.label("ticket_number"),
        ticket.c.state.label("ticket_state"),
    )
    .join(ticket, ticket.c.id == claimed_unit.c.ticket_id)
    .where(ticket.c.order_id == sa.bindparam("order_id"))
)


def next_number(tx: Tx, day: str) -> int:
    """The day's next running number; the counter's row is held until the commit."""
    first = {"day": day, "last": FIRST_NUMBER}
    number: int = value(tx, _NEXT_NUMBER, first)
    return number


def add(
    tx: Tx,
    row: Ticket,
    lines: Sequence[TicketLine],
    units: Sequence[tuple[str, int]],
    evidence: Sequence[str],
) -> None:
    """Store a ticket with its lines, the (item, unit) pairs it claims, and its evidence."""
    values = {name: getattr(row, name) for name in Ticket.__dataclass_fields__}
    run(tx, insert_into(ticket), values)
    for table, parts in (
        (
            ticket_item,
            [
                {"order_item_id": line.order_item_id, "quantity": line.quantity}
                | {"amount": line.amount}
                for line in lines
            ],
        ),
        (claimed_unit, [{"order_item_id": item, "unit": unit} for item, unit in units]),
        (ticket_evidence, [{"attachment_id": ref} for ref in evidence]),
    ):
        if parts:
            run_each(tx, insert_into(table), [{**each, "ticket_id": row.id} for each in parts])


def set_state(tx: Tx, ticket_id: str, state: str, closed_at: datetime | None) -> None:
    values = {"state": state, "updated_at": tx.now, "closed_at": closed_at}
    run(tx, update_by_id(ticket), {"row_id": ticket_id, **values})


def release_units(tx: Tx, ticket_id: str) -> None:
    """Let other tickets claim what this one held."""
    tx.conn.execute(sa.delete(claimed_unit).where(claimed_unit.c.ticket_id == ticket_id))


def get(tx: Tx, id_or_number: str) -> Ticket | None:
    if not id_or_number.isprintable():
        return None  # Postgres would refuse to compare with a NUL
    names = {"id": id_or_number, "number": id_or_number.upper()}
    found = rows(tx, _GET, names)
    return Ticket(*found[0]) if found else None


def of_contact(tx: Tx, contact_id: str, limit: int) -> Sequence[TicketRow]:
    query = _rows().where(ticket.c.contact_id == contact_id).limit(limit)
    return _read(tx, query)


def claims_of_order(tx: Tx, order_id: str) -> Sequence[Claim]:
    """Every unit of an order some ticket holds."""
    return [Claim(*each) for each in rows(tx, _CLAIMS, {"order_id": order_id})]


def lines_of(tx: Tx, ticket_id: str) -> Sequence[TicketLine]:
    rows = tx.conn.execute(
        sa.select(ticket_item.c.order_item_id, ticket_item.c.quantity, ticket_item.c.amount)
        .join(order_item, order_item.c.id == ticket_item.c.order_item_id)
        .where(ticket_item.c.ticket_id == ticket_id)
        .order_by(order_item.c.line)
    )
    return [TicketLine(**row._mapping) for row in rows]


def titles_of(tx: Tx, order_item_ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Item id -> its titles by locale."""
    rows = tx.conn.execute(
        sa.select(order_item.c.id, order_item.c.titles).where(order_item.c.id.in_(order_item_ids))
    )
    return {row.id: row.titles for row in rows}


def evidence_of(tx: Tx, ticket_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Ticket id -> its attachments' ids, in the order they were stored."""
    rows = tx.conn.execute(
        sa.select(ticket_evidence.c.ticket_id, ticket_evidence.c.attachment_id)
        .where(ticket_evidence.c.ticket_id.in_(ticket_ids))
        .order_by(ticket_evidence.c.attachment_id)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(row.attachment_id)
    return found


def _rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(*_columns, order.c.number.label("order_number"), customer.c.name)
        .join(order, order.c.id == ticket.c.order_id)
        .outerjoin(customer, customer.c.id == ticket.c.customer_id)
        .order_by(ticket.c.created_at.desc(), ticket.c.id.desc())
    )


def _read(tx: Tx, query: sa.Select[tuple[object, ...]]) -> Sequence[TicketRow]:
    return [
        TicketRow(
            Ticket(**{name: row._mapping[name] for name in Ticket.__dataclass_fields__}),
            row.order_number,
            row.name or "",
        )
        for row in tx.conn.execute(query)
    ]
