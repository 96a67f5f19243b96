"""What may be refunded and how much. Pure: facts in, verdict out; amounts in minor units.

Discounts are shared out over single units once and for all (largest remainder), and a claim takes
numbered units. So the pieces of an order add up to exactly the whole, whatever the order in which
they are claimed, withdrawn and claimed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.kit.money import Money, total
from backend.refunds.facts import (
    LineFacts,
    OrderFacts,
    Quote,
    QuotedLine,
    QuotePart,
    RefundPolicy,
    Refusal,
    Terms,
    Wanted,
)

FAULTY = frozenset({"quality", "damaged", "wrong_item", "missing_parts", "not_as_described"})
"""Reasons that say the goods are not what was sold."""
SHOPS_FAULT = FAULTY | {"late", "not_received"}
"""Reasons with the longer window: the shop or its carrier did not do what was promised."""

MAX_UNITS = 1_000
"""Units of one item in one request; more are for people to settle."""
FREQUENT = 3
"""Refunds within HISTORY that an approver is told of."""
HISTORY = timedelta(days=90)
"""How far back a customer's refunds count against him."""


def check_order(order: OrderFacts, now: datetime, policy: RefundPolicy) -> Refusal | None:
    """Can anything of the order be refunded, for whatever reason?"""
    if order.status == "cancelled":
        return Refusal("order_cancelled")
    if order.status == "pending" or order.paid <= 0:
        return Refusal("not_paid")
    if not any(line.free for line in order.lines) or order.remaining <= 0:
        ticket = order.open_ticket
        return (
            Refusal("already_requested", {"ticket": ticket}) if ticket else Refusal("nothing_left")
        )
    longest = max(
        policy.window(cross_border=order.cross_border, shops_fault=fault) for fault in (True, False)
    )
    return _window(order, longest, now, policy.timezone)


def quote(
    order: OrderFacts,
    wanted: Sequence[Wanted],
    reason: str,
    received: bool,
    terms: Terms,
    now: datetime,
    policy: RefundPolicy,
) -> Quote | Refusal:
    """What he gets back for these units, or why nothing.

    `wanted` names each item once, with a quantity of at least 1, and only items of the order.
    """
    refusal = check_order(order, now, policy) or _check_case(order, reason, received, now, policy)
    if refusal is not None:
        return refusal
    lines = {line.item_id: line for line in order.lines}
    for want in wanted:
        refusal = _check_line(lines[want.item_id], want.quantity, reason, received)
        if refusal is not None:
            return refusal
    shares = discount_shares(order.lines, order.discount)
    quoted = tuple(_take(lines[want.item_id], want.quantity, shares) for want in wanted)
    result = _compose(order, quoted, terms, policy)
    if result.total.minor <= 0:
        return Refusal("nothing_left")
    if result.total.minor > order.remaining:
        return Refusal("over_remaining", {"remaining": Money(order.remaining, order.currency)})
    return result


