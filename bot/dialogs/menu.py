"""Options that stand under more than one question."""

from __future__ import annotations

from typing import Final

from bot.dialogs.flow import Offer
from bot.dialogs.offered import CHANGES
from bot.dialogs.state import Effect
from bot.ports import Ports

PERSON: Final = Offer(Effect.HUMAN, label_key="choice.person")
LEAVE_IT: Final = Offer(Effect.CANCEL, label_key="choice.leave_it")
REFUND: Final = Offer(Effect.START, "refund", label_key="choice.refund")
ORDER_STATUS: Final = Offer(Effect.START, "order_status", label_key="choice.order_status")
REQUEST_STATUS: Final = Offer(Effect.START, "request_status", label_key="choice.request_status")
WITHDRAW: Final = Offer(Effect.START, "withdraw", label_key="choice.withdraw")

CHANGE_STARTS: Final = (
    Offer(Effect.START, "cancel_order", label_key="change.choice_cancel"),
    Offer(Effect.START, "change_items", label_key="change.choice_items"),
    Offer(Effect.START, "exchange", label_key="change.choice_exchange"),
    Offer(Effect.START, "return_items", label_key="change.choice_return"),
    Offer(Effect.START, "change_address", label_key="change.choice_address"),
    Offer(Effect.START, "change_payment", label_key="change.choice_payment"),
    Offer(Effect.START, "change_profile", label_key="change.choice_profile"),
)
"""What one can do where the shop lets orders be changed."""

STARTS: Final = {
    offer.value: offer for offer in (REFUND, ORDER_STATUS, REQUEST_STATUS, WITHDRAW, *CHANGE_STARTS)
}
"""Flow -> the option that starts it."""


def menu_of(ports: Ports) -> tuple[Offer, ...]:
    """What one can do in this shop."""
    changes = tuple(offer for offer in CHANGE_STARTS if ports.changes.offers(CHANGES[offer.value]))
    first = (REFUND,) if ports.changes.keeps_refunds() else ()
    return (*first, *changes, ORDER_STATUS, REQUEST_STATUS, PERSON)
