"""The only SQL on changes and their transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.changes.models import change_transfer, order_change
from backend.kit.db import Tx
from backend.kit.sql import insert_into, update_by_id
from backend.tickets.models import ticket

UNDONE = ("rejected", "withdrawn")
"""States in which a change counts for nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change's row. `wish` is what was asked for; `difference` he pays, below 0 he gets."""

    id: str
    key: str
    ticket_id: str | None
    order_id: str | None
    customer_id: str
    kind: str
    state: str
    wish: Mapping[str, Any]
    difference: int
    currency: str | None
    requested_by_kind: str
    requested_by_id: str
    requested_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """A transfer's row; see models."""

    id: str
    change_id: str
    place: int
    method_id: str | None
    payment_id: str | None
    amount: int
    currency: str
    state: str
    settled_at: datetime | None = None


_columns = [order_change.c[name] for name in Change.__dataclass_fields__]
_moves = [change_transfer.c[name] for name in MoneyMove.__dataclass_fields__]


def add(tx: Tx, row: Change, moves: Sequence[MoneyMove]) -> None:
    tx.conn.execute(insert_into(order_change), asdict(row))
    add_moves(tx, moves)


def add_moves(tx: Tx, moves: Sequence[MoneyMove]) -> None:
    if moves:
        tx.conn.execute(insert_into(change_transfer), [asdict(one) for one in moves])


def by_key(tx: Tx, key: str) -> Change | None:
    return _one(tx, order_change.c.key == key)


def of_ticket(tx: Tx, ticket_id: str) -> Change | None:
    return _one(tx, order_change.c.ticket_id == ticket_id)


def _one(tx: Tx, where: sa.ColumnElement[bool]) -> Change | None:
    found = tx.conn.execute(sa.select(*_columns).where(where)).first()
    return Change(*found) if found else None


def update(tx: Tx, change_id: str, **values: object) -> None:
    tx.conn.execute(update_by_id(order_change), {"row_id": change_id, **values})


def done_on(tx: Tx, order_id: str, but: str | None) -> Mapping[str, str]:
    """Kinds of change made or promised on an order -> ticket number; one change is left out."""
    query = (
        sa.select(order_change.c.kind, ticket.c.number)
        .join(ticket, ticket.c.id == order_change.c.ticket_id)
        .where(order_change.c.order_id == order_id, order_change.c.state.not_in(UNDONE))
        .order_by(order_change.c.requested_at)
    )
    if but is not None:
        query = query.where(order_change.c.id != but)
    return {row.kind: row.number for row in tx.conn.execute(query)}


def under_way(tx: Tx, order_id: str, but: str | None) -> str | None:
    """The ticket number of the oldest change that waits for somebody; one change is left out."""
    query = (
        sa.select(ticket.c.number)
        .join(order_change, order_change.c.ticket_id == ticket.c.id)
        .where(order_change.c.order_id == order_id, order_change.c.finished_at.is_(None))
        .order_by(order_change.c.requested_at)
        .limit(1)
    )
    if but is not None:
        query = query.where(order_change.c.id != but)
    found: str | None = tx.conn.execute(query).scalar()
    return found


def promised_back(tx: Tx, order_id: str, but: str | None) -> Mapping[str, int]:
    """Payment id -> what changes under way will give back of it."""
    query = (
        sa.select(change_transfer.c.payment_id, -sa.func.sum(change_transfer.c.amount))
        .join(order_change, order_change.c.id == change_transfer.c.change_id)
        .where(
            order_change.c.order_id == order_id,
            change_transfer.c.state == "planned",
            change_transfer.c.payment_id.is_not(None),
        )
        .group_by(change_transfer.c.payment_id)
    )
    if but is not None:
        query = query.where(order_change.c.id != but)
    return {payment: int(amount) for payment, amount in tx.conn.execute(query)}


def moves_of(tx: Tx, change_id: str) -> Sequence[MoneyMove]:
    query = sa.select(*_moves).where(change_transfer.c.change_id == change_id)
    return [MoneyMove(*row) for row in tx.conn.execute(query.order_by(change_transfer.c.place))]


def get_move(tx: Tx, move_id: str) -> MoneyMove | None:
    found = tx.conn.execute(sa.select(*_moves).where(change_transfer.c.id == move_id)).first()
    return MoneyMove(*found) if found else None


def drop_moves(tx: Tx, change_id: str) -> None:
    """Forget what was planned: it won't be."""
    tx.conn.execute(
        sa.update(change_transfer)
        .where(change_transfer.c.change_id == change_id, change_transfer.c.state == "planned")
        .values(state="dropped")
    )


def set_move(tx: Tx, move_id: str, state: str) -> None:
    settled_at = tx.now if state == "settled" else None
    values = {"state": state, "settled_at": settled_at}
    tx.conn.execute(update_by_id(change_transfer), {"row_id": move_id, **values})


def settle_due(tx: Tx, move_id: str) -> bool:
    """Whether it was due until now: of two who settle it at once, one does."""
    statement = (
        sa.update(change_transfer)
        .where(change_transfer.c.id == move_id, change_transfer.c.state == "due")
        .values(state="settled", settled_at=tx.now)
    )
    return tx.conn.execute(statement).rowcount == 1


def in_state(tx: Tx, state: str, after: str, limit: int) -> Sequence[MoneyMove]:
    """Transfers in this state, oldest first, from behind the id `after`."""
    query = sa.select(*_moves).where(change_transfer.c.state == state, change_transfer.c.id > after)
    return [
        MoneyMove(*row)
        for row in tx.conn.execute(query.order_by(change_transfer.c.id).limit(limit))
    ]
