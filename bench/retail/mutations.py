"""Writes made wrong: each with the code it must be refused with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.changes import service as changes
from backend.changes.policy import ChangePolicy
from backend.customers import profile
from backend.kit.db import Tx
from backend.kit.errors import DomainError
from backend.kit.money import Money
from backend.orders.entities import Order
from bench.retail.data import Scenario, Write, cents
from bench.retail.writes import Asker, asker, order_of, request, wish_of

FITTING = {"cancel": "pending", "modify": "pending", "return": "delivered", "exchange": "delivered"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong write: what is wrong with it, what it must be refused with, and trying it."""

    name: str
    code: str
    attempt: Callable[[Tx], object]


@dataclass(frozen=True, slots=True)
class _Base:
    """A right write to be made wrong."""

    shop: Mapping[str, Any]
    who: Asker
    user: str
    write: Write
    order: Order
    wish: changes.Wish
    policy: ChangePolicy
    chance: random.Random
    key: str

    def asked(self, name: str, code: str, wish: changes.Wish, **more: Any) -> Wrong:
        order = more.pop("order", self.order)
        who = more.pop("who", self.who)
        return Wrong(
            name,
            code,
            lambda tx: request(tx, who, order, wish, f"{self.key}-{name}", self.policy, **more),
        )

    @property
    def methods(self) -> Mapping[str, Any]:
        methods: Mapping[str, Any] = self.shop["users"][self.user]["payment_methods"]
        return methods


def mutations_of(
    tx: Tx,
    shop: Mapping[str, Any],
    scenario: Scenario,
    policy: ChangePolicy,
    chance: random.Random,
) -> Iterator[Wrong]:
    """The wrong writes that can be made of a scenario's right ones. Right ones are carried out
    where a wrong one needs them to have been."""
    for place, write in enumerate(scenario.writes):
        if write.name == "modify_user_address":
            continue
        order = order_of(tx, write.told["order_id"])
        base = _Base(
            shop,
            asker(tx, scenario.user),
            scenario.user,
            write,
            order,
            wish_of(order, write),
            policy,
            chance,
            f"{scenario.id}-{place}",
        )
        yield from _any(tx, base)
        yield from _of_kind(tx, base)
        yield from _again(tx, base)


def _any(tx: Tx, base: _Base) -> Iterator[Wrong]:
    stranger = _someone_else(base)
    yield base.asked("foreign order", "order_not_found", base.wish, who=asker(tx, stranger))
    fitting = FITTING[base.write.name.partition("_")[0]]
    others = [number for number, one in base.shop["orders"].items() if one["status"] != fitting]
    number = base.chance.choice(others)
    other = order_of(tx, number)
    owner = asker(tx, base.shop["orders"][number]["user_id"])
    wish = _moved_to(base.wish, other)
    yield base.asked("wrong status", "wrong_status", wish, order=other, who=owner)
    yield (
        base.asked("another amount", "amount_changed", base.wish, expected=Money(-1, "USD"))
        if _goes_through(tx, base)
        else base.asked(
            "foreign order", "order_not_found", base.wish, who=asker(tx, _someone_else(base))
        )
    )


def _of_kind(tx: Tx, base: _Base) -> Iterator[Wrong]:
    match base.wish:
        case changes.Cancel():
            for reason in ("found it cheaper", ""):
                yield base.asked("wrong reason", "reason_not_accepted", changes.Cancel(reason))
        case changes.ChangePayment():
            yield from _payments(tx, base)
        case changes.ChangeItems() | changes.Exchange():
            yield from _swaps(tx, base, base.wish)
        case changes.Return():
            yield from _returns(tx, base, base.wish)


def _payments(tx: Tx, base: _Base) -> Iterator[Wrong]:
    paid_by = base.order.payments[0].method_id or ""
    yield base.asked("same method", "same_method", changes.ChangePayment(paid_by))
    foreign = _foreign_method(base)
    yield base.asked("foreign method", "method_unknown", changes.ChangePayment(foreign))
    for method in _cards_below(tx, base, base.order.paid):
        if method != paid_by:
            wish = changes.ChangePayment(method)
            yield base.asked("gift card too small", "balance_too_small", wish)


def _swaps(tx: Tx, base: _Base, wish: changes.ChangeItems | changes.Exchange) -> Iterator[Wrong]:
    first, *rest = wish.swaps
    item = base.order.item(first.item_id)
    if item is None:
        return
    product = base.shop["products"][item.product_id]
    gone = [sku for sku, one in product["variants"].items() if not one["available"]]
    gone = [sku for sku in gone if sku != item.sku]
    if gone:
        swap = replace(first, sku=base.chance.choice(gone))
        bad = replace(wish, swaps=(swap, *rest))
        yield base.asked("unavailable variant", "variant_unavailable", bad)
    other = base.chance.choice([key for key in base.shop["products"] if key != item.product_id])
    sku = base.chance.choice(list(base.shop["products"][other]["variants"]))
    bad = replace(wish, swaps=(replace(first, sku=sku), *rest))
    yield base.asked("other product", "other_product", bad)
    bad = replace(wish, swaps=(replace(first, sku="no-such-article"), *rest))
    yield base.asked("unknown article", "other_product", bad)
    bad = replace(wish, swaps=(replace(first, item_id=_foreign_item(tx, base)), *rest))
    yield base.asked("item of another order", "item_unknown", bad)
    yield base.asked("nothing chosen", "nothing_chosen", replace(wish, swaps=()))
    twice = replace(wish, swaps=(first, *wish.swaps))
    yield base.asked("item twice", "quantity_too_high", twice)
    bad = replace(wish, method_id=_foreign_method(base))
    yield base.asked("foreign method", "method_unknown", bad)
    yield from _dear(tx, base, wish)


