"""The shapes that rules on changes take and give. Pure data; amounts in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.kit.money import Money

Address = Mapping[str, str]
"""A postal address as customers.schemas.AddressIn has it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quantity` units of an order's item."""

    item_id: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Swap:
    """`quantity` units of an order's item for as many of the article `sku`."""

    item_id: str
    sku: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Cancel:
    """The whole order."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """Where the order goes."""

    address: Address


@dataclass(frozen=True, slots=True)
class ChangePayment:
    """What the order is paid by."""

    method_id: str


@dataclass(frozen=True, slots=True)
class ChangeItems:
    """Other variants, before it is sent; the difference by `method_id`."""

    swaps: tuple[Swap, ...]
    method_id: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Other variants for what he has; the difference by `method_id`."""

    swaps: tuple[Swap, ...]
    method_id: str = ""


@dataclass(frozen=True, slots=True)
class Return:
    """Goods come back, money goes to `method_id`; empty: as he paid."""

    lines: tuple[Wanted, ...]
    method_id: str = ""


Wish = Cancel | ChangeAddress | ChangePayment | ChangeItems | Exchange | Return
KINDS: Mapping[type[Any], str] = {
    Cancel: "cancel",
    ChangeAddress: "address",
    ChangePayment: "payment",
    ChangeItems: "items",
    Exchange: "exchange",
    Return: "return",
}
"""Wish -> the word for it in policies, tickets and refusals."""


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """A saved method of the customer. `balance` only of a gift card."""

    id: str
    kind: str
    balance: int | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """An article he could have instead."""

    sku: str
    product_id: str | None
    prices: Mapping[str, int]
    available: bool


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment the order stands on: `left` is neither given back nor promised back."""

    id: str
    method_id: str | None
    left: int


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line. `free`: units no request holds; `discount`: the line's share of the order's."""

    item_id: str
    sku: str
    product_id: str | None
    quantity: int
    unit_price: int
    free: tuple[int, ...]
    discount: int = 0


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as changes see it. `done`: kinds of change made or promised before -> ticket;
    `open_ticket`: one that is under way on it, of whatever kind."""

    status: str
    currency: str
    lines: tuple[LineFacts, ...]
    payments: tuple[PaymentFacts, ...]
    delivered_at: datetime | None = None
    done: Mapping[str, str] = field(default_factory=dict)
    open_ticket: str | None = None

    @property
    def left(self) -> int:
        """What can still be given back."""
        return sum(payment.left for payment in self.payments)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code, and what its text needs. The codes are in `rules`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money a change moves: `amount` > 0 he pays by `method_id`; < 0 he gets there what was paid
    by `payment_id`. `method_id` None: by whatever that payment was made with."""

    amount: int
    method_id: str | None = None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """Units of an item, what they change into (None: they come back), and old and new price of
    one; `amount` is what the line brings him (return) or costs him (swap; may be below 0)."""

    item_id: str
    units: tuple[int, ...]
    sku: str | None
    old_price: int
    new_price: int
    amount: int

    @property
    def changes(self) -> bool:
        """Whether the units become anything else."""
        return self.sku is not None


@dataclass(frozen=True, slots=True)
class Quote:
    """What a change comes to. `difference`: he pays; below 0 he gets back."""

    kind: str
    difference: Money
    transfers: tuple[Transfer, ...] = ()
    lines: tuple[QuotedLine, ...] = ()
    goods_back: bool = False
