"""An order as the other domains read it. Amounts are minor units of the order's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line. `titles` by locale; `unit_price` before discounts; what follows `returnable` is the
    product's, if it is known: `options` tell a variant from the others of the same `product_id`."""

    id: str
    line: int
    sku: str
    titles: Mapping[str, str]
    quantity: int
    unit_price: int
    returnable: bool
    aliases: tuple[str, ...] = ()
    image: str | None = None
    category: str | None = None
    product_id: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All its units, before discounts."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Payment:
    """A captured payment. `provider` and `provider_ref` name it to whoever pays back.

    `method_id`: the customer's saved method it was made by, if it was one; `returned`: what a
    change of the order gave back of it. Refunds are counted by themselves.
    """

    id: str
    provider: str
    provider_ref: str
    method: str
    amount: int
    paid_at: datetime
    method_id: str | None = None
    returned: int = 0

    @property
    def kept(self) -> int:
        """What the order still holds of it."""
        return self.amount - self.returned


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """A step of the parcel; `code` is one of rules.EVENT_CODES."""

    code: str
    at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order with all its parts. `items` by line, `events` and `payments` oldest first.

    `withdrawn` are lines the shop took out after the first import: requests may still name them.
    `number_key` is the number as it is compared. `status` is one of rules.STATUSES. `ship_to` is
    a postal address as `customers.schemas.AddressIn` has it.
    """

    id: str
    number: str
    number_key: str
    customer_id: str
    business: str
    status: str
    currency: str
    country: str
    cross_border: bool
    discount: int
    shipping_fee: int
    paid: int
    email: str | None
    phone: str | None
    carrier: str
    tracking_number: str
    placed_at: datetime
    delivered_at: datetime | None
    content_hash: str
    updated_at: datetime
    items: tuple[OrderItem, ...]
    withdrawn: tuple[OrderItem, ...]
    payments: tuple[Payment, ...]
    events: tuple[DeliveryEvent, ...]
    ship_to: Mapping[str, str] | None = None

    @property
    def goods_total(self) -> int:
        """All items before the discount."""
        return sum(item.total for item in self.items)

    @property
    def total(self) -> int:
        """What the order comes to: goods, less discount, plus shipping."""
        return self.goods_total - self.discount + self.shipping_fee

    def item(self, item_id: str) -> OrderItem | None:
        """A line by id, also a withdrawn one."""
        return next((one for one in self.items + self.withdrawn if one.id == item_id), None)
