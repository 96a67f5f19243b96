"""The product's state in the form `expected` works with, and whether anything was written."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from backend.changes.models import change_transfer, order_change
from backend.customers.models import customer, payment_method
from backend.kit.db import Tx
from backend.orders.models import order, order_item, payment
from backend.tickets.models import ticket, ticket_item

BACK = {"paid": "pending", "shipped": "processed"}
REQUESTED = {"return": "return requested", "exchange": "exchange requested"}


def stored(tx: Tx) -> dict[str, Any]:
    """Orders and users as they are stored now."""
    users = {
        row.external_id: {"address": row.address, "balances": {}}
        for row in tx.conn.execute(sa.select(customer.c.external_id, customer.c.address))
    }
    cards = sa.select(customer.c.external_id, payment_method.c.id, payment_method.c.balance)
    cards = cards.join(customer, customer.c.id == payment_method.c.customer_id)
    for owner, method, balance in tx.conn.execute(
        cards.where(payment_method.c.kind == "gift_card")
    ):
        users[owner]["balances"][method] = balance
    return {"orders": _orders(tx), "users": users}


def _orders(tx: Tx) -> dict[str, Any]:
    found: dict[str, Any] = {}
    by_id: dict[str, Any] = {}
    query = sa.select(
        order.c.id, order.c.number, order.c.status, order.c.ship_to, customer.c.external_id
    ).join(customer, customer.c.id == order.c.customer_id)
    for order_id, number, status, ship_to, owner in tx.conn.execute(query):
        one = {
            "user": owner,
            "status": BACK.get(status, status),
            "address": ship_to,
            "items": [],
            "history": [],
            "request": None,
            "lines": [],
        }
        found[number] = by_id[order_id] = one
    for row in tx.conn.execute(sa.select(order_item)):
        by_id[row.order_id]["items"] += [(row.sku, row.unit_price)] * row.quantity
        by_id[row.order_id]["lines"].append((row.id, row.sku))
    for row in tx.conn.execute(sa.select(payment)):
        by_id[row.order_id]["history"].append(("payment", row.amount, row.method_id))
    _changes(tx, by_id)
    return found


def _changes(tx: Tx, by_id: dict[str, Any]) -> None:
    moves = defaultdict(list)
    for row in tx.conn.execute(sa.select(change_transfer)):
        moves[row.change_id].append(row)
    lines: dict[str, list[str]] = defaultdict(list)
    skus = sa.select(ticket_item.c.ticket_id, ticket_item.c.quantity, order_item.c.sku)
    skus = skus.join(order_item, order_item.c.id == ticket_item.c.order_item_id)
    for ticket_id, quantity, sku in tx.conn.execute(skus):
        lines[ticket_id] += [sku] * quantity
    query = sa.select(order_change, ticket.c.state.label("ticket_state"))
    for row in tx.conn.execute(query.join(ticket, ticket.c.id == order_change.c.ticket_id)):
        one = by_id[row.order_id]
        if row.kind in REQUESTED and row.ticket_state == "awaiting_goods":
            one["status"] = REQUESTED[row.kind]
            one["request"] = _request(row, moves[row.id], lines[row.ticket_id], one)
        elif row.kind == "items":
            one["status"] = "pending (items modified)"
        one["history"] += [
            ("refund", -move.amount, move.method_id)
            for move in moves[row.id]
            if move.amount < 0 and move.state in ("settled", "due")
        ]


def _request(row: Any, moves: list[Any], skus: list[str], one: dict[str, Any]) -> tuple[Any, ...]:
    methods = {move.method_id for move in moves}
    method = methods.pop() if len(methods) == 1 else None
    pairs = [(sku, "") for sku in skus]
    if row.kind == "exchange":
        by_item = dict(one["lines"])
        pairs = [(by_item[swap["item_id"]], swap["sku"]) for swap in row.wish["swaps"]]
    return sorted(pairs), method, row.difference


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """Without what has no order."""
    orders = {
        number: {name: one[name] for name in ("user", "status", "address", "request")}
        | {"items": sorted(one["items"]), "history": sorted(one["history"])}
        for number, one in state["orders"].items()
    }
    return {"orders": orders, "users": state["users"]}


def rows_written(tx: Tx) -> int:
    """How many rows of whatever table were ever added, changed or removed by this connection: the
    same number before and after means that nothing in the whole database is different."""
    raw: Any = tx.conn.connection.dbapi_connection
    return int(raw.total_changes)
