"""Options that stand under more than one question."""

from __future__ import annotations

from typing import Final

from bot.dialogs.flow import Offer
from bot.dialogs.state import Effect

PERSON: Final = Offer(Effect.HUMAN, label_key="choice.person")
LEAVE_IT: Final = Offer(Effect.CANCEL, label_key="choice.leave_it")
REFUND: Final = Offer(Effect.START, "refund", label_key="choice.refund")
ORDER_STATUS: Final = Offer(Effect.START, "order_status", label_key="choice.order_status")
REQUEST_STATUS: Final = Offer(Effect.START, "request_status", label_key="choice.request_status")
WITHDRAW: Final = Offer(Effect.START, "withdraw", label_key="choice.withdraw")

MENU: Final = (REFUND, ORDER_STATUS, REQUEST_STATUS, PERSON)
"""What one can do here."""

STARTS: Final = {offer.value: offer for offer in (REFUND, ORDER_STATUS, REQUEST_STATUS, WITHDRAW)}
"""Flow -> the option that starts it."""
