"""Refunds the shop paid before it used this program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backend.kit.actor import SYSTEM
from backend.kit.db import Tx
from backend.kit.errors import Conflict, NotFound
from backend.kit.money import Money
from backend.orders import repository as order_rows
from backend.orders import service as orders
from backend.orders.rules import number_key
from backend.refunds import repository
from backend.refunds.cases import load_case
from backend.refunds.effects import plan_transfers
from backend.refunds.facts import DEFAULT_POLICY, RefundPolicy
from backend.refunds.repository import Refund
from backend.tickets import service as tickets
from backend.tickets.service import NewTicket


def record_past_refund(
    tx: Tx,
    order_number: str,
    amount_minor: int,
    at: datetime,
    *,
    reason: str = "other",
    policy: RefundPolicy = DEFAULT_POLICY,
) -> Refund:
    """Enter a refund the shop paid before it used this program: it counts as money returned and in
    the customer's history, and claims no single items. A repeat gives the first one.

    Raises: NotFound, Conflict (over_remaining).
    """
    found = order_rows.order_by_key(tx, number_key(order_number))
    if found is None:
        raise NotFound("order_not_found")
    order = orders.load_order(tx, found.id, lock=True)
    known = repository.find_past(tx, order.id, amount_minor, at)
    if known is not None:
        return known
    case = load_case(tx, order)
    facts = case.facts
    if not 0 < amount_minor <= facts.remaining:
        raise Conflict(
            "over_remaining", params={"remaining": Money(facts.remaining, order.currency)}
        )
    new = NewTicket(
        kind="refund_only",
        order_id=order.id,
        customer_id=order.customer_id,
        contact_id=None,
        conversation_id=None,
        reason=reason,
        lines=(),
        amount=amount_minor,
        currency=order.currency,
    )
    ticket = tickets.open_ticket(tx, new, SYSTEM, timezone=policy.timezone, at=at)
    for action in ("start_refund", "complete"):
        ticket = tickets.move_ticket(tx, ticket, action, SYSTEM)
    refund = Refund(
        id=tx.ids.new(),
        ticket_id=ticket.id,
        order_id=order.id,
        customer_id=order.customer_id,
        amount=amount_minor,
        shipping=0,
        currency=order.currency,
        parts=[("items", amount_minor)],
        reason=reason,
        received=True,
        return_required=False,
        return_shipping_by="none",
        state="succeeded",
        approvals_required=0,
        manual=False,
        requested_by_kind=SYSTEM.kind,
        requested_by_id=SYSTEM.id,
        requested_at=at,
        finished_at=at,
    )
    paid = [
        replace(transfer, state="succeeded", provider_ref="recorded", finished_at=at)
        for transfer in plan_transfers(case, refund)
    ]
    repository.add(tx, refund, paid)
    return refund
