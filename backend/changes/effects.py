"""What a change does to its order and to money, once it is decided. Under the order's lock.

A gift card's balance moves here and now. What a card or an account has to pay or get is put on the
list of what is due: the shop's own payment system carries it out (`settle_transfer`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.catalog import service as catalog
from backend.changes import repository
from backend.changes.events import ChangeMoved
from backend.changes.facts import (
    Cancel,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    Exchange,
    Quote,
    Return,
    Swap,
    Wanted,
    Wish,
)
from backend.changes.repository import Change, MoneyMove
from backend.customers import profile
from backend.customers.profile import GIFT_CARD
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.errors import Conflict
from backend.orders import changing
from backend.orders.entities import Order
from backend.tickets import service as tickets
from backend.tickets.repository import Ticket

NEEDS_GOODS = frozenset({"exchange", "return"})


def wish_from_json(stored: Mapping[str, Any]) -> Wish:
    """What `requests.wish_to_json` wrote."""
    values = {name: value for name, value in stored.items() if name != "kind"}
    match stored["kind"]:
        case "cancel":
            return Cancel(**values)
        case "address":
            return ChangeAddress(**values)
        case "payment":
            return ChangePayment(**values)
        case "return":
            return Return(tuple(Wanted(**one) for one in values["lines"]), values["method_id"])
        case kind:
            swaps = tuple(Swap(**one) for one in values["swaps"])
            return (ChangeItems if kind == "items" else Exchange)(swaps, values["method_id"])


def carry_on(
    tx: Tx, order: Order, change: Change, ticket: Ticket, quoted: Quote, actor: Actor
) -> Change:
    """The change is agreed to: make it, or wait for the goods."""
    if change.kind in NEEDS_GOODS:
        tickets.move_ticket(tx, ticket, "await_goods", actor)
        return settle_state(tx, order, change, ticket, "awaiting_goods")
    _apply(tx, order, change, quoted)
    move_money(tx, order, change)
    tickets.move_ticket(tx, ticket, "apply", actor)
    return settle_state(tx, order, change, ticket, "applied")


def _apply(tx: Tx, order: Order, change: Change, quoted: Quote) -> None:
    wish = wish_from_json(change.wish)
    match wish:
        case Cancel():
            changing.set_status(tx, order, "cancelled")
        case ChangeAddress():
            changing.set_address(tx, order, wish.address)
        case ChangeItems() | Exchange():
            swap_goods(tx, order, quoted)


def swap_goods(tx: Tx, order: Order, quoted: Quote) -> None:
    """Put the new articles into the order."""
    variants = catalog.variants_by_sku(tx, {line.sku for line in quoted.lines if line.sku})
    left = {item.id: item for item in order.items}
    for line in quoted.lines:
        item = left[line.item_id]
        if line.sku is None or line.sku == item.sku:
            continue
        changing.swap_units(tx, order, item, len(line.units), variants[line.sku], line.new_price)
        left[item.id] = replace(item, quantity=item.quantity - len(line.units))


def move_money(tx: Tx, order: Order, change: Change) -> None:
    """Carry out what the change planned. Raises: Conflict when a gift card holds less by now."""
    methods = profile.methods_of(tx, change.customer_id)
    kinds = {one.id: one.kind for one in methods}
    cards = {(one.id, one.currency) for one in methods if one.kind == GIFT_CARD}
    for move in repository.moves_of(tx, change.id):
        if move.state != "planned":
            continue
        if move.amount > 0 and move.method_id is not None:
            if (kind := kinds.get(move.method_id)) is None:
                raise Conflict("method_unknown")
            changing.add_payment(tx, order, move.id, move.method_id, kind, move.amount)
        elif move.payment_id is not None:
            changing.give_back(tx, order, move.payment_id, -move.amount)
        # What a card of another currency is owed, only the shop can convert.
        on_card = (move.method_id, move.currency) in cards
        if on_card and move.method_id is not None:
            profile.move_balance(tx, move.method_id, -move.amount)
        repository.set_move(tx, move.id, "settled" if on_card else "due")


def settle_state(
    tx: Tx, order: Order, change: Change, ticket: Ticket, state: str, note: str = ""
) -> Change:
    """Keep the change's new state and tell of it."""
    finished = None if state in ("awaiting_approval", "awaiting_goods") else tx.now
    repository.update(tx, change.id, state=state, finished_at=finished)
    moves = repository.moves_of(tx, change.id)
    tx.emit(
        ChangeMoved(
            kind=change.kind,
            state=state,
            ticket_number=ticket.number,
            order_number=order.number,
            conversation_id=ticket.conversation_id,
            difference=change.difference,
            currency=change.currency or order.currency,
            at_once=_all_settled(moves),
            note=note,
        )
    )
    return replace(change, state=state, finished_at=finished)


def _all_settled(moves: Sequence[MoneyMove]) -> bool:
    back = [one for one in moves if one.amount < 0]
    return bool(back) and all(one.state == "settled" for one in back)
