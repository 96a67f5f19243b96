"""What a dialog may ask about changing orders: which changes the shop has, what they come to.

Part of `bot.ports`, with the same rules: bound to one contact, and only for reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.values import Line, Money, Refusal


@dataclass(frozen=True, slots=True)
class MethodView:
    """A payment method he has saved with the shop. `kind`: gift_card, paypal, credit_card;
    `balance` only of a gift card."""

    id: str
    kind: str
    last_four: str = ""
    balance: Money | None = None


@dataclass(frozen=True, slots=True)
class VariantView:
    """An article he could have instead of one of his. `price` of one; None: not sold in his
    currency."""

    sku: str
    options: Mapping[str, str]
    price: Money | None
    available: bool


@dataclass(frozen=True, slots=True)
class Swap:
    """`quantity` units of an order's item for as many of the article `sku`."""

    item_id: str
    sku: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class ChangeWish:
    """A change he asks for. `kind`: cancel, address, payment, items, exchange, return.

    Each kind needs its own: `reason` (cancel), `address` (line1, line2, city, region, postal_code,
    country), `swaps` (items, exchange), `lines` (return); `method` pays or gets the difference
    (empty: as he paid).
    """

    kind: str
    reason: str = ""
    address: Mapping[str, str] | None = None
    method: str = ""
    lines: tuple[Line, ...] = ()
    swaps: tuple[Swap, ...] = ()


@dataclass(frozen=True, slots=True)
class MoneyMove:
    """Money a change moves: he pays `amount` by the method, or gets it there when it is below 0.
    `method` None: the way he paid."""

    amount: Money
    method: MethodView | None = None


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    """What a change comes to. `difference`: he pays; below 0 he gets back. `decided_by_person`:
    nothing is changed before somebody of the shop agrees."""

    difference: Money
    moves: tuple[MoneyMove, ...] = ()
    decided_by_person: bool = False


class Changes(Protocol):
    """Which changes of orders the shop has, and what they come to. A shop may have none."""

    def offers(self, kind: str) -> bool:
        """Whether this kind of change (as in ChangeWish, or default_address) can be asked for."""
        ...

    def keeps_refunds(self) -> bool:
        """Whether there are refunds beside returns and cancelling."""
        ...

    def identity_ways(self) -> tuple[str, ...]:
        """How he may show who he is, beside an order's number: email, name_postal_code."""
        ...

    def identify(self, told: Mapping[str, str]) -> bool:
        """Does what he told (email; or name and postal_code) name a customer? Reads only."""
        ...

    def reasons(self) -> Mapping[str, Mapping[str, str]]:
        """Reasons to cancel the shop accepts: word -> label by locale; empty: none is asked."""
        ...

    def check_order(self, order_id: str, kind: str) -> Refusal | None:
        """Can this kind of change be asked for on the order at all?"""
        ...

    def quote(self, order_id: str, wish: ChangeWish) -> ChangeQuote | Refusal:
        """What it comes to, or why not. The codes: wrong_status(status), already_changed(ticket),
        already_exchanged(ticket), already_returned(ticket), already_requested(ticket),
        window_expired(days, since), reason_not_accepted, nothing_chosen, item_unknown(item),
        quantity_too_high(item, open), other_product(item, sku), variant_unavailable(item, sku),
        same_variant(item), method_missing(difference), method_unknown, method_not_accepted,
        same_method, several_payments, balance_too_small(balance, needed), nothing_left,
        over_remaining(remaining), identity_needed."""
        ...

    def variants(self, order_id: str, item_id: str) -> Sequence[VariantView]:
        """All articles of the same product as an item, itself among them."""
        ...

    def methods(self, order_id: str) -> Sequence[MethodView]:
        """His saved methods; none while only the order was shown to be his."""
        ...

    def addresses(self) -> Sequence[Mapping[str, str]]:
        """Addresses the shop knows of him, his default one first; none while he isn't known."""
        ...


class NoChanges:
    """The changes of a shop that has none."""

    def offers(self, kind: str) -> bool:
        return False

    def keeps_refunds(self) -> bool:
        return True

    def identity_ways(self) -> tuple[str, ...]:
        return ()

    def identify(self, told: Mapping[str, str]) -> bool:
        return False

    def reasons(self) -> Mapping[str, Mapping[str, str]]:
        return {}

    def check_order(self, order_id: str, kind: str) -> Refusal | None:
        return Refusal("not_offered", {"kind": kind})

    def quote(self, order_id: str, wish: ChangeWish) -> ChangeQuote | Refusal:
        return Refusal("not_offered", {"kind": wish.kind})

    def variants(self, order_id: str, item_id: str) -> Sequence[VariantView]:
        return ()

    def methods(self, order_id: str) -> Sequence[MethodView]:
        return ()

    def addresses(self) -> Sequence[Mapping[str, str]]:
        return ()
