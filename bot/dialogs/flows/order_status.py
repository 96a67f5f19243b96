"""Where is my parcel? Tells the state of an order and the latest news of its delivery."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Check, End, Flow, Offer, Talk
from bot.dialogs.menu import PERSON
from bot.dialogs.parts.orders import collect_order, order_of, prove_order
from bot.dialogs.parts.pictured import pictured_order
from bot.dialogs.parts.wording import titles
from bot.dialogs.slots import ORDER
from bot.dialogs.state import Effect
from bot.ports import OrderView
from bot.replies import Reply

_STATUS: Final[Mapping[str, str]] = {
    "pending": "order.status_pending",
    "paid": "order.status_paid",
    "shipped": "order.status_shipped",
    "delivered": "order.status_delivered",
    "completed": "order.status_completed",
    "cancelled": "order.status_cancelled",
}
_EVENTS: Final[Mapping[str, str]] = {
    "shipped": "order.event_shipped",
    "in_transit": "order.event_in_transit",
    "out_for_delivery": "order.event_out_for_delivery",
    "delivered": "order.event_delivered",
    "failed_attempt": "order.event_failed_attempt",
    "refused": "order.event_refused",
    "held_at_customs": "order.event_held_at_customs",
}
_REFUNDABLE: Final = ("paid", "shipped", "delivered", "completed")


def _tell(talk: Talk) -> End:
    order = order_of(talk)
    notes = [_state(order, talk.locale)]
    if order.events and (key := _EVENTS.get(order.events[-1].code)):
        event = order.events[-1]
        notes.append(Reply(key, {"at": event.at, "place": event.place}))
    offers = [PERSON]
    if order.status in _REFUNDABLE:
        slots = {ORDER: order.number}
        refund = Offer(Effect.START, "refund", label_key="choice.refund_this", slots=slots)
        offers.insert(0, refund)
    return End(tuple(notes), tuple(offers))


def _state(order: OrderView, locale: str) -> Reply:
    return Reply(
        _STATUS.get(order.status, "order.status_other"),
        {
            "order_number": order.number,
            "titles": titles(order, locale),
            "carrier": order.carrier,
            "tracking_number": order.tracking_number,
            "delivered_at": order.delivered_at,
        },
    )


FLOW = Flow(
    id="order_status",
    steps=(pictured_order(), prove_order(), collect_order("order.ask_for_status"), Check(_tell)),
    aside=True,
)
