"""Changes of orders as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.changes.repository import Change, MoneyMove
from backend.tickets.schemas import MoneyOut


class DecisionIn(BaseModel):
    """Why; `note` is told to the customer of a change that is turned down."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    note: Annotated[str, Field(max_length=500)] = ""


class SettledIn(BaseModel):
    """`ref` is the payment system's own reference."""

    model_config = ConfigDict(extra="forbid")

    ref: Annotated[str, Field(min_length=1, max_length=128)]


class ChangeOut(BaseModel):
    """A change. `difference`: he pays; below 0 he gets back."""

    id: str
    kind: str
    state: str
    requested_at: datetime
    difference: MoneyOut | None

    @classmethod
    def of(cls, change: Change) -> ChangeOut:
        amount = MoneyOut.of(change.difference, change.currency) if change.currency else None
        return cls(
            id=change.id,
            kind=change.kind,
            state=change.state,
            requested_at=change.requested_at,
            difference=amount,
        )


class TransferOut(BaseModel):
    """Money to be moved by the shop's payment system. `amount`: he pays; below 0 he gets it, on
    `method_id` or, where that is null, on the payment `payment_id` it is given back of. `id` is the
    idempotency key to move it under."""

    id: str
    method_id: str | None
    payment_id: str | None
    amount: MoneyOut
    state: str

    @classmethod
    def of(cls, move: MoneyMove) -> TransferOut:
        return cls(
            id=move.id,
            method_id=move.method_id,
            payment_id=move.payment_id,
            amount=MoneyOut.of(move.amount, move.currency),
            state=move.state,
        )


class TransfersOut(BaseModel):
    """Oldest first; ask on with `after` the last one's id."""

    items: list[TransferOut]
