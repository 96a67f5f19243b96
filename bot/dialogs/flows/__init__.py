"""The one table of flows. A flow is one file here; its id is the file's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Flow
from bot.dialogs.flows import (
    cancel_order,
    change_address,
    change_items,
    change_payment,
    change_profile,
    exchange,
    handoff,
    identify,
    order_status,
    refund,
    request_status,
    return_items,
    verify_identity,
    withdraw,
)

FLOWS: Final[Mapping[str, Flow]] = {
    "refund": refund.FLOW,
    "order_status": order_status.FLOW,
    "request_status": request_status.FLOW,
    "withdraw": withdraw.FLOW,
    "cancel_order": cancel_order.FLOW,
    "change_items": change_items.FLOW,
    "change_address": change_address.FLOW,
    "change_payment": change_payment.FLOW,
    "change_profile": change_profile.FLOW,
    "exchange": exchange.FLOW,
    "return_items": return_items.FLOW,
    "identify": identify.FLOW,
    "verify_identity": verify_identity.FLOW,
    "handoff": handoff.FLOW,
}
