"""What happened to refunds: told within the transaction, heard by the reactions."""

from __future__ import annotations

from dataclasses import dataclass

from backend.kit.events import Event


@dataclass(frozen=True, slots=True)
class RefundEvent(Event):
    """Common to all. `amount` in minor units of `currency`; `note` is for the customer, mostly
    empty; `conversation_id` is None when nobody asked in a chat."""

    refund_id: str
    ticket_id: str
    ticket_number: str
    order_id: str
    order_number: str
    contact_id: str | None
    conversation_id: str | None
    amount: int
    currency: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequested(RefundEvent):
    """A ticket was opened; one of the next two follows in the same transaction."""


@dataclass(frozen=True, slots=True)
class RefundAwaitingApproval(RefundEvent):
    """People must agree: `needed` of them (1 or 2)."""

    needed: int = 1


@dataclass(frozen=True, slots=True)
class RefundApproved(RefundEvent):
    """It will be paid. `by`: rules, or people. `return_shipping_by`: who pays the way back (shop
    or customer); None when nothing has to come back."""

    by: str = "rules"
    return_shipping_by: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRejected(RefundEvent):
    """A person said no."""


@dataclass(frozen=True, slots=True)
class RefundWithdrawn(RefundEvent):
    """The customer took it back before anybody decided."""


@dataclass(frozen=True, slots=True)
class RefundSucceeded(RefundEvent):
    """The money is on its way back."""


@dataclass(frozen=True, slots=True)
class RefundFailed(RefundEvent):
    """It could not be paid and people must see to it. `code` is the provider's or ours;
    `outcome_unknown`: money may have moved."""

    code: str = ""
    outcome_unknown: bool = False
