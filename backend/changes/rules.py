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
from backend.changes.transfers import (
    Methods,
    cannot_pay,
    cannot_receive,
    give_back,
    is_card_for,
    settle_difference,
)
from backend.kit.money import Money
from backend.refunds.rules import unit_share

_BEFORE_SENDING = frozenset({"cancel", "address", "payment", "items"})
_ALREADY = {"exchange": "already_exchanged", "return": "already_returned"}

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
    refused = cannot_pay(methods.get(wish.method_id), payment.left, order.currency)
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
    if kind == "items" and (cut := _cuts_claims(wish.swaps, taken)) is not None:
        return cut
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
    transfers = settle_difference(order, difference, wish.method_id, methods)
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
    to_card = is_card_for(order, wish.method_id, methods, terms)
    refused = None if to_card else cannot_receive(order, wish.method_id, methods, terms)
    if refused is not None:
        return refused
    lines = tuple(_returned(line, units) for line, units in taken)
    total = sum(line.amount for line in lines)
    if total > order.left:
        return Refusal("over_remaining", {"remaining": Money(order.left, order.currency)})
    transfers = give_back(order, total, wish.method_id or None, as_paid=not to_card)
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


def _cuts_claims(
    swaps: Sequence[Swap], taken: Sequence[tuple[LineFacts, tuple[int, ...]]]
) -> Refusal | None:
    """A line gets shorter by what is swapped, from its end: units that requests hold must stay
    within it, or they would count as free."""
    leaving: dict[str, int] = {}
    for swap, (line, units) in zip(swaps, taken, strict=True):
        if swap.sku != line.sku:
            leaving[line.item_id] = leaving.get(line.item_id, 0) + len(units)
    for line, _ in taken:
        held = set(range(line.quantity)) - set(line.free)
        most = line.quantity - 1 - max(held, default=-1)
        if held and leaving.get(line.item_id, 0) > most:
            return Refusal("quantity_too_high", {"item": line.item_id, "open": most})
    return None


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
