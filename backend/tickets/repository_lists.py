"""SQL on lists of tickets, and on the words tickets are found by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from backend.customers.models import customer
from backend.kit.db import Tx
from backend.orders.models import order, order_item
from backend.tickets.models import ticket, ticket_item
from backend.tickets.repository import Ticket, TicketRow
from backend.tickets.search_models import ticket_search

T = TypeVar("T", bound=tuple[Any, ...])


@dataclass(frozen=True, slots=True)
class FoundBy:
    """What a ticket is found by. `titles` are its items', in every language the shop gave."""

    ticket_id: str
    state: str
    number: str
    order_number: str
    name: str | None
    emails: tuple[str | None, str | None]
    phones: tuple[str | None, str | None]
    titles: Sequence[str]


_columns = [ticket.c[name] for name in Ticket.__dataclass_fields__]
_terms = ticket_search.terms


def page(
    tx: Tx, states: frozenset[str] | None, after: tuple[datetime, str] | None, limit: int
) -> Sequence[TicketRow]:
    """Tickets in one of `states` (None: in any), newest first, from behind `after`."""
    newest = [_newest(state, after, limit) for state in sorted(states)] if states else []
    ids = sa.union_all(*newest) if newest else _newest(None, after, limit)
    query = _rows().where(ticket.c.id.in_(sa.select(ids.subquery().c.id)))
    return [_read(row) for row in tx.conn.execute(_in_order(query).limit(limit))]


def _newest(
    state: str | None, after: tuple[datetime, str] | None, limit: int
) -> sa.Select[tuple[str]]:
    """Each state walks its own index to the limit: sorting all of several states would grow with
    their number."""
    query = sa.select(ticket.c.id)
    if state is not None:
        query = query.where(ticket.c.state == state)
    if after is not None:
        bound = sa.tuple_(
            sa.literal(after[0], ticket.c.created_at.type), sa.literal(after[1], ticket.c.id.type)
        )
        query = query.where(sa.tuple_(ticket.c.created_at, ticket.c.id) < bound)
    return sa.select(_in_order(query).limit(limit).subquery().c.id)


def count(tx: Tx, states: frozenset[str] | None, most: int) -> int:
    """How many tickets are in one of `states`, counted up to `most`."""
    query = sa.select(sa.literal(1)).select_from(ticket)
    if states is not None:
        query = query.where(ticket.c.state.in_(sorted(states)))
    counted = sa.select(sa.func.count()).select_from(query.limit(most).subquery())
    return tx.conn.execute(counted).scalar_one()


def by_id(tx: Tx, ids: Sequence[str]) -> Mapping[str, TicketRow]:
    """Tickets by id; those that are gone are left out."""
    rows = [_read(row) for row in tx.conn.execute(_rows().where(ticket.c.id.in_(ids)))]
    return {row.ticket.id: row for row in rows}


def ids_at(tx: Tx, seqs: Sequence[int]) -> Mapping[int, str]:
    """Place in the search index -> ticket id."""
    query = sa.select(_terms.c.seq, _terms.c.owner_id).where(_terms.c.seq.in_(seqs))
    return {row.seq: row.owner_id for row in tx.conn.execute(query)}


def found_by(tx: Tx, ids: Sequence[str]) -> Sequence[FoundBy]:
    """What these tickets are found by."""
    titles = _titles(tx, ids)
    query = (
        sa.select(
            ticket.c.id,
            ticket.c.state,
            ticket.c.number,
            order.c.number.label("order_number"),
            order.c.email.label("order_email"),
            order.c.phone.label("order_phone"),
            customer.c.name,
            customer.c.email,
            customer.c.phone,
        )
        .join(order, order.c.id == ticket.c.order_id)
        .outerjoin(customer, customer.c.id == ticket.c.customer_id)
        .where(ticket.c.id.in_(ids))
    )
    return [
        FoundBy(
            ticket_id=row.id,
            state=row.state,
            number=row.number,
            order_number=row.order_number,
            name=row.name,
            emails=(row.order_email, row.email),
            phones=(row.order_phone, row.phone),
            titles=titles.get(row.id, ()),
        )
        for row in tx.conn.execute(query)
    ]


def numbers_of_conversations(tx: Tx, conversation_ids: Sequence[str]) -> Mapping[str, list[str]]:
    """Conversation id -> numbers of its tickets and of their orders."""
    query = (
        sa.select(ticket.c.conversation_id, ticket.c.number, order.c.number.label("order_number"))
        .join(order, order.c.id == ticket.c.order_id)
        .where(ticket.c.conversation_id.in_(conversation_ids))
    )
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in tx.conn.execute(query):
        numbers[row.conversation_id] += [row.number, row.order_number]
    return numbers


def _titles(tx: Tx, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Titles of the items a ticket is about; of all its order's if it names none."""
    line = sa.and_(
        ticket_item.c.ticket_id == ticket.c.id, ticket_item.c.order_item_id == order_item.c.id
    )
    query = (
        sa.select(ticket.c.id, order_item.c.titles, ticket_item.c.ticket_id.label("line_of"))
        .join(order_item, order_item.c.order_id == ticket.c.order_id)
        .outerjoin(ticket_item, line)
        .where(ticket.c.id.in_(ids))
    )
    named: dict[str, list[str]] = defaultdict(list)
    others: dict[str, list[str]] = defaultdict(list)
    for row in tx.conn.execute(query):
        (others if row.line_of is None else named)[row.id] += row.titles.values()
    return {**others, **named}


def _rows() -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(*_columns, order.c.number.label("order_number"), customer.c.name)
        .join(order, order.c.id == ticket.c.order_id)
        .outerjoin(customer, customer.c.id == ticket.c.customer_id)
    )


def _in_order(query: sa.Select[T]) -> sa.Select[T]:
    return query.order_by(ticket.c.created_at.desc(), ticket.c.id.desc())


def _read(row: sa.Row[tuple[object, ...]]) -> TicketRow:
    values = row._mapping
    stored = Ticket(**{name: values[name] for name in Ticket.__dataclass_fields__})
    return TicketRow(stored, row.order_number, row.name or "")
