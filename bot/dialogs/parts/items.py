"""Which items of the order, and how many of each?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.dialogs.flow import Ask, Bad, End, Given, Known, Offer, Talk
from bot.dialogs.menu import PERSON, REQUEST_STATUS
from bot.dialogs.parts.adding import adds, later
from bot.dialogs.parts.counting import taken_out, things_of_both
from bot.dialogs.parts.left_out import without_left_out
from bot.dialogs.parts.matching import match_items, match_listed
from bot.dialogs.parts.orders import by_name, naming, order_of, recent_orders
from bot.dialogs.parts.refusals import refusal
from bot.dialogs.parts.whole_orders import excepted, means_everything
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ALL, ITEMS, ORDER, OTHER, QUANTITIES
from bot.dialogs.state import Effect
from bot.messages import Presentation
from bot.ports import ItemView, Line, Refusal
from bot.replies import Reply

SHOWN: Final = 10
"""Items offered as options; any other can be named."""

SHOWN_QUANTITIES: Final = 5


def open_items(talk: Talk) -> Sequence[ItemView]:
    """Items of the order with units nothing was claimed for yet."""
    return [item for item in order_of(talk).items if item.open_quantity > 0]


def chosen_items(talk: Talk) -> Sequence[ItemView]:
    """The items chosen, in the order's order."""
    ids = talk.slots.get(ITEMS, ())
    return [item for item in order_of(talk).items if item.id in ids]


def chosen_lines(talk: Talk) -> tuple[Line, ...]:
    """Items and quantities, once both are known."""
    counts = talk.slots[QUANTITIES]
    return tuple(Line(item.id, counts.get(item.id, 1)) for item in chosen_items(talk))


# Items


def items_known(talk: Talk) -> bool:
    """Whether the chosen items are (still) all of this order and open."""
    ids = talk.slots.get(ITEMS)
    if not ids:
        return False
    return set(ids) <= {item.id for item in open_items(talk)}


def only_item(talk: Talk) -> list[str] | None:
    """Nothing to choose: the only open item."""
    items = open_items(talk)
    return [items[0].id] if len(items) == 1 else None


def ask_items(talk: Talk) -> Ask:
    """Ask which items; with none open, say that nothing is left."""
    items = open_items(talk)
    if not items:
        return refusal(talk, Refusal("nothing_left"))
    return _ask(talk, "refund.ask_items", items)


def read_items(talk: Talk, given: Given) -> Known | Bad | Ask | End | None:
    """Read picked items, `all`, `other`, or words that name some."""
    items = open_items(talk)
    if given.picked:
        ids = [item.id for item in items if item.id in given.picked]
        return _known(ids) if ids else Bad(Reply("refund.item_gone"))
    words = given.words.strip()
    if words == ALL:
        return _known([item.id for item in items])
    if words == OTHER:
        return _others(talk, items)
    if without := excepted(words):
        return _all_but(talk, without, items)
    if (fewer := _fewer(talk, words)) is not None:
        return fewer
    if (left := _left_in(talk, words)) is not None:
        return _narrowed(talk, left)
    matches = match_listed(words, items, by_price=given.asked)
    if matches.unclear and len({one.sku for one in matches.unclear}) > 1:
        return _ask(talk, "refund.which_of_these", matches.unclear)
    # Of two lines with the very same article either will do.
    if named := (*matches.chosen, *matches.unclear[:1]):
        known = _added(talk, named) if adds(words) else _chosen(talk, named)
        return _with_both(talk, words, known)
    if items and QUANTITIES not in talk.raw and means_everything(words):
        counts = {item.id: item.open_quantity for item in items if item.open_quantity > 1}
        return Known({ITEMS: [item.id for item in items], QUANTITIES: counts})
    return _not_open(talk, words, given)


