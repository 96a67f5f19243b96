"""Which order is it? Asked, read, guessed from an item's name, and proved where it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.dialogs.flow import Ask, Bad, Call, Collect, Given, Known, Offer, Talk
from bot.dialogs.parts.adding import adds, later
from bot.dialogs.parts.matching import is_called, match_items, match_listed
from bot.dialogs.parts.recalled import orders_recalled
from bot.dialogs.parts.several_orders import Meant, several_meant, several_named
from bot.dialogs.parts.whole_orders import excepted
from bot.dialogs.parts.wording import title, titles
from bot.dialogs.slots import ABOUT, FACTOR, ITEMS, LATEST, ORDER, OTHER, QUANTITIES
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.ports import OrderView
from bot.replies import Reply

RECENT: Final = 5
MAX_NUMBER: Final = 64
MIN_DIGITS: Final = 4
MAX_LETTERS: Final = 6
MAX_LETTERS_OF_A_CODE: Final = 10

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z\- #./]*")
_DAY_OR_SIZE = re.compile(
    r"\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?\.?|\d{1,3}(?:am|pm|h|cm|mm|ml|kg|g|xl)|\d+[.,]\d{1,2}"
    r"|size[ -]?\d+",
    re.IGNORECASE,
)
"""5/18, 2pm, 12.5: what else a code with a digit may be."""
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z\-#./]*|[^\W\d_]{1,8}[-/][0-9][0-9A-Za-z\-/]*")


def order_number(words: str) -> str | None:
    """The words as an order number, if they can be one: a code with a digit, as shops make them
    (`1002`, `A7`, `SO/2026/0005`), or several groups of mostly digits."""
    words = words.strip().lstrip("# ")
    if len(words) > MAX_NUMBER or _DAY_OR_SIZE.fullmatch(words):
        return None
    digits = sum(character.isdigit() for character in words)
    letters = sum(character.isalpha() for character in words)
    if _CODE.fullmatch(words):
        return words if digits and letters <= MAX_LETTERS_OF_A_CODE else None
    if not _NUMBER.fullmatch(words):
        return None
    return words if digits >= MIN_DIGITS and letters <= MAX_LETTERS else None


def known_order(talk: Talk) -> OrderView | None:
    """The order of this frame, read anew: access to it may have ended meanwhile."""
    order_id = talk.slots.get(ORDER)
    return talk.ports.orders.get(order_id) if isinstance(order_id, str) else None


def order_of(talk: Talk) -> OrderView:
    """The order of this frame, in a step behind the one that collects it."""
    order = known_order(talk)
    if order is None:
        raise LookupError("a step needs an order before one is known")
    return order


def prove_order() -> Call:
    """Show that an order is his, where he names one that is not known to be, or has none."""
    return Call("verify_identity", when=_must_prove, give=_what_he_told, take={ORDER: ORDER})


def collect_order(
    question: str, fits: Callable[[OrderView], bool] = lambda _order: True
) -> Collect:
    """Get the order, asking with the template `question`. Orders that `fits` are offered; any other
    of his can be named."""

    def recent(talk: Talk) -> Sequence[OrderView]:
        orders = recent_orders(talk)
        return [order for order in orders if fits(order)] or orders

    def ask(talk: Talk) -> Ask:
        orders = recent(talk)
        return ask_order(talk, question, naming(talk.raw.get(ITEMS, ""), orders) or orders)

    def read(talk: Talk, given: Given) -> Known | Bad | Ask | None:
        return _read(talk, given, question, recent(talk))

    def guess(talk: Talk) -> Known | None:
        return _guess(talk, recent(talk))

    return Collect(ORDER, ask=ask, read=read, guess=guess, complete=lambda t: bool(known_order(t)))


def ask_order(talk: Talk, question: str, orders: Sequence[OrderView]) -> Ask:
    """Ask which of these orders, or another one by its number."""
    offers = tuple(_offer(talk, order) for order in orders)
    return Ask(ORDER, question, offers=offers, presentation=Presentation.ORDERS)


def recent_orders(talk: Talk) -> Sequence[OrderView]:
    """His latest orders, newest first."""
    return talk.ports.orders.recent(RECENT)


def _must_prove(talk: Talk) -> bool:
    if known_order(talk) is not None:
        return False
    words = talk.raw.get(ORDER, "")
    number = order_number(words)
    if number is not None and talk.ports.orders.find(number) is None:
        # "the A7" is the number of an order, or the name of something in one.
        return not naming(words, recent_orders(talk))
    return number is None and not recent_orders(talk)


def _what_he_told(talk: Talk) -> Mapping[str, str]:
    told = {}
    if number := order_number(talk.raw.get(ORDER, "")):
        told[ORDER] = number
    if factor := talk.raw.get(FACTOR):
        told[FACTOR] = factor
    return told


def _offer(talk: Talk, order: OrderView) -> Offer:
    return Offer(
        Effect.ANSWER,
        order.id,
        label=order.number,
        detail_key="order.detail",
        params={
            "placed_at": order.placed_at,
            "paid": order.paid,
            "titles": titles(order, talk.locale),
        },
        image=next((item.image for item in order.items if item.image), None),
    )


def _read(
    talk: Talk, given: Given, question: str, recent: Sequence[OrderView]
) -> Known | Bad | Ask | None:
    if given.picked:
        order = talk.ports.orders.get(given.picked[0])
        return _known(order) if order else Bad(Reply("order.gone"))
    words = given.words.strip()
    if words == LATEST and recent:
        return _known(recent[0])
    if words == OTHER:
        return _other(talk, recent, question)
    number = order_number(words)
    if number is not None and (found := talk.ports.orders.find(number)):
        return _known(found)
    return _by_item(talk, words, question, recent)


def _known(order: OrderView) -> Known:
    return Known({ORDER: order.id})


def _other(talk: Talk, recent: Sequence[OrderView], question: str) -> Known | Ask:
    not_meant = {talk.slots.get(ORDER), talk.taken_back.get(ORDER)}
    left = [order for order in recent if order.id not in not_meant]
    if len(left) == 1:
        return _known(left[0])
    words = talk.raw.get(ITEMS, "")
    named = naming(words, left)
    return (
        by_name(talk, named[0], words)
        if len(named) == 1
        else ask_order(talk, question, named or left or recent)
    )


def _guess(talk: Talk, recent: Sequence[OrderView]) -> Known | None:
    """An item named before the order: if only one order has it, it is that one."""
    words = talk.raw.get(ITEMS, "")
    if several := several_meant(talk, recent) or several_named(talk, recent_orders(talk)):
        return _one_by_one(talk, several)
    found = _named(talk, words, recent) or _called(words, recent_orders(talk))
    if len(found) == 1:
        return by_name(talk, found[0], words)
    if ORDER in talk.taken_back:
        return None
    about = talk.ports.orders.find(talk.raw[ABOUT]) if ABOUT in talk.raw else None
    if about is not None and (not found or about.id in {order.id for order in found}):
        return _told_of(talk, about)
    elsewhere = naming(words, [one for one in recent_orders(talk) if one not in recent])
    if elsewhere:
        # Better the order he names, and told why it can't be, than the only one that fits.
        return by_name(talk, elsewhere[0], words) if len(elsewhere) == 1 else None
    return _known(recent[0]) if len(recent) == 1 else None


def _one_by_one(talk: Talk, meant: Sequence[Meant]) -> Known:
    """The first of several orders, and the same again for the others, as many as can wait; which
    of them that is, he is told."""
    first, *others = meant[: 1 + talk.room]
    told = {slot: words for slot, words in talk.raw.items() if slot != QUANTITIES}
    later = tuple({**told, ORDER: one.order.number, ITEMS: one.items} for one in others)
    numbers = [one.order.number for one in meant]
    params = {"order_numbers": numbers[: 1 + talk.room], "rest": numbers[1 + talk.room :]}
    note = Reply("order.one_by_one" if others else "order.one_only", params)
    return Known({ORDER: first.order.id}, (note,), {ITEMS: first.items}, later)


def _by_item(
    talk: Talk, words: str, question: str, recent: Sequence[OrderView]
) -> Known | Ask | None:
    found = _named(talk, words, recent)
    if len(found) == 1:
        return (later if _is_beside(talk, found[0], words) else by_name)(talk, found[0], words)
    if not found:
        found = orders_recalled(talk, words, recent)
        if len(found) == 1:
            return _told_of(talk, found[0])
    if found:
        return ask_order(talk, question, found)
    return None


def _is_beside(talk: Talk, order: OrderView, words: str) -> bool:
    """Whether another order is named beside the one this is about: "the lamp, too"."""
    return adds(words) and talk.slots.get(ORDER) not in (None, order.id)


def _told_of(talk: Talk, order: OrderView) -> Known:
    """The order found by something else than its number: said."""
    named = titles(order, talk.locale)
    note = Reply("order.found", {"titles": named, "order_number": order.number})
    return Known({ORDER: order.id}, (note,))


def naming(words: str, orders: Sequence[OrderView]) -> list[OrderView]:
    """Orders with an item the words name; none for what is excepted."""
    if not words or excepted(words):
        return []
    everything = [item for order in orders for item in order.items]
    matches = match_listed(words, everything)
    meant = {item.id for item in (*matches.chosen, *matches.unclear)}
    return [order for order in orders if any(item.id in meant for item in order.items)]


def _named(talk: Talk, words: str, recent: Sequence[OrderView]) -> list[OrderView]:
    """Those of `recent` the words name; another one if it alone has just what they say, "the red
    tee" being no blue one."""
    found = naming(words, recent)
    everywhere = recent_orders(talk)
    matches = match_listed(words, [item for order in everywhere for item in order.items])
    if not found or matches.unclear or excepted(words):
        return found
    ids = {item.id for item in matches.chosen}
    exact = [order for order in everywhere if any(item.id in ids for item in order.items)]
    elsewhere = len(exact) == 1 and exact[0].id not in {order.id for order in found}
    return exact if elsewhere else found


def _called(words: str, orders: Sequence[OrderView]) -> list[OrderView]:
    """Orders with an item the words call by its name."""
    return [order for order in orders if any(is_called(item, words) for item in order.items)]


def by_name(talk: Talk, order: OrderView, words: str) -> Known:
    """The order found by its item: said, and the words kept for the question of the item."""
    chosen = () if excepted(words) else match_items(words, order.items).chosen
    named = [title(item, talk.locale) for item in chosen]
    note = Reply("order.found", {"titles": named, "order_number": order.number})
    return Known({ORDER: order.id}, (note,) if named else (), {ITEMS: words})