def _dear(tx: Tx, base: _Base, wish: changes.ChangeItems | changes.Exchange) -> Iterator[Wrong]:
    """The dearest variant of an item, by a gift card that doesn't hold the difference."""
    for swap in wish.swaps:
        item = base.order.item(swap.item_id)
        if item is None:
            continue
        variants = base.shop["products"][item.product_id]["variants"]
        open_ones = [one for one in variants.values() if one["available"]]
        dear = max(open_ones, key=lambda one: one["price"], default=None)
        if dear is None:
            continue
        needed = cents(dear["price"]) - item.unit_price
        for card in _cards_below(tx, base, needed):
            bad = replace(wish, swaps=(replace(swap, sku=dear["item_id"]),), method_id=card)
            yield base.asked("gift card too small", "balance_too_small", bad)


def _returns(tx: Tx, base: _Base, wish: changes.Return) -> Iterator[Wrong]:
    first, *rest = wish.lines
    bad = replace(wish, method_id=_foreign_method(base))
    yield base.asked("foreign method", "method_unknown", bad)
    paid_by = {payment.method_id for payment in base.order.payments}
    for method in base.methods.values():
        if method["source"] != "gift_card" and method["id"] not in paid_by:
            bad = replace(wish, method_id=method["id"])
            yield base.asked("refund to another method", "method_not_accepted", bad)
    bad = replace(wish, lines=(replace(first, item_id=_foreign_item(tx, base)), *rest))
    yield base.asked("item of another order", "item_unknown", bad)
    yield base.asked("nothing chosen", "nothing_chosen", replace(wish, lines=()))
    bad = replace(wish, lines=(first, *wish.lines))
    yield base.asked("item twice", "quantity_too_high", bad)


def _again(tx: Tx, base: _Base) -> Iterator[Wrong]:
    """The right write, carried out, and then once more and otherwise."""
    if not _goes_through(tx, base):
        return
    request(tx, base.who, base.order, base.wish, base.key, base.policy)
    match base.wish:
        case changes.Cancel():
            yield base.asked("cancelled twice", "wrong_status", base.wish)
        case changes.ChangeItems():
            yield base.asked("items changed twice", "already_changed", base.wish)
            late = changes.Cancel("no_longer_needed")
            yield base.asked("cancelled after a change", "already_changed", late)
            away = changes.ChangeAddress(dict(base.order.ship_to or {}))
            yield base.asked("address after a change", "already_changed", away)
        case changes.Exchange():
            yield base.asked("second exchange", "already_exchanged", base.wish)
            yield base.asked("third exchange", "already_exchanged", base.wish)
            lines = tuple(changes.Wanted(swap.item_id) for swap in base.wish.swaps)
            back = changes.Return(lines)
            yield base.asked("return after an exchange", "already_exchanged", back)
        case changes.Return():
            yield base.asked("returned twice", "already_returned", base.wish)


def _goes_through(tx: Tx, base: _Base) -> bool:
    """Whether the write is right at all: some scenarios' own are not."""

    class _Fine(Exception):
        pass

    try:
        with tx.savepoint():
            request(tx, base.who, base.order, base.wish, f"{base.key}-trial", base.policy)
            raise _Fine
    except _Fine:
        return True
    except DomainError:
        return False


def _moved_to(wish: changes.Wish, order: Order) -> changes.Wish:
    """The same wish for the first item of another order."""
    item = order.items[0].id
    match wish:
        case changes.ChangeItems() | changes.Exchange():
            return replace(wish, swaps=(replace(wish.swaps[0], item_id=item),))
        case changes.Return():
            return replace(wish, lines=(changes.Wanted(item),))
        case _:
            return wish


def _someone_else(base: _Base) -> str:
    others: list[str] = [one for one in base.shop["users"] if one != base.user]
    return base.chance.choice(others)


def _foreign_method(base: _Base) -> str:
    methods: list[str] = list(base.shop["users"][_someone_else(base)]["payment_methods"])
    return base.chance.choice(methods)


def _foreign_item(tx: Tx, base: _Base) -> str:
    number = base.chance.choice([one for one in base.shop["orders"] if one != base.order.number])
    return order_of(tx, number).items[0].id


def _cards_below(tx: Tx, base: _Base, needed: int) -> list[str]:
    methods = profile.methods_of(tx, base.who.customer_id)
    return [one.id for one in methods if one.balance is not None and one.balance < needed]