def _fewer(talk: Talk, words: str) -> Known | None:
    """What is left once he takes so many out of it: "remove one mug"."""
    count = taken_out(words)
    named = match_items(words, chosen_items(talk)).chosen if count else ()
    if len(named) != 1:
        return None
    counts = dict(_told(talk) or {})
    left = counts.get(named[0].id, 1) - count
    ids = [item.id for item in chosen_items(talk) if left > 0 or item.id != named[0].id]
    if not ids:
        return None
    kept = {one: counts[one] for one in ids if one in counts}
    return Known({ITEMS: ids, QUANTITIES: {**kept, **({named[0].id: left} if left > 0 else {})}})


def _left_in(talk: Talk, words: str) -> list[str] | None:
    """The items chosen before, less those he takes out of them ("without the towel"); None if he
    names any that he wants, or takes none out."""
    before = chosen_items(talk)
    wanted = without_left_out(words)
    if not before or wanted == words or match_items(wanted, open_items(talk)).chosen:
        return None
    out = {item.id for item in match_items(words, before).chosen}
    left = [item.id for item in before if item.id not in out]
    return left if out and left else None


def _all_but(talk: Talk, without: str, items: Sequence[ItemView]) -> Known | Ask:
    matches = match_items(without, items)
    named = {item.id for item in (*matches.chosen, *matches.unclear)}
    if not named and (meant := _meant(talk, without)) is not None:
        named = {meant.id}
    left = [item.id for item in items if item.id not in named]
    return _known(left) if named and left else _ask(talk, "refund.ask_items", items)


def _chosen(talk: Talk, items: Sequence[ItemView]) -> Known:
    return _narrowed(talk, [item.id for item in items])


def _narrowed(talk: Talk, ids: Sequence[str]) -> Known:
    """These items; how many of those chosen before, he need not say again."""
    told = _told(talk) or {}
    kept = {one: told[one] for one in ids if one in told}
    return Known({ITEMS: list(ids), **({QUANTITIES: kept} if kept else {})})


def _with_both(talk: Talk, words: str, known: Known) -> Known:
    """With two units of what he says "both" of, where there are two: "both red tees"."""
    things = things_of_both(words)
    ids = known.values.get(ITEMS, ())
    chosen = [item for item in open_items(talk) if item.id in ids]
    named = match_items(things, chosen).chosen if things else ()
    if len(named) != 1 or named[0].open_quantity != 2:
        return known
    counts = {**known.values.get(QUANTITIES, {}), named[0].id: 2}
    return replace(known, values={**known.values, QUANTITIES: counts})


def _added(talk: Talk, items: Sequence[ItemView]) -> Known:
    """Further items beside those known, whose numbers stay known."""
    before = [item.id for item in chosen_items(talk)]
    ids = [*before, *(item.id for item in items if item.id not in before)]
    if not before:
        return _known(ids)
    told = _told(talk)
    counts = {QUANTITIES: dict(told)} if told else {}
    return Known({ITEMS: ids, **counts}, (Reply("dialog.noted"),))


def _known(ids: Sequence[str]) -> Known:
    return Known({ITEMS: list(ids)})


def _others(talk: Talk, items: Sequence[ItemView]) -> Known | Ask:
    before = talk.slots.get(ITEMS) or talk.taken_back.get(ITEMS) or ()
    left = [item for item in items if item.id not in before]
    return _known([left[0].id]) if len(left) == 1 else _ask(talk, "refund.ask_items", left or items)


def _not_open(talk: Talk, words: str, given: Given) -> Known | Bad | End | None:
    """He names an item of the order that is claimed already, or none of it.

    When he came for that item alone, the flow is over: it must not go on with another one. An
    answer or a correction that names an item of another order means that order.
    """
    order = order_of(talk)
    claimed = match_items(words, order.items)
    named = (*claimed.chosen, *claimed.unclear)
    if named:
        note = Reply("refund.item_claimed", {"title": title(named[0], talk.locale)})
        others = Offer(
            Effect.START, "refund", label_key="choice.other_items", slots={ORDER: order.number}
        )
        if given.asked or given.corrects:
            return Bad(note)
        return End((note,), (REQUEST_STATUS, others, PERSON))
    if not (given.asked or given.corrects):
        return None
    elsewhere = naming(words, [one for one in recent_orders(talk) if one.id != order.id])
    if len(elsewhere) == 1:
        beside = adds(words) and bool(chosen_items(talk))
        return (later if beside else by_name)(talk, elsewhere[0], words)
    if not elsewhere and (meant := _meant(talk, words)) is not None:
        return _added(talk, [meant]) if adds(words) else _chosen(talk, [meant])
    return Bad(Reply("refund.no_such_item"))


