"""Each chosen item's new variant: read from his words, or asked item by item."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.change_ports import Swap, VariantView
from bot.dialogs.flow import Ask, Bad, End, Given, Known, Offer, Talk
from bot.dialogs.menu import LEAVE_IT, PERSON
from bot.dialogs.parts import items
from bot.dialogs.parts.choosing_variants import choose, difference, wants_no_change
from bot.dialogs.parts.matching import is_called
from bot.dialogs.parts.orders import by_name, order_of, recent_orders
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ITEMS, VARIANTS
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.ports import ItemView, Money
from bot.replies import Reply

_THE_OTHER: Final = re.compile(
    r"\bthe (?:other|second)(?: one)?\b|\banother (?:one )?for\b|另一|另外一|第二[件个]"
    r"|\b(?:der|die|das) andere\b|\bl['’]autre\b|\b(?:el|la) otr[oa]\b|もう一[つ枚着]",
    re.IGNORECASE,
)
SHOWN: Final = 10
"""Variants offered as options; any other can be named."""


def variants_known(talk: Talk) -> bool:
    """Whether each chosen item has one."""
    return _next(talk) is None


def ask_variant(talk: Talk) -> Ask | End:
    """Ask what the first item without one shall become; say so where there is nothing."""
    item = _next(talk)
    if item is None:
        return End((Reply("system.error"),), handoff="stuck")
    return _ask(talk, item, _others(talk, item))


def read_variant(talk: Talk, given: Given) -> Known | Bad | Ask | End | None:
    """Read a picked article, or words: for the item asked about, or each item named in them."""
    if given.picked:
        item = _next(talk)
        there = {one.sku for one in _there(talk, item)} if item else set()
        if item is None or given.picked[0] not in there:
            return Bad(Reply("refund.item_gone"))
        return _known(talk, {item.id: given.picked[0]})
    if _each_differently(talk, given.words):
        # Units of one line each for another variant: no summary could show that.
        return End((), handoff="other_service")
    if not given.asked:
        return _read_ahead(talk, given.words, anew=given.corrects)
    item = _next(talk)
    if item is None:
        return None
    return _read_for(talk, item, given.words) or _for_another(talk, given.words)


def _each_differently(talk: Talk, words: str) -> bool:
    """ "One for blue and the other for black", of several units of one thing."""
    several = [one for one in items.chosen_items(talk) if one.open_quantity > 1]
    return len(items.chosen_items(talk)) == len(several) == 1 and bool(_THE_OTHER.search(words))


def chosen_swaps(talk: Talk) -> tuple[Swap, ...]:
    """What he wants for what, once items, quantities and variants are known."""
    told = _told(talk)
    return tuple(
        Swap(line.item_id, told[line.item_id], line.quantity) for line in items.chosen_lines(talk)
    )


def options_text(options: Mapping[str, str]) -> str:
    """Options as they stand beside a title. A bare yes or no keeps its name."""
    bare = ("yes", "no", "是", "否", "有", "无")
    return " · ".join(
        f"{name}: {value}" if value.casefold() in bare else value for name, value in options.items()
    )


def _read_for(talk: Talk, item: ItemView, words: str) -> Known | Ask | None:
    now = _now(talk, item)
    if now is None:
        return None
    chosen = choose(words, now, talk.ports.changes.variants(order_of(talk).id, item.id))
    if chosen.one is not None:
        return _known(talk, {item.id: chosen.one.sku})
    if chosen.fitting:
        return _ask(talk, item, chosen.fitting)
    if wants_no_change(words):
        return _known(talk, {item.id: item.sku})  # the shop's rules say whether that may be
    return None


def _for_another(talk: Talk, words: str) -> Known | None:
    """He names another item instead of a variant of this one: that one is meant."""
    order = order_of(talk)
    named = [one for one in items.open_items(talk) if is_called(one, words)]
    if named:
        ids = [one.id for one in named]
        return Known({ITEMS: ids}) if ids != talk.slots.get(ITEMS) else None
    elsewhere = [
        one
        for one in recent_orders(talk)
        if one.id != order.id and any(is_called(item, words) for item in one.items)
    ]
    return by_name(talk, elsewhere[0], words) if len(elsewhere) == 1 else None


def _read_ahead(talk: Talk, words: str, *, anew: bool) -> Known | None:
    """Variants named together with the wish: each item's within the words that follow its name.
    `anew`: for items that have one already, too."""
    found: dict[str, str] = {}
    for item, piece in _pieces(talk, words):
        now = _now(talk, item)
        if now is None or (item.id in _told(talk) and not anew):
            continue
        variants = talk.ports.changes.variants(order_of(talk).id, item.id)
        chosen = choose(piece, now, variants)
        if chosen.one is not None:
            found[item.id] = chosen.one.sku
    return _known(talk, found) if found else None


def _pieces(talk: Talk, words: str) -> list[tuple[ItemView, str]]:
    """The words cut at the names of the chosen items; all of them for a single one."""
    chosen = items.chosen_items(talk)
    if len(chosen) == 1:
        return [(chosen[0], words)]
    lower = words.casefold()
    places = []
    for item in chosen:
        names = [*item.aliases, *item.titles.values()]
        at = [lower.find(name.casefold()) for name in names if name]
        last_words = [lower.find(name.casefold().split()[-1]) for name in item.aliases if name]
        known = [one for one in at if one >= 0] or [one for one in last_words if one >= 0]
        if known:
            places.append((min(known), item))
    places.sort(key=lambda one: one[0])
    ends = [start for start, _ in places[1:]] + [len(words)]
    return [(item, words[start:end]) for (start, item), end in zip(places, ends, strict=True)]


def _ask(talk: Talk, item: ItemView, variants: Sequence[VariantView]) -> Ask:
    now = _now(talk, item)
    offers = tuple(_offer(one, item) for one in variants[:SHOWN])
    params = {
        "title": title(item, talk.locale),
        "options": options_text(now.options) if now else "",
        "count": len(variants),
    }
    if not offers:
        return Ask(VARIANTS, "change.no_variants", params, (items_again(), PERSON, LEAVE_IT))
    return Ask(VARIANTS, "change.ask_variant", params, offers, Presentation.ITEMS)


def items_again() -> Offer:
    """The option to choose other items."""
    return Offer(Effect.CORRECT, "items", label_key="choice.other_items")


def _offer(one: VariantView, item: ItemView) -> Offer:
    price = one.price or item.unit_price
    more = price.minor - item.unit_price.minor
    return Offer(
        Effect.ANSWER,
        one.sku,
        label=options_text(one.options) or one.sku,
        detail_key="change.variant_detail",
        params={
            "price": price,
            "more": Money(abs(more), price.currency),
            "dearer": more > 0,
            "cheaper": more < 0,
        },
    )


def _known(talk: Talk, found: Mapping[str, str]) -> Known:
    return Known({VARIANTS: {**_told(talk), **found}})


def _told(talk: Talk) -> Mapping[str, str]:
    told = talk.slots.get(VARIANTS)
    return told if isinstance(told, Mapping) else {}


def _next(talk: Talk) -> ItemView | None:
    told = _told(talk)
    return next((item for item in items.chosen_items(talk) if item.id not in told), None)


def _now(talk: Talk, item: ItemView) -> VariantView | None:
    return next((one for one in _all(talk, item) if one.sku == item.sku), None)


def _all(talk: Talk, item: ItemView) -> Sequence[VariantView]:
    return talk.ports.changes.variants(order_of(talk).id, item.id)


def _there(talk: Talk, item: ItemView) -> list[VariantView]:
    return [one for one in _all(talk, item) if one.available and one.price is not None]


def _others(talk: Talk, item: ItemView) -> list[VariantView]:
    """Those that can be had, the most alike first."""
    now = _now(talk, item)
    others = [one for one in _there(talk, item) if one.sku != item.sku]
    return sorted(others, key=lambda one: (difference(one, now) if now else 0, one.sku))
