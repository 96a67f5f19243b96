"""Several orders meant by one wish: "cancel all my orders", items that lie in different ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogs.flow import Talk
from bot.dialogs.parts.matching import is_called, match_listed, place_of
from bot.dialogs.parts.whole_orders import excepted
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ALL, CANCEL_REASON, ITEMS, ORDER
from bot.ports import ItemView, OrderView

_ALL_ORDERS = re.compile(
    r"\b(?:all|both)(?: of)?(?: my| the| these| those| our)?(?: \w+)? orders\b"
    r"|(?:所有|全部)(?:的)?(?:订单|訂單)"
    r"|(?:订单|訂單)(?:全部|全都|都)(?:要|给我|帮我)?(?:退|取消|换|不要)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"([两兩俩三])(?:个|個|笔|筆|张|張)?(?:订单|訂單|单|單)")
_COUNTS = {"两": 2, "兩": 2, "俩": 2, "三": 3}
"""As many as he has: all of them."""
_NOT_WANTED = re.compile(
    r"\b(?:fits?|is|are|was|were|fine|okay?|good|great|perfect|works?|keep(?:ing)?|not|never|without"
    r"|passt|gut|bien)\b|n['’]t\b|没问题|挺好|很好|不错|合适|可以|留[着下]|不[退换]",
    re.IGNORECASE,
)
"""Something is said of one of the things: not all that are named are wished for."""


@dataclass(frozen=True, slots=True)
class Meant:
    """One of several orders, and the words for what is meant of it."""

    order: OrderView
    items: str


def several_meant(talk: Talk, recent: Sequence[OrderView]) -> Sequence[Meant]:
    """The orders he means, if they are several beyond doubt; none otherwise."""
    if ORDER in talk.raw or ORDER in talk.taken_back or len(recent) < 2:
        return ()
    words = talk.raw.get(ITEMS, "")
    told = f"{words} {talk.raw.get(CANCEL_REASON, '')}"
    if excepted(told) or _NOT_WANTED.search(words):
        return ()
    counted = _COUNTED.search(told)
    all_counted = counted is not None and _COUNTS[counted[1]] == len(recent)
    if all_counted or _ALL_ORDERS.search(told):
        return [Meant(order, ALL) for order in recent]
    return several_named(talk, recent)


def several_named(talk: Talk, orders: Sequence[OrderView]) -> Sequence[Meant]:
    """Those of the orders whose things he names, if they are several beyond doubt, as told."""
    words = talk.raw.get(ITEMS, "")
    if ORDER in talk.raw or ORDER in talk.taken_back or excepted(words):
        return ()
    if _NOT_WANTED.search(words):
        return ()
    matches = match_listed(words, [item for order in orders for item in order.items])
    if matches.unclear or not all(is_called(item, words) for item in matches.chosen):
        return ()
    named = {item.id for item in matches.chosen}
    # By their whole titles: "the black tee" of one order may be a red one in another.
    found = [
        Meant(
            order, ", ".join(title(item, talk.locale) for item in order.items if item.id in named)
        )
        for order in orders
    ]
    meant = [one for one in found if one.items]
    first = {
        one.order.id: min(_place(item, words) for item in one.order.items if item.id in named)
        for one in meant
    }
    meant.sort(key=lambda one: first[one.order.id])  # as he told them
    return meant if len(meant) > 1 else ()


def _place(item: ItemView, words: str) -> tuple[int, int]:
    """Where the words name it; of two variants of a product, where they say which."""
    options = re.findall(
        r"[^\W_]{2,}", " ".join(t.partition(" (")[2] for t in item.titles.values())
    )
    places = [words.casefold().find(option.casefold()) for option in options]
    return place_of(item, words), max(places, default=-1)