def discount_shares(lines: Sequence[LineFacts], discount: int) -> Mapping[str, int]:
    """Each line's share of the order's discount, by item id.

    In proportion to its price, largest remainder first, ties to the earlier line. The shares add up
    to the discount (at most to the price of all items), and none exceeds its line's price.
    """
    prices = [line.unit_price * line.quantity for line in lines]
    gross = sum(prices)
    if gross == 0:
        return {line.item_id: 0 for line in lines}
    discount = min(discount, gross)
    floors = [discount * price // gross for price in prices]
    remainders = [discount * price % gross for price in prices]
    by_remainder = sorted(range(len(lines)), key=lambda index: (-remainders[index], index))
    rounded_up = set(by_remainder[: discount - sum(floors)])
    return {line.item_id: floors[index] + (index in rounded_up) for index, line in enumerate(lines)}


def unit_share(line_share: int, quantity: int, unit: int) -> int:
    """What one unit (from 0) bears of its line's discount share; the units add up to the line."""
    return line_share * (unit + 1) // quantity - line_share * unit // quantity


def risk_words(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[str]:
    """What an approver should look at, from the inputs and the note of refund_approval."""
    signs = {
        "blacklisted": inputs["blacklisted"],
        "frequent_refunds": inputs["refunds_90d"] >= FREQUENT,
        "cross_border": inputs["cross_border"],
        "delivery_disputed": inputs["delivered"] and not inputs["received"],
        # Decisions of before don't know of it.
        "evidence_reused": inputs.get("evidence_reused", 0) > 0,
        "no_evidence": inputs["reason"] in FAULTY and inputs["evidence_count"] == 0,
    }
    words = [word for word, is_so in signs.items() if is_so]
    note = str(outputs.get("note", ""))
    return words if not note or note in words else [note, *words]


def split_over_payments(amount: int, remaining: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Share an amount out over payments (id, what is left of it), filling the first ones first.

    Raises: ValueError when they don't hold enough.
    """
    split: list[tuple[str, int]] = []
    for payment_id, left in remaining:
        if take := min(amount, left):
            split.append((payment_id, take))
            amount -= take
    if amount:
        raise ValueError(f"the payments lack {amount}")
    return split


def _check_case(
    order: OrderFacts, reason: str, received: bool, now: datetime, policy: RefundPolicy
) -> Refusal | None:
    """Do reason and receipt fit the order's state, and is it in time for this reason?"""
    if not order.shipped and (received or reason in FAULTY):
        return Refusal("not_shipped")
    shops_fault = reason in SHOPS_FAULT
    days = policy.window(cross_border=order.cross_border, shops_fault=shops_fault)
    return _window(order, days, now, policy.timezone)


def _window(order: OrderFacts, days: int, now: datetime, timezone: str) -> Refusal | None:
    """Counts only from a delivery; a parcel under way has no window yet."""
    if order.delivered_at is None:
        return None
    zone = ZoneInfo(timezone)
    last_day = order.delivered_at.astimezone(zone).date() + timedelta(days=days)
    end = datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    if now < end:
        return None
    return Refusal("window_expired", {"days": days, "since": order.delivered_at})


def _check_line(line: LineFacts, quantity: int, reason: str, received: bool) -> Refusal | None:
    named = {"item": line.item_id, "titles": dict(line.titles)}
    open_units = min(len(line.free), MAX_UNITS)
    if quantity > open_units:
        ticket = next((number for number in line.claimed.values() if number), None)
        if not open_units and ticket is not None:
            return Refusal("already_requested", {"ticket": ticket})
        return Refusal("quantity_too_high", {**named, "open": open_units})
    if received and not line.returnable and reason not in FAULTY:
        return Refusal("not_returnable", named)
    return None


def _take(line: LineFacts, quantity: int, shares: Mapping[str, int]) -> QuotedLine:
    units = line.free[:quantity]
    discount = sum(unit_share(shares[line.item_id], line.quantity, unit) for unit in units)
    return QuotedLine(line.item_id, units, line.unit_price * quantity, discount)


def _compose(
    order: OrderFacts, quoted: tuple[QuotedLine, ...], terms: Terms, policy: RefundPolicy
) -> Quote:
    goods = sum(line.net for line in quoted)
    amounts = {
        "items": sum(line.gross for line in quoted),
        "discount": -sum(line.discount for line in quoted),
        "shipping": 0,
        "return_shipping": 0,
    }
    if terms.refund_outbound_shipping and _takes_the_rest(order, quoted):
        amounts["shipping"] = max(0, order.shipping_fee - order.shipping_held)
    if terms.return_required and terms.return_shipping_by == "customer":
        amounts["return_shipping"] = -min(goods, policy.return_shipping_fee.get(order.currency, 0))
    parts = tuple(
        QuotePart(kind, Money(amount, order.currency))
        for kind, amount in amounts.items()
        if amount or kind == "items"
    )
    return Quote(
        parts=parts,
        total=total((part.amount for part in parts), order.currency),
        return_required=terms.return_required,
        return_shipping_by=terms.return_shipping_by,
        lines=quoted,
    )


def _takes_the_rest(order: OrderFacts, quoted: tuple[QuotedLine, ...]) -> bool:
    """Whether with these units every unit of the order is claimed."""
    taken = {line.item_id: len(line.units) for line in quoted}
    return all(len(line.free) == taken.get(line.item_id, 0) for line in order.lines)
