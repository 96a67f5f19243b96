"""What may be changed and what it comes to. Pure: facts in, verdict out; amounts in minor units.

Refusals: not_offered(kind), wrong_status(status), reason_not_accepted(reasons), already_changed,
already_exchanged, already_returned, already_requested (each ticket), window_expired(days, since),
nothing_chosen, item_unknown(item), item_twice(item), quantity_too_high(item, open),
other_product(item, sku), variant_unavailable(item, sku), same_variant(item),
method_missing(difference), method_unknown, method_not_accepted, same_method, several_payments,
balance_too_small(balance, needed), nothing_left, over_remaining(remaining).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.changes.facts import (
    KINDS,
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    Exchange,
    LineFacts,
    MethodFacts,
    OrderFacts,
    Quote,
    QuotedLine,
    Refusal,
    Return,
    Swap,
    Transfer,
    VariantFacts,
    Wanted,
    Wish,
)
from backend.changes.policy import CancelTerms, ChangePolicy, ItemTerms, ReturnTerms, Terms
from backend.kit.money import Money
from backend.refunds.rules import split_over_payments, unit_share

GIFT_CARD = "gift_card"
_BEFORE_SENDING = frozenset({"cancel", "address", "payment", "items"})
_ALREADY = {"exchange": "already_exchanged", "return": "already_returned"}

Methods = Mapping[str, MethodFacts]
Variants = Mapping[str, VariantFacts]


def check_order(
    order: OrderFacts, kind: str, now: datetime, policy: ChangePolicy, timezone: str
) -> Refusal | None:
    """Can this kind of change be asked for on the order at all?"""
    terms = policy.changes.terms(kind)
    if terms is None:
        return Refusal("not_offered", {"kind": kind})
    if order.status not in terms.statuses:
        return Refusal("wrong_status", {"status": order.status})
    if (refused := _done_before(order, kind, terms, policy)) is not None:
        return refused
    return _window(order, terms, now, timezone)


def quote(
    order: OrderFacts,
    wish: Wish,
    methods: Methods,
    variants: Variants,
    now: datetime,
    policy: ChangePolicy,
    timezone: str,
) -> Quote | Refusal:
    """What the change comes to, or why it can't be.

    `methods` are the customer's own, by id; `variants` the articles the wish names, by SKU.
    """
    kind = KINDS[type(wish)]
    refused = check_order(order, kind, now, policy, timezone)
    if refused is not None:
        return refused
    terms = policy.changes.terms(kind)
    match wish:
        case Cancel() if isinstance(terms, CancelTerms):
            return _cancel(order, wish, terms)
        case ChangeAddress():
            return Quote(kind, Money(0, order.currency))
        case ChangePayment():
            return _payment(order, wish, methods)
        case ChangeItems() | Exchange() if isinstance(terms, ItemTerms):
            return _swaps(order, kind, wish, methods, variants, terms)
        case Return() if isinstance(terms, ReturnTerms):
            return _return(order, wish, methods, terms)
        case _:  # pragma: no cover - the policy's own types exclude it
            raise TypeError(f"no terms for {kind}")


def _done_before(
    order: OrderFacts, kind: str, terms: Terms, policy: ChangePolicy
) -> Refusal | None:
    items = policy.changes.items
    if kind in _BEFORE_SENDING and items and items.final and "items" in order.done:
        return Refusal("already_changed", {"ticket": order.done["items"]})
    if isinstance(terms, ItemTerms) and terms.once and kind in order.done:
        code = _ALREADY.get(kind, "already_changed")
        return Refusal(code, {"ticket": order.done[kind]})
    if policy.one_request and kind in _ALREADY:
        for other, code in _ALREADY.items():
            if other in order.done:
                return Refusal(code, {"ticket": order.done[other]})
    if kind in _BEFORE_SENDING and order.open_ticket is not None:
        return Refusal("already_requested", {"ticket": order.open_ticket})
    return None


def _window(order: OrderFacts, terms: Terms, now: datetime, timezone: str) -> Refusal | None:
    """Ends with the shop's day, as that of refunds does."""
    if terms.within_days is None or order.delivered_at is None:
        return None
    zone = ZoneInfo(timezone)
    last_day = order.delivered_at.astimezone(zone).date() + timedelta(days=terms.within_days)
    if now < datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC):
        return None
    return Refusal("window_expired", {"days": terms.within_days, "since": order.delivered_at})


def _cancel(order: OrderFacts, wish: Cancel, terms: CancelTerms) -> Quote | Refusal:
    if (terms.reasons or wish.reason) and wish.reason not in terms.reasons:
        return Refusal("reason_not_accepted", {"reasons": sorted(terms.reasons)})
    transfers = tuple(
        Transfer(-payment.left, payment.method_id, payment.id)
        for payment in order.payments
        if payment.left > 0
    )
    return Quote("cancel", Money(-order.left, order.currency), transfers)


def _payment(order: OrderFacts, wish: ChangePayment, methods: Methods) -> Quote | Refusal:
    standing = [payment for payment in order.payments if payment.left > 0]
    if len(standing) != 1:
        return Refusal("several_payments" if standing else "nothing_left")
    (payment,) = standing
    if wish.method_id == payment.method_id:
        return Refusal("same_method")
    refused = _cannot_pay(methods.get(wish.method_id), payment.left, order.currency)
    if refused is not None:
        return refused
    transfers = (
        Transfer(payment.left, wish.method_id),
        Transfer(-payment.left, payment.method_id, payment.id),
    )
    return Quote("payment", Money(0, order.currency), transfers)


