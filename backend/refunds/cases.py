"""Puts a case together: an order's facts from the database, and what the decision tables say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.customers import service as customers
from backend.customers.repository import Customer
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid
from backend.orders.entities import Order
from backend.refunds import repository, rules
from backend.refunds.facts import (
    UNSHIPPED,
    LineFacts,
    OrderFacts,
    Quote,
    RefundPolicy,
    Refusal,
    Terms,
    Wanted,
)
from backend.rules import service as tables
from backend.rules.engine import Decision
from backend.rules.tables import (
    REASONS,
    REFUND_APPROVAL,
    SHIPPING_BEARER,
    RefundApprovalInputs,
    RefundApprovalOutputs,
    ShippingBearerInputs,
    ShippingBearerOutputs,
)
from backend.tickets import service as tickets
from backend.tickets.repository import Claim
from backend.tickets.states import STATUS

DONE = ("completed", "closed")


@dataclass(frozen=True, slots=True)
class Case:
    """An order with all that rules on its refunds ask, as it stood when it was read."""

    order: Order
    customer: Customer
    facts: OrderFacts
    held: repository.Held


def load_case(tx: Tx, order: Order, claims: Sequence[Claim] | None = None) -> Case:
    """The order with its customer, what its tickets claim and its refunds hold. `claims`: if they
    are known already."""
    held = repository.held(tx, order.id)
    customer = customers.get_customer(tx, order.customer_id)
    if claims is None:
        claims = tickets.claims_of_order(tx, order.id)
    return Case(order, customer, _facts(order, held, claims), held)


def _facts(order: Order, held: repository.Held, claims: Sequence[Claim]) -> OrderFacts:
    claimed: dict[str, dict[int, str | None]] = {}
    for claim in claims:
        is_open = STATUS[claim.ticket_state] not in DONE
        units = claimed.setdefault(claim.order_item_id, {})
        units[claim.unit] = claim.ticket_number if is_open else None
    return OrderFacts(
        id=order.id,
        status=order.status,
        currency=order.currency,
        business=order.business,
        cross_border=order.cross_border,
        discount=order.discount,
        shipping_fee=order.shipping_fee,
        paid=sum(payment.kept for payment in order.payments),
        placed_at=order.placed_at,
        delivered_at=order.delivered_at,
        lines=tuple(
            LineFacts(
                item.id,
                item.titles,
                item.quantity,
                item.unit_price,
                item.returnable,
                claimed.get(item.id, {}),
            )
            for item in order.items
        ),
        held=held.amount,
        shipping_held=held.shipping,
    )


def clean_case(
    order: Order, wanted: Sequence[Wanted], reason: str, received: bool
) -> tuple[list[Wanted], bool]:
    """The lines with doubles put together, and whether he holds the goods.

    Raises: Invalid for words and items that are not known.
    """
    if reason not in REASONS:
        raise Invalid("reason_unknown", errors=[FieldError("reason", "unknown")])
    quantities: dict[str, int] = {}
    known = {item.id for item in order.items}
    for want in wanted:
        if want.item_id not in known:
            raise Invalid("item_unknown", errors=[FieldError("lines", f"unknown: {want.item_id}")])
        if want.quantity < 1:
            raise Invalid("quantity_invalid", errors=[FieldError("lines", "at least one unit")])
        quantities[want.item_id] = quantities.get(want.item_id, 0) + want.quantity
    if not quantities:
        raise Invalid("lines_missing", errors=[FieldError("lines", "at least one item")])
    return [Wanted(*line) for line in quantities.items()], received and reason != "not_received"


def decide_terms(
    tx: Tx, case: Case, reason: str, received: bool
) -> Decision[ShippingBearerOutputs]:
    """Who pays the way back, and whether there is one."""
    order = case.order
    inputs = ShippingBearerInputs.model_validate(
        {
            "reason": reason,
            "received": received,
            "shipped": order.status not in UNSHIPPED,
            "business": order.business,
            "cross_border": order.cross_border,
            "tier": case.customer.tier,
        }
    )
    return tables.evaluate(tx, SHIPPING_BEARER, inputs)


def decide_approval(
    tx: Tx,
    case: Case,
    amount: int,
    reason: str,
    received: bool,
    evidence_count: int,
    evidence_reused: int = 0,
) -> Decision[RefundApprovalOutputs]:
    """Who must agree to pay `amount`. `evidence_reused`: photos other tickets have as well."""
    order, customer = case.order, case.customer
    inputs = RefundApprovalInputs.model_validate(
        {
            "amount": amount,
            "currency": order.currency,
            "cross_border": order.cross_border,
            "business": order.business,
            "tier": customer.tier,
            "blacklisted": customer.blacklisted,
            "refunds_90d": repository.count_of_customer(
                tx, order.customer_id, tx.now - rules.HISTORY
            ),
            "reason": reason,
            "received": received,
            "delivered": order.delivered_at is not None,
            "evidence_count": evidence_count,
            "order_age_days": max(0, (tx.now - order.placed_at).days),
            "evidence_reused": evidence_reused,
        }
    )
    return tables.evaluate(tx, REFUND_APPROVAL, inputs)


def quote_case(
    tx: Tx,
    case: Case,
    wanted: Sequence[Wanted],
    reason: str,
    received: bool,
    policy: RefundPolicy,
) -> tuple[Quote | Refusal, Decision[ShippingBearerOutputs]]:
    """The amount or why not, and the decision on the terms. Raises: Invalid."""
    lines, received = clean_case(case.order, wanted, reason, received)
    decided = decide_terms(tx, case, reason, received)
    said = decided.outputs
    terms = Terms(said.return_required, said.return_shipping_by, said.refund_outbound_shipping)
    quoted = rules.quote(case.facts, lines, reason, received, terms, tx.now, policy)
    return quoted, decided
