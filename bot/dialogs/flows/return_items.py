"""Send delivered items back: which, how many, where the money goes, and his yes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Ask, Collect, End, Flow, Talk
from bot.dialogs.parts import changing, items, orders, paying, pictured
from bot.dialogs.parts.refused_changes import OTHER_ITEMS, OTHER_METHOD, OTHER_ORDER
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ITEMS, METHOD, ORDER, QUANTITIES


def _wish(talk: Talk) -> ChangeWish:
    lines = items.chosen_lines(talk)
    return ChangeWish("return", lines=lines, method=paying.chosen_method(talk))


def _ask_items(talk: Talk) -> Ask:
    return replace(items.ask_items(talk), key="change.ask_items_to_return")


def _ask_quantity(talk: Talk) -> Ask | End:
    asked = items.ask_quantity(talk)
    return replace(asked, key="change.ask_quantity") if isinstance(asked, Ask) else asked


def _params(talk: Talk) -> Mapping[str, object]:
    counts = {line.item_id: line.quantity for line in items.chosen_lines(talk)}
    return {
        "lines": [
            {"title": title(item, talk.locale), "quantity": counts[item.id]}
            for item in items.chosen_items(talk)
        ]
    }


FLOW = Flow(
    id="return_items",
    steps=(
        changing.prove_customer(),
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("change.ask_order_to_return", fits=changing.orders_fit("return")),
        changing.may_be("return"),
        Collect(
            ITEMS,
            ask=_ask_items,
            read=items.read_items,
            derive=items.only_item,
            complete=items.items_known,
        ),
        Collect(
            QUANTITIES,
            ask=_ask_quantity,
            read=items.read_quantity,
            derive=items.single_units,
            complete=items.quantities_known,
        ),
        paying.collect_method(_wish, "change.ask_method_refund"),
        changing.look_quote(_wish),
        changing.confirm(
            lambda _talk: "change.summary_return", _params, (OTHER_ITEMS, OTHER_METHOD, OTHER_ORDER)
        ),
        changing.act(_wish),
    ),
    needs={ITEMS: (ORDER,), QUANTITIES: (ITEMS,), METHOD: (ITEMS,)},
)
