"""Send an order that has not left yet to another address."""

from __future__ import annotations

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Flow, Offer, Talk
from bot.dialogs.parts import changing, orders, pictured
from bot.dialogs.parts.asking_addresses import address_params, collect_address
from bot.dialogs.parts.refused_changes import OTHER_ORDER
from bot.dialogs.slots import ADDRESS, ORDER
from bot.dialogs.state import Effect

OTHER_ADDRESS = Offer(Effect.CORRECT, ADDRESS, label_key="change.choice_other_address")


def _wish(talk: Talk) -> ChangeWish:
    return ChangeWish("address", address=talk.slots[ADDRESS])


FLOW = Flow(
    id="change_address",
    steps=(
        changing.prove_customer(),
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("change.ask_order_to_change", fits=changing.orders_fit("address")),
        changing.may_be("address"),
        collect_address("change.ask_address"),
        changing.look_quote(_wish),
        changing.confirm(
            lambda _talk: "change.summary_address", address_params, (OTHER_ADDRESS, OTHER_ORDER)
        ),
        changing.act(_wish),
    ),
    needs={ADDRESS: (ORDER,)},
)
