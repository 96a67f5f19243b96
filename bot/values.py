"""Plain values that several ports and actions speak in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer minor units (cents, fen) of an ISO 4217 currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """`quantity` units of an order's item."""

    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something can't be done: `code` is a stable word, `params` what its template needs.

    Codes of refunds: window_expired(days, since), nothing_left, order_cancelled, not_paid,
    already_requested(ticket), quantity_too_high(item, open), over_remaining(remaining),
    not_returnable(item), not_shipped.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)
