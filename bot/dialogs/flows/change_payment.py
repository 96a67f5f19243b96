"""Pay an order that is not sent yet by another method."""

from __future__ import annotations

from collections.abc import Mapping

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Flow, Talk
from bot.dialogs.parts import changing, orders, paying, pictured
from bot.dialogs.parts.refused_changes import OTHER_METHOD, OTHER_ORDER
from bot.dialogs.slots import METHOD, ORDER


def _wish(talk: Talk) -> ChangeWish:
    return ChangeWish("payment", method=paying.chosen_method(talk))


def _params(talk: Talk) -> Mapping[str, object]:
    method = paying.method_named(talk, paying.chosen_method(talk))
    return {"method": paying.method_params(method), "total": orders.order_of(talk).paid}


FLOW = Flow(
    id="change_payment",
    steps=(
        changing.prove_customer(),
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("change.ask_order_to_change", fits=changing.orders_fit("payment")),
        changing.may_be("payment"),
        paying.collect_method(_wish, "change.ask_method_payment"),
        changing.look_quote(_wish),
        changing.confirm(
            lambda _talk: "change.summary_payment", _params, (OTHER_METHOD, OTHER_ORDER)
        ),
        changing.act(_wish),
    ),
    needs={METHOD: (ORDER,)},
)
