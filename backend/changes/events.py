"""What happened to changes of orders: told within the transaction, heard by the reactions."""

from __future__ import annotations

from dataclasses import dataclass

from backend.kit.events import Event


@dataclass(frozen=True, slots=True)
class ChangeMoved(Event):
    """A change was made, waits, or was turned down. `state`: awaiting_approval, applied,
    awaiting_goods, fulfilled, rejected, withdrawn. `difference` in minor units: he pays, below 0
    he gets; `at_once`: all he gets is on a gift card already. `note` is for the customer."""

    kind: str
    state: str
    ticket_number: str
    order_number: str
    conversation_id: str | None
    difference: int
    currency: str
    at_once: bool = False
    note: str = ""
