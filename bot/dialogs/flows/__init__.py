"""The one table of flows. A flow is one file here; its id is the file's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.dialogs.flow import Flow
from bot.dialogs.flows import (
    handoff,
    order_status,
    refund,
    request_status,
    verify_identity,
    withdraw,
)

FLOWS: Final[Mapping[str, Flow]] = {
    "refund": refund.FLOW,
    "order_status": order_status.FLOW,
    "request_status": request_status.FLOW,
    "withdraw": withdraw.FLOW,
    "verify_identity": verify_identity.FLOW,
    "handoff": handoff.FLOW,
}
