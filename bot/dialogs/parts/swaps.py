"""The steps of swapping an order's items for other variants, before it is sent or afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Ask, Check, Collect, End, Flow, Talk
from bot.dialogs.parts import changing, items, orders, paying, pictured, variants
from bot.dialogs.parts.refused_changes import (
    OTHER_ITEMS,
    OTHER_METHOD,
    OTHER_ORDER,
    OTHER_VARIANT,
    refusal,
)
from bot.dialogs.parts.wording import title
from bot.dialogs.slots import ITEMS, METHOD, ORDER, QUANTITIES, VARIANTS

SUMMARIES: Final[Mapping[str, str]] = {
    "items": "change.summary_items",
    "exchange": "change.summary_exchange",
}


def swap_flow(flow_id: str, kind: str, ask_order: str, ask_method: str) -> Flow:
    """A flow that asks for this kind of change, `items` or `exchange`; what the order's state
    allows only as the other one is asked for as that."""

    def now(talk: Talk) -> str:
        return _kind_now(talk, kind)

    def may_be(talk: Talk) -> Ask | None:
        refused = talk.ports.changes.check_order(orders.order_of(talk).id, now(talk))
        return refusal(talk, refused) if refused else None

    def wish(talk: Talk) -> ChangeWish:
        return ChangeWish(
            now(talk), swaps=variants.chosen_swaps(talk), method=paying.chosen_method(talk)
        )

    return Flow(
        id=flow_id,
        steps=(
            changing.prove_customer(),
            pictured.pictured_order(),
            orders.prove_order(),
            orders.collect_order(ask_order, fits=changing.orders_fit(kind)),
            Check(may_be),
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
            Collect(
                VARIANTS,
                ask=variants.ask_variant,
                read=variants.read_variant,
                complete=variants.variants_known,
            ),
            paying.collect_method(wish, ask_method),
            changing.look_quote(wish),
            changing.confirm(
                lambda talk: SUMMARIES[now(talk)],
                _params,
                (OTHER_ITEMS, OTHER_VARIANT, OTHER_METHOD, OTHER_ORDER),
            ),
            changing.act(wish),
        ),
        needs={
            ITEMS: (ORDER,),
            QUANTITIES: (ITEMS,),
            VARIANTS: (ITEMS,),
            METHOD: (ITEMS,),
        },
    )


def _kind_now(talk: Talk, kind: str) -> str:
    other = "items" if kind == "exchange" else "exchange"
    order_id = orders.order_of(talk).id
    refused = talk.ports.changes.check_order(order_id, kind)
    if refused is None or refused.code not in ("wrong_status", "not_offered"):
        return kind
    return other if talk.ports.changes.check_order(order_id, other) is None else kind


def _ask_items(talk: Talk) -> Ask:
    return replace(items.ask_items(talk), key="change.ask_items")


def _ask_quantity(talk: Talk) -> Ask | End:
    asked = items.ask_quantity(talk)
    return replace(asked, key="change.ask_quantity") if isinstance(asked, Ask) else asked


def _params(talk: Talk) -> Mapping[str, object]:
    order = orders.order_of(talk)
    named = {item.id: item for item in order.items}
    lines = []
    for swap in variants.chosen_swaps(talk):
        known = talk.ports.changes.variants(order.id, swap.item_id)
        to = next((one for one in known if one.sku == swap.sku), None)
        lines.append(
            {
                "title": title(named[swap.item_id], talk.locale),
                "to": variants.options_text(to.options) if to else swap.sku,
                "quantity": swap.quantity,
                "unchanged": swap.sku == named[swap.item_id].sku,
            }
        )
    return {"lines": lines, "all_items": len(lines) == len(order.items)}
