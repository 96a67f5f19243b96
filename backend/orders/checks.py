"""What a correct order is, and what an update may not do to a stored one. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from backend.kit.errors import FieldError
from backend.kit.money import MINOR_DIGITS, Money
from backend.orders.countries import COUNTRIES
from backend.orders.entities import Order, OrderItem
from backend.orders.rules import ARRIVED_STATUSES, BY_CHANGE, MAX_AMOUNT, PAID_STATUSES
from backend.orders.schemas import ItemIn, OrderIn

CLOCK_SKEW = timedelta(days=1)
"""How far ahead a shop's clock may be."""


def content_hash(order: OrderIn) -> str:
    """The same for two imports that say the same, whatever their layout."""
    told = order.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def check_order(order: OrderIn, now: datetime) -> list[FieldError]:
    """What the fields of an order say against each other, the calendar and ISO lists."""
    return [FieldError(field, reason) for field, reason in _faults(order, now)]


def _faults(order: OrderIn, now: datetime) -> Iterator[tuple[str, str]]:
    if order.currency not in MINOR_DIGITS:
        yield "currency", f"unknown; known are {', '.join(sorted(MINOR_DIGITS))}"
    if order.country not in COUNTRIES:
        yield "country", "not a country of ISO 3166"
    yield from _time_faults(order, now + CLOCK_SKEW)
    yield from _amount_faults(order)


def _time_faults(order: OrderIn, latest: datetime) -> Iterator[tuple[str, str]]:
    times = {"placed_at": order.placed_at}
    times |= {f"payments.{i}.paid_at": one.paid_at for i, one in enumerate(order.payments)}
    times |= {f"events.{i}.at": one.at for i, one in enumerate(order.events)}
    if order.delivered_at is not None:
        times["delivered_at"] = order.delivered_at
        if order.delivered_at < order.placed_at:
            yield "delivered_at", "before placed_at"
        if order.status in ("pending", "paid", "shipped"):
            yield "delivered_at", f"given, but the status is {order.status}"
    elif order.status in ARRIVED_STATUSES:
        yield "delivered_at", f"required for the status {order.status}"
    for field, time in times.items():
        if time > latest:
            yield field, "in the future"


def _amount_faults(order: OrderIn) -> Iterator[tuple[str, str]]:
    goods = sum(item.quantity * item.unit_price_minor for item in order.items)
    total = goods - order.discount_minor + order.shipping_fee_minor
    paid = sum(payment.amount_minor for payment in order.payments)
    refs = [(payment.provider, payment.ref) for payment in order.payments]
    for i, ref in enumerate(refs):
        if ref in refs[:i]:
            yield f"payments.{i}.ref", "given twice"
    if order.discount_minor > goods:
        yield "discount_minor", "more than the items come to"
    elif max(goods, total, paid) > MAX_AMOUNT:
        yield "items", f"come to more than {MAX_AMOUNT} minor units"
    elif paid > total or (paid < total and order.status in PAID_STATUSES):
        told, due = Money(paid, order.currency).plain(), Money(total, order.currency).plain()
        yield "payments", f"sum up to {told}, but items − discount + shipping are {due}"


def check_update(known: Order, order: OrderIn) -> list[FieldError]:
    """What an update may not do to an order that is stored: refunds may stand on it."""
    errors: list[FieldError] = []
    if known.number != order.number:
        errors.append(FieldError("number", f"can't be told from the known order {known.number}"))
    if known.currency != order.currency:
        errors.append(FieldError("currency", f"was {known.currency} and can't change"))
    told = {(one.provider, one.ref): one.amount_minor for one in order.payments}
    for payment in known.payments:
        if payment.provider == BY_CHANGE:
            continue  # the house took it for a change: the shop may not have heard of it yet
        amount = told.get((payment.provider, payment.provider_ref), 0)
        if amount < payment.amount:
            was = Money(payment.amount, known.currency).plain()
            name = f"{payment.provider} {payment.provider_ref}"
            errors.append(
                FieldError("payments", f"{name} was {was}; it can't be lowered or left out")
            )
    return errors


def pair_items(
    known: Sequence[OrderItem], told: Sequence[ItemIn]
) -> list[tuple[OrderItem | None, ItemIn | None]]:
    """Which stored line an update means: the nth line of a SKU is the nth one of that SKU.

    Not by position: a request that names a line must not come to mean another article. A stored
    line without partner was taken out, a told one is new.
    """
    waiting: dict[str, list[OrderItem]] = {}
    for item in sorted(known, key=lambda one: one.line):
        waiting.setdefault(item.sku, []).append(item)
    pairs: list[tuple[OrderItem | None, ItemIn | None]] = []
    for one in told:
        same = waiting.get(one.sku)
        pairs.append((same.pop(0) if same else None, one))
    pairs += [(item, None) for rest in waiting.values() for item in rest]
    return pairs
