""" "Cancel it": words that leave what is under way may mean an order, and are read for which."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.dialogs.commands import CancelFlow, Command, SetSlot, StartFlow
from bot.dialogs.flow import Given, Known
from bot.dialogs.parts import orders
from bot.dialogs.parts.cancel_reasons import read_cancel_reason
from bot.dialogs.session import Session
from bot.dialogs.slots import CANCEL_REASON, ITEMS, ORDER, REASON
from bot.ports import OrderView
from bot.understanding.denials import is_unwished
from bot.understanding.entities import ORDER_NUMBER, find_entities
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.normalise import normalise

_AN_ORDER = re.compile(
    r"\borders?\b|\beverything\b|订单|訂單|\bbestellung|\bpedido|\bcommande|注文|\bordine|заказ|주문",
    re.IGNORECASE,
)
_JOINED: Final = re.compile(
    r"\W*(?:\b(?:and|und|et|y|e|also|plus)\b|和|还有|還有|以及|跟|と)?\W*", re.IGNORECASE
)


def or_called_off(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands; where all they do is to leave what is under way, and the words call an order
    off, its cancellation."""
    if commands != (CancelFlow(),) or not _calls_off(text):
        return commands
    if session.stack:
        return _another_order(session, text, commands)
    named = [order.number for order in named_by_number(session, text)]
    told = {ITEMS: text, CANCEL_REASON: text}
    if len(named) == 1:
        return (StartFlow("cancel_order", {**told, ORDER: named[0]}),)
    about = named or orders.naming(text, session.ports.orders.recent(orders.RECENT))
    if about or _AN_ORDER.search(text):
        return (StartFlow("cancel_order", told),)
    if _is_bare(text) or not _can_be_called_off(session):
        return commands
    session.trace.append("calls off an order")
    return (StartFlow("cancel_order", {CANCEL_REASON: text}),)


def or_reason_for_it(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands; "by mistake", told while we ask which order to cancel, is the reason for it and
    no complaint of another."""
    index = len(session.stack) - 1
    if index < 0 or session.stack[index].flow != "cancel_order":
        return commands
    complaint = any(isinstance(one, StartFlow) and REASON in one.slots for one in commands)
    talk = session.talk(session.stack[index], {})
    if not complaint or not isinstance(read_cancel_reason(talk, Given(words=text)), Known):
        return commands
    return (SetSlot(CANCEL_REASON, text),)


def with_orders_beside(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """The commands, and the one wish in them again for each of his orders whose number is joined to
    that of the wish: "refund #1042 and W/7", of numbers that only his orders tell to be some."""
    wishes = [one for one in commands if isinstance(one, StartFlow)]
    if session.stack or len(wishes) != 1 or ORDER not in wishes[0].slots:
        return commands
    (wish,) = wishes
    found = _places(session, text)
    mine = session.ports.orders.find(wish.slots[ORDER])
    at = next((i for i, (_, _, one) in enumerate(found) if mine and one.id == mine.id), None)
    if at is None:
        return commands
    more: list[Command] = []
    for (_, end, _), (start, _, order) in zip(found[at:], found[at + 1 :], strict=False):
        if not _JOINED.fullmatch(text[end:start]):
            break
        more.append(replace(wish, slots={**wish.slots, ORDER: order.number}))
    return (*commands, *more)


def named_by_number(session: Session, text: str) -> list[OrderView]:
    """Those of his latest orders whose numbers stand in the text, in its order."""
    found = {order.id: order for _, _, order in _places(session, text)}
    for span in find_entities(normalise(text).text, tail_expected=False):
        order = session.ports.orders.find(span.value) if span.kind == ORDER_NUMBER else None
        if order is not None:
            found.setdefault(order.id, order)
    return list(found.values())


def _places(session: Session, text: str) -> list[tuple[int, int, OrderView]]:
    found = []
    for order in session.ports.orders.recent(orders.RECENT):
        number = re.escape(order.number.lstrip("# "))
        mine = re.compile(rf"(?<![\w/-])#?{number}(?![\w/]|-\w)", re.IGNORECASE)
        found += [(*one.span(), order) for one in mine.finditer(text)]
    return sorted(found, key=lambda one: one[:2])


def _another_order(
    session: Session, text: str, commands: tuple[Command, ...]
) -> tuple[Command, ...]:
    """In the middle of something, "cancel HS-1001" leaves it, unless that is about another order:
    then that order is to be cancelled."""
    here = {frame.slots[ORDER] for frame in session.stack if ORDER in frame.slots}
    told = {frame.raw[ORDER] for frame in session.stack if ORDER in frame.raw}
    found = find_entities(normalise(text).text, tail_expected=False)
    named = [span.value for span in found if span.kind == ORDER_NUMBER]
    if not (here or told) or not named:
        return commands
    order = session.ports.orders.find(named[0])
    if named[0] in told or (order is not None and order.id in here) or (here and order is None):
        return commands
    return (StartFlow("cancel_order", {ORDER: named[0], CANCEL_REASON: text}),)


def _calls_off(text: str) -> bool:
    plain = normalise(text).text
    return shipped_lexicon().has("calls_off", plain) and not is_unwished("cancel_order", plain)


def _is_bare(text: str) -> bool:
    """Whether he says no more than the word: it may be said to us as well."""
    return shipped_lexicon().is_only("calls_off", normalise(text).text)


def _can_be_called_off(session: Session) -> bool:
    """Whether he has an order that can be cancelled, and no request that "it" may be, too."""
    ports = session.ports
    if any(request.withdrawable for request in ports.tickets.recent()):
        return False
    recent = ports.orders.recent(orders.RECENT)
    return any(ports.changes.check_order(order.id, "cancel") is None for order in recent)
