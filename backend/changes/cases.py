"""Puts a change's case together: an order's facts, the customer's methods, the articles named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.catalog import service as catalog
from backend.catalog.service import Variant
from backend.changes import repository, rules
from backend.changes.facts import (
    ChangeItems,
    Exchange,
    LineFacts,
    MethodFacts,
    OrderFacts,
    PaymentFacts,
    Quote,
    Refusal,
    VariantFacts,
    Wish,
)
from backend.changes.policy import ChangePolicy
from backend.customers import profile
from backend.customers.profile import PaymentMethod
from backend.kit.db import Tx
from backend.orders.entities import Order
from backend.refunds import service as refunds
from backend.refunds.rules import discount_shares
from backend.tickets import service as tickets


@dataclass(frozen=True, slots=True)
class Case:
    """An order with all that rules on its changes ask. `methods`: those the asker may use."""

    order: Order
    facts: OrderFacts
    methods: tuple[PaymentMethod, ...]


def load_case(
    tx: Tx,
    order: Order,
    *,
    own_methods: bool,
    lock: bool = False,
    but: repository.Change | None = None,
) -> Case:
    """`own_methods`: whoever asks is the order's customer, not just somebody who knows the order.
    `lock` holds his methods' rows. `but`: a change that is decided now and counts for nothing."""
    claims = tickets.claims_of_order(tx, order.id)
    if but is not None and but.ticket_id is not None:
        own = tickets.get_ticket(tx, but.ticket_id).number
        claims = [claim for claim in claims if claim.ticket_number != own]
    known = refunds.load_case(tx, order, claims)
    shares = discount_shares(known.facts.lines, order.discount)
    items = {item.id: item for item in order.items}
    change_id = but.id if but else None
    promised = repository.promised_back(tx, order.id, change_id)
    held = known.held.by_payment
    facts = OrderFacts(
        status=order.status,
        currency=order.currency,
        lines=tuple(
            LineFacts(
                line.item_id,
                items[line.item_id].sku,
                items[line.item_id].product_id,
                line.quantity,
                line.unit_price,
                line.free,
                shares[line.item_id],
            )
            for line in known.facts.lines
        ),
        payments=tuple(
            PaymentFacts(
                one.id,
                one.method_id,
                max(0, one.kept - held.get(one.id, 0) - promised.get(one.id, 0)),
            )
            for one in order.payments
        ),
        delivered_at=order.delivered_at,
        done=repository.done_on(tx, order.id, change_id),
        # Claims tell of tickets with goods; a change of the order itself claims none.
        open_ticket=known.facts.open_ticket or repository.under_way(tx, order.id, change_id),
    )
    methods = profile.methods_of(tx, order.customer_id, lock=lock) if own_methods else ()
    return Case(order, facts, tuple(methods))


def quote_case(
    tx: Tx, case: Case, wish: Wish, policy: ChangePolicy, timezone: str
) -> Quote | Refusal:
    """What the wish comes to now, or why it can't be."""
    methods = {
        one.id: MethodFacts(one.id, one.kind, one.balance, one.currency) for one in case.methods
    }
    variants = {sku: _facts(one) for sku, one in variants_named(tx, wish).items()}
    return rules.quote(case.facts, wish, methods, variants, tx.now, policy, timezone)


def variants_named(tx: Tx, wish: Wish) -> dict[str, Variant]:
    """The articles a wish names, by SKU."""
    skus: Sequence[str] = ()
    if isinstance(wish, ChangeItems | Exchange):
        skus = [swap.sku for swap in wish.swaps]
    return dict(catalog.variants_by_sku(tx, skus)) if skus else {}


def _facts(variant: Variant) -> VariantFacts:
    return VariantFacts(variant.sku, variant.product_id, variant.prices, variant.available)
