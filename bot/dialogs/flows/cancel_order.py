"""Cancel an order that is not sent yet: which one, why where the shop asks, and his yes."""

from __future__ import annotations

from collections.abc import Mapping

from bot.change_ports import ChangeWish
from bot.dialogs.flow import Collect, Flow, Talk
from bot.dialogs.parts import changing, orders, pictured
from bot.dialogs.parts.cancel_reasons import (
    ask_cancel_reason,
    read_cancel_reason,
    reason_params,
)
from bot.dialogs.parts.refused_changes import OTHER_ORDER, OTHER_REASON
from bot.dialogs.parts.wording import titles
from bot.dialogs.slots import CANCEL_REASON


def _asks_reason(talk: Talk) -> bool:
    return bool(talk.ports.changes.reasons())


def _wish(talk: Talk) -> ChangeWish:
    return ChangeWish("cancel", reason=str(talk.slots.get(CANCEL_REASON, "")))


def _params(talk: Talk) -> Mapping[str, object]:
    return {"titles": titles(orders.order_of(talk), talk.locale), **reason_params(talk)}


FLOW = Flow(
    id="cancel_order",
    steps=(
        changing.prove_customer(),
        pictured.pictured_order(),
        orders.prove_order(),
        orders.collect_order("change.ask_order_to_cancel", fits=changing.orders_fit("cancel")),
        changing.may_be("cancel"),
        Collect(CANCEL_REASON, ask=ask_cancel_reason, read=read_cancel_reason, when=_asks_reason),
        changing.look_quote(_wish),
        changing.confirm(
            lambda _talk: "change.summary_cancel", _params, (OTHER_ORDER, OTHER_REASON)
        ),
        changing.act(_wish),
    ),
)
