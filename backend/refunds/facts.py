"""The shapes that rules on refunds take and give. Pure data; amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.kit.money import Money

UNSHIPPED = frozenset({"pending", "paid"})
"""Order states in which the parcel is still in the shop."""


@dataclass(frozen=True, slots=True)
class RefundPolicy:
    """What a shop sets once. Windows end with the shop's day, `days` after the day of delivery.

    `return_shipping_fee`: what a return the customer pays costs, deducted from his refund; a
    currency that is missing deducts nothing (he pays the carrier himself).
    """

    timezone: str = "Asia/Shanghai"
    no_reason_days: int = 7
    fault_days: int = 30
    cross_border_no_reason_days: int = 14
    cross_border_fault_days: int = 30
    return_shipping_fee: Mapping[str, int] = field(default_factory=dict)

    def window(self, *, cross_border: bool, shops_fault: bool) -> int:
        """Days after delivery in which a refund can be asked for."""
        if cross_border:
            return self.cross_border_fault_days if shops_fault else self.cross_border_no_reason_days
        return self.fault_days if shops_fault else self.no_reason_days


DEFAULT_POLICY = RefundPolicy()


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of the order. `claimed`: unit -> number of the open ticket holding it, or None when
    that ticket is fulfilled."""

    item_id: str
    titles: Mapping[str, str]
    quantity: int
    unit_price: int
    returnable: bool
    claimed: Mapping[int, str | None] = field(default_factory=dict)

    @property
    def free(self) -> tuple[int, ...]:
        """Units nobody claimed, lowest first."""
        return tuple(unit for unit in range(self.quantity) if unit not in self.claimed)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as refunds see it. `paid` is what its payments hold, `held` what is refunded
    already or promised by open refunds, `shipping_held` the outbound shipping within that."""

    id: str
    status: str
    currency: str
    business: str
    cross_border: bool
    discount: int
    shipping_fee: int
    paid: int
    placed_at: datetime
    delivered_at: datetime | None
    lines: tuple[LineFacts, ...]
    held: int = 0
    shipping_held: int = 0

    @property
    def remaining(self) -> int:
        """What can still be paid back."""
        return max(0, self.paid - self.held)

    @property
    def shipped(self) -> bool:
        """Whether the parcel left the shop."""
        return self.status not in UNSHIPPED

    @property
    def open_ticket(self) -> str | None:
        """Number of an open ticket on the order, if there is one."""
        return next(
            (number for line in self.lines for number in line.claimed.values() if number), None
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quantity` units of an order's item."""

    item_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the shipping_bearer table said."""

    return_required: bool
    return_shipping_by: str
    refund_outbound_shipping: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code, and what its text needs. `item` is an item's id, `titles` its
    names by locale, amounts are Money, times UTC.

    not_paid, order_cancelled, not_shipped, window_expired(days, since), nothing_left,
    already_requested(ticket), quantity_too_high(item, titles, open), not_returnable(item, titles),
    over_remaining(remaining).
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """The units a quote takes of an item, and what they bring after their discount share."""

    item_id: str
    units: tuple[int, ...]
    gross: int
    discount: int

    @property
    def net(self) -> int:
        return self.gross - self.discount


@dataclass(frozen=True, slots=True)
class QuotePart:
    """`kind`: items (+), discount (−), shipping (+), return_shipping (−)."""

    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What would be paid back; `total` is the sum of `parts`, `lines` what it is paid for."""

    parts: tuple[QuotePart, ...]
    total: Money
    return_required: bool
    return_shipping_by: str
    lines: tuple[QuotedLine, ...] = ()

    def part(self, kind: str) -> int:
        """The amount of one kind; 0 when there is none."""
        return sum(part.amount.minor for part in self.parts if part.kind == kind)
