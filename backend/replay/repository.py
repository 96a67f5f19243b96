"""The only SQL of replays: what one house of one conversation holds, read after the fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from backend.conversations.models import conversation, message
from backend.kit.db import Tx
from backend.kit.money import Money
from backend.orders.models import order, payment
from backend.refunds.models import refund
from backend.replay.world import Shown, TicketSeen
from backend.rules.models import decision
from backend.tickets.models import ticket


def outgoing_ids(tx: Tx) -> list[str]:
    """Ids of all that was said to the customer."""
    query = sa.select(message.c.id).where(message.c.author != "customer")
    return list(tx.conn.execute(query).scalars())


def newest_refund(tx: Tx) -> str:
    """The refund requested last. Raises: NoResultFound."""
    query = sa.select(refund.c.id).order_by(refund.c.requested_at.desc(), refund.c.id.desc())
    return str(tx.conn.execute(query.limit(1)).scalar_one())


def shown(tx: Tx) -> list[Shown]:
    """All messages to the customer, in order."""
    query = sa.select(message.c.body).where(message.c.author != "customer").order_by(message.c.seq)
    return [
        Shown(
            body["template_key"],
            body["text"],
            {option["label"]: option["value"] for option in body["options"]},
        )
        for body in tx.conn.execute(query).scalars()
    ]


def tickets(tx: Tx) -> list[TicketSeen]:
    """All requests made in a conversation, oldest first."""
    query = (
        sa.select(ticket, order.c.number.label("order_number"))
        .join(order, order.c.id == ticket.c.order_id)
        .where(ticket.c.conversation_id.is_not(None))
        .order_by(ticket.c.created_at, ticket.c.id)
    )
    return [
        TicketSeen(
            number=row.number,
            order=row.order_number,
            kind=row.kind,
            state=row.state,
            amount=Money(row.amount, row.currency).plain(),
        )
        for row in tx.conn.execute(query)
    ]


def orders_by_payment(tx: Tx) -> dict[str, str]:
    """A provider's reference of a payment -> the order's number."""
    query = sa.select(payment.c.provider_ref, order.c.number).join(
        order, order.c.id == payment.c.order_id
    )
    return {row.provider_ref: row.number for row in tx.conn.execute(query)}


def handed_off(tx: Tx) -> str | None:
    """Why people have the conversation, if they do."""
    found: str | None = tx.conn.execute(sa.select(conversation.c.handoff_reason)).scalar()
    return found


def understood_after(tx: Tx, seq: int) -> list[tuple[int, Mapping[str, Any]]]:
    """What the customer's messages after `seq` were taken for, with their numbers."""
    query = (
        sa.select(message.c.seq, message.c.understood)
        .where(message.c.author == "customer", message.c.seq > seq)
        .order_by(message.c.seq)
    )
    return [(row.seq, row.understood or {}) for row in tx.conn.execute(query)]


def dialog_state(tx: Tx) -> Mapping[str, Any]:
    """The dialog's state, as stored."""
    return tx.conn.execute(sa.select(conversation.c.state)).scalar() or {}


def decisions(tx: Tx) -> Sequence[Mapping[str, Any]]:
    """All decisions of rules, oldest first."""
    columns = [decision.c[name] for name in ("rule_table", "version", "row_id", "outputs")]
    query = sa.select(*columns).order_by(decision.c.decided_at, decision.c.id)
    return [dict(row._mapping) for row in tx.conn.execute(query)]
