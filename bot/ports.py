"""What a dialog may ask the house, as protocols. The backend supplies them; tests fake them.

Every port is already bound to one contact: it answers only what this contact may hear. A dialog
cannot name another customer, so it cannot leak one. Ports only read; what a turn wants changed
leaves as actions (`bot.dialogs.actions`) and is checked again where it is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.change_ports import Changes, NoChanges
from bot.values import Line as Line
from bot.values import Money as Money
from bot.values import Refusal as Refusal


@dataclass(frozen=True, slots=True)
class ItemView:
    """A line of an order. `titles` by locale; `claimed` units are refunded or in an open request.

    `unit_price` is the price before discounts, `image` an address or None; `options` tell a
    variant of a product from the others.
    """

    id: str
    sku: str
    titles: Mapping[str, str]
    quantity: int
    unit_price: Money
    claimed: int = 0
    aliases: tuple[str, ...] = ()
    image: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def open_quantity(self) -> int:
        """Units nothing was claimed for yet."""
        return max(0, self.quantity - self.claimed)


@dataclass(frozen=True, slots=True)
class DeliveryEventView:
    """A step of a parcel: `code` is one of shipped, in_transit, out_for_delivery, delivered,
    failed_attempt, refused, held_at_customs; `place` free text or empty."""

    code: str
    at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order this contact was shown to own.

    `status`: pending, paid, shipped, delivered, completed, cancelled. `events` oldest first.
    """

    id: str
    number: str
    status: str
    placed_at: datetime
    currency: str
    items: tuple[ItemView, ...]
    shipping_fee: Money
    discount: Money
    paid: Money
    delivered_at: datetime | None = None
    carrier: str = ""
    tracking_number: str = ""
    events: tuple[DeliveryEventView, ...] = ()
    country: str = ""
    """Where it is delivered (ISO 3166); empty if not known."""


class Orders(Protocol):
    """The orders shown to be this contact's: his account's, or those he proved one by one."""

    def recent(self, limit: int = 5) -> Sequence[OrderView]:
        """His latest orders, newest first."""
        ...

    def get(self, order_id: str) -> OrderView | None:
        """One of his orders by id."""
        ...

    def find(self, number: str) -> OrderView | None:
        """One of his orders by the number a customer types (case, spaces, dashes ignored)."""
        ...


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether number and second factor belong together. `order_id` is set only when they do.

    An unknown number and a wrong factor are told apart nowhere.
    """

    ok: bool
    order_id: str | None = None


class Identity(Protocol):
    """Who this contact has been shown to be."""

    def customer_name(self) -> str | None:
        """The verified customer's name; None while he is anonymous."""
        ...

    def is_verified(self) -> bool:
        """Whether the channel vouches for a customer of the shop (a signed web-chat user)."""
        ...

    def attempts_left(self) -> int:
        """Tries he still has to prove an order (5 at first)."""
        ...

    def check(self, order_number: str, factor: str) -> Verification:
        """Does `factor` (phone's last four digits, or e-mail) belong to the order? Reads only."""
        ...


@dataclass(frozen=True, slots=True)
class QuotePart:
    """A part of what he gets back. `kind`: items (+), discount (−), shipping (+),
    return_shipping (− when he pays it by deduction)."""

    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What he would get back and on which terms. `total` is the sum of `parts`.

    `return_required`: the goods must come back; `return_shipping_by`: shop, customer or none.
    """

    parts: tuple[QuotePart, ...]
    total: Money
    return_required: bool
    return_shipping_by: str


REASONS = (
    "quality",
    "damaged",
    "wrong_item",
    "missing_parts",
    "not_as_described",
    "no_longer_wanted",
    "late",
    "not_received",
    "other",
)
"""Why a customer wants his money back; the rules decide by these words."""


class Refunds(Protocol):
    """What the shop's rules say, before anything is written."""

    def check_order(self, order_id: str) -> Refusal | None:
        """Can anything of this order be refunded at all (window, status, anything left)?"""
        ...

    def photos_needed(self, order_id: str, reason: str, received: bool) -> int:
        """How many evidence photos the reason asks for; 0 for none."""
        ...

    def quote(
        self, order_id: str, lines: Sequence[Line], reason: str, received: bool
    ) -> Quote | Refusal:
        """The amount, part by part, or why not."""
        ...


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request of this contact. `state` is the ticket's state, `status` its plain form
    (open, in_progress, completed, closed)."""

    number: str
    order_number: str
    state: str
    status: str
    amount: Money | None
    opened_at: datetime
    withdrawable: bool


class Tickets(Protocol):
    """This contact's after-sales requests."""

    def recent(self, limit: int = 5) -> Sequence[RequestView]:
        """Newest first."""
        ...


@dataclass(frozen=True, slots=True)
class PictureNumbers:
    """Numbers read from pictures, the likeliest first. Nobody has confirmed any of them."""

    orders: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()


class Pictures(Protocol):
    """What was read from the photos this contact sent."""

    def numbers(self, photos: Sequence[str]) -> PictureNumbers:
        """Of photos by their refs; empty while they are not read, or can't be."""
        ...


class UnreadPictures:
    """Where no photo is read."""

    def numbers(self, photos: Sequence[str]) -> PictureNumbers:
        """Nothing."""
        return PictureNumbers()


class Names(Protocol):
    """Tells which of a few products words mean that share nothing with its titles."""

    def nearest(self, words: str, products: Sequence[Sequence[str]]) -> int | None:
        """The place of the product meant, each given by its titles; None in doubt."""
        ...


class LiteralNames:
    """Where only words tell what is meant."""

    def nearest(self, words: str, products: Sequence[Sequence[str]]) -> int | None:
        """None of them."""
        return None


@dataclass(frozen=True, slots=True)
class Passage:
    """An answer taken from an article, in the article's words. `confidence` 0…1."""

    title: str
    text: str
    confidence: float


class Articles(Protocol):
    """The shop's published policies and FAQ."""

    def answer(self, question: str, locale: str) -> Passage | None:
        """The best passage above the confidence that counts as an answer."""
        ...


@dataclass(frozen=True, slots=True)
class Shop:
    """What a dialog may say of the shop. `timezone` is an IANA name; `locales` those it answers
    in; `photo_limit_mb` the size up to which a customer's photo is taken; `return_address` where
    goods go back to, as it is written on a parcel."""

    name: str
    timezone: str
    default_locale: str
    locales: tuple[str, ...] = ("zh-CN", "en", "zh-TW", "es", "de", "fr", "ja")
    photo_limit_mb: int = 10
    return_address: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """All a turn may ask, bound to one contact at one moment."""

    shop: Shop
    now: datetime
    identity: Identity
    orders: Orders
    refunds: Refunds
    tickets: Tickets
    articles: Articles
    changes: Changes = field(default_factory=NoChanges)
    pictures: Pictures = field(default_factory=UnreadPictures)
    names: Names = field(default_factory=LiteralNames)