def _meant(talk: Talk, words: str) -> ItemView | None:
    """The open item of the order that words of another language, or other words, mean."""
    items = open_items(talk)
    products = [(*item.titles.values(), *item.aliases) for item in items]
    at = talk.ports.names.nearest(words, products)
    return None if at is None else items[at]


def _ask(talk: Talk, key: str, items: Sequence[ItemView]) -> Ask:
    offers = tuple(
        Offer(
            Effect.ANSWER,
            item.id,
            label=title(item, talk.locale),
            detail_key="refund.item_detail",
            params={"unit_price": item.unit_price, "quantity": item.open_quantity},
            image=item.image,
        )
        for item in items[:SHOWN]
    )
    return Ask(
        ITEMS,
        key,
        {"order_number": order_of(talk).number},
        offers,
        Presentation.ITEMS,
        multiple=True,
    )


# Quantities


def quantities_known(talk: Talk) -> bool:
    """Whether a number within what is open is known for every chosen item that needs one."""
    return _told(talk) is not None and _next_item(talk) is None


def single_units(talk: Talk) -> Mapping[str, int] | None:
    """Nothing to ask: one open unit of each chosen item."""
    items = chosen_items(talk)
    return {} if all(item.open_quantity == 1 for item in items) else None


def ask_quantity(talk: Talk) -> Ask | End:
    """Ask how many of the first item whose number is open."""
    item = _next_item(talk)
    if item is None:
        return End((Reply("system.error"),), handoff="stuck")
    numbers = range(1, min(item.open_quantity, SHOWN_QUANTITIES) + 1)
    offers = tuple(Offer(Effect.ANSWER, str(number), label=str(number)) for number in numbers)
    params = {"title": title(item, talk.locale), "open": item.open_quantity}
    return Ask(QUANTITIES, "refund.ask_quantity", params, offers)


def read_quantity(talk: Talk, given: Given) -> Known | Bad | Ask | End | None:
    """Read a number, or `all`: for the item asked about, or the only one it can mean.

    A number told ahead ("refund 3 mugs") that can't be is answered, too, not passed over.
    """
    words = (given.picked[0] if given.picked else given.words).strip()
    item = _next_item(talk) if given.asked else None
    if item is None:
        many = [one for one in chosen_items(talk) if one.open_quantity > 1]
        told = _told(talk) or {}
        meant = [one for one in many if one.id not in told] or many
        if len(meant) != 1:
            return None
        item = meant[0]
    if words == ALL:
        count = item.open_quantity
    elif words.isdecimal() and len(words) <= 6:
        count = int(words)
    else:
        return None
    if not 1 <= count <= item.open_quantity:
        params = {"title": title(item, talk.locale), "open": item.open_quantity}
        note = Reply("refund.quantity_out_of_range", params)
        asked = ask_quantity(talk)
        if given.asked or given.corrects or isinstance(asked, End):
            return Bad(note)
        return replace(asked, notes=(note,))
    return Known({QUANTITIES: {**(_told(talk) or {}), item.id: count}})


def _told(talk: Talk) -> Mapping[str, int] | None:
    counts = talk.slots.get(QUANTITIES)
    return counts if isinstance(counts, Mapping) else None


def _next_item(talk: Talk) -> ItemView | None:
    told = _told(talk) or {}
    for item in chosen_items(talk):
        if item.open_quantity > 1 and not 1 <= told.get(item.id, 0) <= item.open_quantity:
            return item
    return None
