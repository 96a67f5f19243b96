"""Is it the order on his picture? A number read from a photo is offered, never taken for his word.

Only orders already shown to be his are named as such; one he has yet to prove is asked about by
the number alone, and he proves it like any other.
"""

from __future__ import annotations

import re

from bot.dialogs.flow import Ask, Collect, Given, Known, Offer, Talk
from bot.dialogs.parts.orders import RECENT, known_order, order_number
from bot.dialogs.slots import NO, ORDER, PICTURED, YES
from bot.dialogs.state import Effect
from bot.ports import OrderView

_PLAIN = re.compile(r"[^0-9A-Za-z]")


def pictured_order() -> Collect:
    """Ask whether the order is the one on his picture, where one of his is."""
    return Collect(PICTURED, ask=_ask_order, read=_read_order, when=_shows_his_order)


def pictured_number() -> Collect:
    """Ask whether the order to be proved is the one on his picture."""
    return Collect(PICTURED, ask=_ask_number, read=_read_number, when=_shows_a_number)


def _ask_order(talk: Talk) -> Ask:
    order = _order_on_picture(talk)
    return _ask(order.number if order else "")


def _read_order(talk: Talk, given: Given) -> Known | None:
    order = _order_on_picture(talk)
    return _read(given, order.id if order else "")


def _ask_number(talk: Talk) -> Ask:
    return _ask(_number_on_picture(talk))


def _read_number(talk: Talk, given: Given) -> Known | None:
    return _read(given, _number_on_picture(talk))


def _ask(number: str) -> Ask:
    offers = (
        Offer(Effect.ANSWER, YES, label_key="choice.this_order"),
        Offer(Effect.ANSWER, NO, label_key="choice.not_this_order"),
    )
    return Ask(PICTURED, "evidence.read_order", {"order_number": number}, offers)


def _read(given: Given, order: str) -> Known | None:
    words = given.picked[0] if given.picked else given.words
    if words == YES and order:
        return Known({PICTURED: True, ORDER: order})
    return Known({PICTURED: False}) if words == NO else None


def _shows_his_order(talk: Talk) -> bool:
    if _is_told(talk) or known_order(talk) is not None:
        return False
    # With one order there is nothing to ask: it is that one.
    return len(talk.ports.orders.recent(RECENT)) > 1 and _order_on_picture(talk) is not None


def _shows_a_number(talk: Talk) -> bool:
    return not _is_told(talk) and ORDER not in talk.slots and bool(_number_on_picture(talk))


def _is_told(talk: Talk) -> bool:
    """He named an order himself, or said already that it is not the one on the picture."""
    return not talk.photos or bool(talk.raw.get(ORDER)) or PICTURED in talk.slots


def _order_on_picture(talk: Talk) -> OrderView | None:
    read = talk.ports.pictures.numbers(talk.photos)
    for number in read.orders:
        if order_number(number) and (order := talk.ports.orders.find(number)):
            return order
    parcels = {_PLAIN.sub("", number).upper() for number in read.parcels}
    for order in talk.ports.orders.recent(RECENT) if parcels else ():
        if order.tracking_number and _PLAIN.sub("", order.tracking_number).upper() in parcels:
            return order
    return None


def _number_on_picture(talk: Talk) -> str:
    numbers = talk.ports.pictures.numbers(talk.photos).orders
    return next((number for number in numbers if order_number(number)), "")
