"""Which payments and methods a change's money comes from and goes to. Pure; minor units."""

from __future__ import annotations

from collections.abc import Mapping

from backend.changes.facts import MethodFacts, OrderFacts, Refusal, Transfer
from backend.changes.policy import ReturnTerms
from backend.kit.money import Money
from backend.refunds.rules import split_over_payments

GIFT_CARD = "gift_card"

Methods = Mapping[str, MethodFacts]


def settle_difference(
    order: OrderFacts, difference: int, method_id: str, methods: Methods
) -> tuple[Transfer, ...] | Refusal:
    """He pays it (above 0) or gets it by the method he names."""
    if method_id and method_id not in methods:
        return Refusal("method_unknown")
    if difference == 0:
        return ()
    if not method_id:
        return Refusal("method_missing", {"difference": Money(difference, order.currency)})
    if difference > 0:
        refused = cannot_pay(methods[method_id], difference, order.currency)
        return refused or (Transfer(difference, method_id),)
    if -difference > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    method = methods[method_id]
    if method.kind == GIFT_CARD and method.currency != order.currency:
        return Refusal("method_not_accepted")
    return give_back(order, -difference, method_id)


def plan_again(
    order: OrderFacts, amount: int, method_id: str | None, *, as_paid: bool
) -> tuple[Transfer, ...] | Refusal:
    """Where `amount`, promised earlier, comes from as payments stand now."""
    if amount > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    return give_back(order, amount, method_id, as_paid=as_paid)


def give_back(
    order: OrderFacts, amount: int, method_id: str | None, *, as_paid: bool = False
) -> tuple[Transfer, ...]:
    """Taken out of the payments from the first on; of those made by the method asked for first.
    `as_paid`: what was paid by another goes back there all the same."""
    by = {payment.id: payment.method_id for payment in order.payments}
    first = sorted(order.payments, key=lambda one: method_id is None or one.method_id != method_id)
    split = split_over_payments(amount, [(payment.id, payment.left) for payment in first])
    to = None if as_paid else method_id
    return tuple(Transfer(-part, to or by[payment_id], payment_id) for payment_id, part in split)


def cannot_pay(method: MethodFacts | None, amount: int, currency: str) -> Refusal | None:
    """Why the method can't pay the amount."""
    if method is None:
        return Refusal("method_unknown")
    if method.kind != GIFT_CARD:
        return None
    balance = method.balance or 0 if method.currency == currency else 0
    if balance >= amount:
        return None
    return Refusal(
        "balance_too_small",
        {"balance": Money(balance, currency), "needed": Money(amount, currency)},
    )


def is_card_for(order: OrderFacts, method_id: str, methods: Methods, terms: ReturnTerms) -> bool:
    """Whether the method is a gift card that may get all of it, however he paid."""
    method = methods.get(method_id)
    is_card = method is not None and method.kind == GIFT_CARD and method.currency == order.currency
    return is_card and GIFT_CARD in terms.refund_to


def cannot_receive(
    order: OrderFacts, method_id: str, methods: Methods, terms: ReturnTerms
) -> Refusal | None:
    """Why it can't go back to the method, as one he paid by."""
    originals = {payment.method_id for payment in order.payments if payment.left > 0}
    if not method_id or method_id in originals:
        return None if "original" in terms.refund_to else Refusal("method_not_accepted")
    return Refusal("method_not_accepted" if method_id in methods else "method_unknown")
