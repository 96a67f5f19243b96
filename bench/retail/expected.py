"""What the shop must look like after right writes, worked out from its policy on the raw data.

Written without looking at the product's rules: plain dictionaries in, plain dictionaries out.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench.retail.data import Write, cents
from bench.retail.shop import address_of

State = dict[str, Any]


class NotAllowed(Exception):
    """The policy refuses a write."""


def initial(shop: Mapping[str, Any]) -> State:
    """Orders and users, as far as writes can change them."""
    orders = {
        number: {
            "user": one["user_id"],
            "status": one["status"],
            "address": address_of(one["address"]),
            "items": [(item["item_id"], cents(item["price"])) for item in one["items"]],
            "history": [
                ("payment", cents(each["amount"]), each["payment_method_id"])
                for each in one["payment_history"]
                if each["transaction_type"] == "payment"
            ],
            "request": None,
        }
        for number, one in shop["orders"].items()
    }
    users = {
        user_id: {
            "address": address_of(one["address"]),
            "balances": {
                method["id"]: cents(method["balance"])
                for method in one["payment_methods"].values()
                if method["source"] == "gift_card"
            },
        }
        for user_id, one in shop["users"].items()
    }
    return {"orders": orders, "users": users}


def after(state: State, shop: Mapping[str, Any], write: Write) -> None:
    """Change `state` as the policy says. Raises: NotAllowed, and changes nothing then."""
    if write.name == "modify_user_address":
        state["users"][write.told["user_id"]]["address"] = address_of(write.told)
        return
    order = state["orders"][write.told["order_id"]]
    match write.name:
        case "cancel_pending_order":
            _cancel(state, order, write.told["reason"])
        case "modify_pending_order_address":
            _need(order, "pending")
            order["address"] = address_of(write.told)
        case "modify_pending_order_payment":
            _payment(state, shop, order, write.told["payment_method_id"])
        case "modify_pending_order_items":
            _need(order, "pending")
            new, price, old = _swapped(shop, order, write.told)
            _pay(state, order, price, write.told["payment_method_id"])
            order["items"] = sorted(new)
            order["status"] = "pending (items modified)"
        case "exchange_delivered_order_items":
            _need(order, "delivered")
            _new, price, old = _swapped(shop, order, write.told)
            _can_pay(state, order, price, write.told["payment_method_id"])
            order["status"] = "exchange requested"
            order["request"] = (
                sorted(zip(old, write.told["new_item_ids"], strict=True)),
                write.told["payment_method_id"] if price else None,
                price,
            )
        case "return_delivered_order_items":
            _return(shop, order, write.told)


def _need(order: State, status: str) -> None:
    if order["status"] != status:
        raise NotAllowed(f"the order is {order['status']}")


def _cancel(state: State, order: State, reason: str) -> None:
    _need(order, "pending")
    if reason not in ("no longer needed", "ordered by mistake"):
        raise NotAllowed("the reason")
    standing: Counter[str] = Counter()
    for kind, amount, method in order["history"]:
        standing[method] += amount if kind == "payment" else -amount
    for method, amount in standing.items():
        if amount:
            _refund(state, order, amount, method)
    order["status"] = "cancelled"


def _payment(state: State, shop: Mapping[str, Any], order: State, method: str) -> None:
    _need(order, "pending")
    total = sum(price for _sku, price in order["items"])
    before = order["history"][-1][2]
    if method == before or method not in shop["users"][order["user"]]["payment_methods"]:
        raise NotAllowed("the method")
    _pay(state, order, total, method)
    _refund(state, order, total, before)


def _swapped(
    shop: Mapping[str, Any], order: State, told: Mapping[str, Any]
) -> tuple[list[tuple[str, int]], int, list[str]]:
    items, cost = list(order["items"]), 0
    for old, new in zip(told["item_ids"], told["new_item_ids"], strict=True):
        found = next((item for item in items if item[0] == old), None)
        product = next(one for one in shop["products"].values() if old in one["variants"])
        variant = product["variants"].get(new)
        if found is None or variant is None or not (variant["available"] or old == new):
            raise NotAllowed("the item")
        price = found[1] if old == new else cents(variant["price"])
        items.remove(found)
        items.append((new, price))
        cost += price - found[1]
    return items, cost, list(told["item_ids"])


def _return(shop: Mapping[str, Any], order: State, told: Mapping[str, Any]) -> None:
    _need(order, "delivered")
    method = told["payment_method_id"]
    known = shop["users"][order["user"]]["payment_methods"]
    original = {each[2] for each in order["history"]}
    if method not in known or (method not in original and known[method]["source"] != "gift_card"):
        raise NotAllowed("the method")
    have = Counter(sku for sku, _price in order["items"])
    if Counter(told["item_ids"]) - have:
        raise NotAllowed("the items")
    prices = dict(order["items"])
    order["status"] = "return requested"
    total = sum(prices[sku] for sku in told["item_ids"])
    order["request"] = (sorted((sku, "") for sku in told["item_ids"]), method, -total)


def _can_pay(state: State, order: State, amount: int, method: str) -> None:
    balances = state["users"][order["user"]]["balances"]
    if amount > 0 and method in balances and balances[method] < amount:
        raise NotAllowed(f"the gift card holds {balances[method]}, needed {amount}")


def _pay(state: State, order: State, amount: int, method: str) -> None:
    """He pays, or gets when it is below 0."""
    if amount < 0:
        _refund(state, order, -amount, method)
    elif amount:
        _can_pay(state, order, amount, method)
        balances = state["users"][order["user"]]["balances"]
        if method in balances:
            balances[method] -= amount
        order["history"].append(("payment", amount, method))


def _refund(state: State, order: State, amount: int, method: str) -> None:
    balances = state["users"][order["user"]]["balances"]
    if method in balances:
        balances[method] += amount
    order["history"].append(("refund", amount, method))


def copied(state: State) -> State:
    """One to change."""
    return copy.deepcopy(state)
