"""Exchange delivered items for other variants of the same products."""

from __future__ import annotations

from bot.dialogs.parts.swaps import swap_flow

FLOW = swap_flow(
    "exchange",
    "exchange",
    ask_order="change.ask_order_to_exchange",
    ask_method="change.ask_method_difference",
)
