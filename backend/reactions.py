"""The one table from event to handlers. Handlers run inside the transaction of the event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.changes.events import ChangeMoved
from backend.conversations import service as conversations
from backend.conversations.events import HandedToPeople
from backend.kit.db import Tx
from backend.kit.events import Event
from backend.kit.money import Money
from backend.pipeline import handover
from backend.pipeline.notify import Notifier
from backend.refunds.events import (
    RefundApproved,
    RefundAwaitingApproval,
    RefundEvent,
    RefundFailed,
    RefundRejected,
    RefundSucceeded,
    RefundWithdrawn,
)

Handler = Callable[[Tx, Notifier, Any], None]


def _tell(tx: Tx, notifier: Notifier, event: RefundEvent, key: str, **more: object) -> None:
    """Say it to whoever asked in a chat, with the ticket and the amount."""
    if event.conversation_id is None:
        return
    params = {
        "ticket": event.ticket_number,
        "amount": Money(event.amount, event.currency),
        **more,
    }
    notifier.tell(tx, event.conversation_id, key, params)


def _approved(tx: Tx, notifier: Notifier, event: RefundApproved) -> None:
    key = "refund.approved_at_once" if event.by == "rules" else "refund.approved"
    _tell(tx, notifier, event, key)
    if event.return_shipping_by is not None:
        _tell(
            tx,
            notifier,
            event,
            "refund.return_instructions",
            by=event.return_shipping_by,
            address=notifier.shop.return_address,
        )


def _awaiting(tx: Tx, notifier: Notifier, event: RefundAwaitingApproval) -> None:
    _tell(tx, notifier, event, "refund.awaiting_approval")


def _rejected(tx: Tx, notifier: Notifier, event: RefundRejected) -> None:
    _tell(tx, notifier, event, "refund.rejected", note=event.note)


def _paid(tx: Tx, notifier: Notifier, event: RefundSucceeded) -> None:
    _tell(tx, notifier, event, "refund.paid")


def _failed(tx: Tx, notifier: Notifier, event: RefundFailed) -> None:
    _tell(tx, notifier, event, "refund.failed")


def _failed_goes_to_people(tx: Tx, _notifier: Notifier, event: RefundFailed) -> None:
    if event.conversation_id is not None:
        conversations.hand_to_people(tx, event.conversation_id, "refund_failed")


def _withdrawn(tx: Tx, notifier: Notifier, event: RefundWithdrawn) -> None:
    _tell(tx, notifier, event, "refund.withdrawn")


def _changed(tx: Tx, notifier: Notifier, event: ChangeMoved) -> None:
    """Tell him who asked in a chat what became of his change."""
    key = _CHANGE_WORDS.get(event.state) or _MADE.get(event.kind)
    if event.conversation_id is None or key is None:
        return
    params = {
        "ticket": event.ticket_number,
        "order_number": event.order_number,
        "amount": Money(abs(event.difference), event.currency),
        "pays": event.difference > 0,
        "gets": event.difference < 0,
        "at_once": event.at_once,
        "note": event.note,
        "kind": event.kind,
    }
    notifier.tell(tx, event.conversation_id, key, params)


_CHANGE_WORDS: Mapping[str, str] = {
    "awaiting_approval": "change.awaiting_approval",
    "fulfilled": "change.fulfilled",
    "rejected": "change.rejected",
    "withdrawn": "change.withdrawn",
}
"""State of a change -> what is said of it, whatever its kind."""
_MADE: Mapping[str, str] = {
    "cancel": "change.done_cancel",
    "address": "change.done_address",
    "payment": "change.done_payment",
    "items": "change.done_items",
    "return": "change.done_return",
    "exchange": "change.done_exchange",
}
"""Kind of a change that was made, or waits for goods -> what is said of it."""


def _hand_over(tx: Tx, notifier: Notifier, event: HandedToPeople) -> None:
    handover.enqueue(tx, notifier.channels, event)


TABLE: Mapping[type[Event], tuple[Handler, ...]] = {
    RefundAwaitingApproval: (_awaiting,),
    RefundApproved: (_approved,),
    RefundRejected: (_rejected,),
    RefundSucceeded: (_paid,),
    RefundFailed: (_failed, _failed_goes_to_people),
    RefundWithdrawn: (_withdrawn,),
    ChangeMoved: (_changed,),
    HandedToPeople: (_hand_over,),
}


class Reactions:
    """Carries events to their handlers."""

    def __init__(self, notifier: Notifier) -> None:
        self.notifier = notifier

    def publish(self, tx: Tx, event: Event) -> None:
        """Run the handlers of one event; an event nobody reacts to is fine."""
        for handler in TABLE.get(type(event), ()):
            handler(tx, self.notifier, event)
