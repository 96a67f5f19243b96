"""Change items of an order that is not sent yet into other variants of the same products."""

from __future__ import annotations

from bot.dialogs.parts.swaps import swap_flow

FLOW = swap_flow(
    "change_items",
    "items",
    ask_order="change.ask_order_to_change",
    ask_method="change.ask_method_difference",
)