def _swaps(
    order: OrderFacts,
    kind: str,
    wish: ChangeItems | Exchange,
    methods: Methods,
    variants: Variants,
    terms: ItemTerms,
) -> Quote | Refusal:
    taken = _take(order, wish.swaps)
    if isinstance(taken, Refusal):
        return taken
    lines: list[QuotedLine] = []
    for swap, (line, units) in zip(wish.swaps, taken, strict=True):
        refused = _cannot_become(order, line, swap.sku, variants.get(swap.sku), terms)
        if refused is not None:
            return refused
        same = swap.sku == line.sku
        new = line.unit_price if same else variants[swap.sku].prices[order.currency]
        cost = (new - line.unit_price) * len(units)
        lines.append(QuotedLine(line.item_id, units, swap.sku, line.unit_price, new, cost))
    difference = sum(line.amount for line in lines)
    transfers = _settle_difference(order, difference, wish.method_id, methods)
    if isinstance(transfers, Refusal):
        return transfers
    back = kind == "exchange"
    return Quote(kind, Money(difference, order.currency), transfers, tuple(lines), back)


def _return(
    order: OrderFacts, wish: Return, methods: Methods, terms: ReturnTerms
) -> Quote | Refusal:
    taken = _take(order, wish.lines)
    if isinstance(taken, Refusal):
        return taken
    refused = _cannot_receive(order, wish.method_id, methods, terms)
    if refused is not None:
        return refused
    lines = tuple(_returned(line, units) for line, units in taken)
    total = sum(line.amount for line in lines)
    if total > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    transfers = _give_back(order, total, wish.method_id or None)
    return Quote("return", Money(-total, order.currency), transfers, lines, goods_back=True)


def _returned(line: LineFacts, units: tuple[int, ...]) -> QuotedLine:
    share = sum(unit_share(line.discount, line.quantity, unit) for unit in units)
    amount = line.unit_price * len(units) - share
    return QuotedLine(line.item_id, units, None, line.unit_price, 0, amount)


def _take(
    order: OrderFacts, wanted: Sequence[Wanted] | Sequence[Swap]
) -> list[tuple[LineFacts, tuple[int, ...]]] | Refusal:
    """The units each entry takes, lowest first. Two entries may share a line (one shirt for red,
    one for blue), but together take no more than is free."""
    if not wanted:
        return Refusal("nothing_chosen")
    lines = {line.item_id: line for line in order.lines}
    free = {line.item_id: list(line.free) for line in order.lines}
    taken = []
    for one in wanted:
        if one.item_id not in lines:
            return Refusal("item_unknown", {"item": one.item_id})
        units = free[one.item_id][: one.quantity]
        if one.quantity < 1 or len(units) < one.quantity:
            open_units = len(lines[one.item_id].free)
            if not open_units and order.open_ticket:
                return Refusal("already_requested", {"ticket": order.open_ticket})
            return Refusal("quantity_too_high", {"item": one.item_id, "open": open_units})
        del free[one.item_id][: one.quantity]
        taken.append((lines[one.item_id], tuple(units)))
    return taken


def _cannot_become(
    order: OrderFacts, line: LineFacts, sku: str, variant: VariantFacts | None, terms: ItemTerms
) -> Refusal | None:
    named = {"item": line.item_id, "sku": sku}
    if sku == line.sku:
        return None if terms.keep_unchanged else Refusal("same_variant", {"item": line.item_id})
    if variant is None or line.product_id is None or variant.product_id != line.product_id:
        return Refusal("other_product", named)
    if not variant.available or order.currency not in variant.prices:
        return Refusal("variant_unavailable", named)
    return None


def _settle_difference(
    order: OrderFacts, difference: int, method_id: str, methods: Methods
) -> tuple[Transfer, ...] | Refusal:
    if method_id and method_id not in methods:
        return Refusal("method_unknown")
    if difference == 0:
        return ()
    if not method_id:
        return Refusal("method_missing", {"difference": Money(difference, order.currency)})
    if difference > 0:
        refused = _cannot_pay(methods[method_id], difference, order.currency)
        return refused or (Transfer(difference, method_id),)
    if -difference > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    method = methods[method_id]
    if method.kind == GIFT_CARD and method.currency != order.currency:
        return Refusal("method_not_accepted")
    return _give_back(order, -difference, method_id)


def plan_again(
    order: OrderFacts, amount: int, method_id: str | None
) -> tuple[Transfer, ...] | Refusal:
    """Where `amount`, promised earlier, comes from as payments stand now."""
    if amount > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    return _give_back(order, amount, method_id)


def _give_back(order: OrderFacts, amount: int, method_id: str | None) -> tuple[Transfer, ...]:
    """Taken out of the payments from the first on; of those made by the method asked for first."""
    by = {payment.id: payment.method_id for payment in order.payments}
    first = sorted(order.payments, key=lambda one: method_id is None or one.method_id != method_id)
    split = split_over_payments(amount, [(payment.id, payment.left) for payment in first])
    return tuple(
        Transfer(-part, method_id or by[payment_id], payment_id) for payment_id, part in split
    )


def _cannot_pay(method: MethodFacts | None, amount: int, currency: str) -> Refusal | None:
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


def _cannot_receive(
    order: OrderFacts, method_id: str, methods: Methods, terms: ReturnTerms
) -> Refusal | None:
    originals = {payment.method_id for payment in order.payments if payment.left > 0}
    if not method_id or method_id in originals:
        return None if "original" in terms.refund_to else Refusal("method_not_accepted")
    method = methods.get(method_id)
    if method is None:
        return Refusal("method_unknown")
    is_card = method.kind == GIFT_CARD and method.currency == order.currency
    return None if is_card and GIFT_CARD in terms.refund_to else Refusal("method_not_accepted")
