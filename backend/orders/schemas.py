"""An order as the shop hands it in: the one schema of file import and REST.

Amounts are integers in minor units (fen, cents) and their names end in `_minor`. Times are ISO 8601
with an offset. docs/guides/orders.md explains every field to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from backend.customers.schemas import AddressIn, CustomerIn, Phone
from backend.kit.fields import BlankIsNone, Email, LocaleTag, Text
from backend.orders.rules import MAX_AMOUNT, number_key


def _iso_text(value: Any) -> Any:
    # pydantic would take a bare number for Unix seconds, and nobody would notice milliseconds.
    if isinstance(value, str | datetime):
        return value
    raise ValueError("must be ISO 8601 text with an offset, such as 2026-05-20T08:00:00+08:00")


def _utc(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise ValueError("must be between the years 2000 and 2100")
    return value.astimezone(UTC)


def _with_key(text: str) -> str:
    if not 1 <= len(number_key(text)) <= 64:
        raise ValueError("must hold letters or digits, at most 64")
    return text


Time = Annotated[AwareDatetime, BeforeValidator(_iso_text), AfterValidator(_utc)]
Amount = Annotated[StrictInt, Field(ge=0, le=MAX_AMOUNT)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Title = Annotated[Text, Field(min_length=1, max_length=300)]
Sku = Annotated[Text, Field(min_length=1, max_length=64)]

Status = Literal["pending", "paid", "shipped", "delivered", "completed", "cancelled"]
EventCode = Literal[
    "shipped",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "failed_attempt",
    "refused",
    "held_at_customs",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemIn(_Part):
    """A line of the order. `title` or `titles` (by locale) may be left out for a known product,
    `returnable` too: it is then the product's, else true."""

    sku: Sku
    title: Annotated[Title | None, BlankIsNone] = None
    titles: Annotated[Mapping[LocaleTag, Title] | None, Field(min_length=1, max_length=20)] = None
    quantity: Annotated[StrictInt, Field(ge=1, le=100_000)]
    unit_price_minor: Amount
    returnable: StrictBool | None = None

    @model_validator(mode="after")
    def _one_kind_of_title(self) -> ItemIn:
        if self.title is not None and self.titles is not None:
            raise ValueError("give title or titles, not both")
        return self


class PaymentIn(_Part):
    """A captured payment; `provider` and `ref` together name it, once in all orders. `method_id`
    is the customer's saved method, if he paid by one."""

    provider: Word
    ref: Annotated[Text, Field(min_length=1, max_length=128)]
    method: Word
    amount_minor: Annotated[StrictInt, Field(ge=1, le=MAX_AMOUNT)]
    paid_at: Time
    method_id: Annotated[Text, Field(min_length=1, max_length=64)] | None = None


class EventIn(_Part):
    """A step of the parcel."""

    code: EventCode
    at: Time
    place: Annotated[Text, Field(max_length=120)] = ""


class OrderIn(_Part):
    """An order with all its parts; a later one of the same number replaces it."""

    number: Annotated[
        Text, Field(min_length=1, max_length=64, examples=["LL-10042"]), AfterValidator(_with_key)
    ]
    customer: CustomerIn
    business: Annotated[Word, Field(examples=["appliances"])]
    status: Status
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["CNY"])]
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["CN"])]
    cross_border: StrictBool
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=200)]
    discount_minor: Amount = 0
    shipping_fee_minor: Amount = 0
    payments: Annotated[list[PaymentIn], Field(max_length=20)] = []
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = None
    placed_at: Time
    delivered_at: Time | None = None
    carrier: Annotated[Text, Field(max_length=64)] = ""
    tracking_number: Annotated[Text, Field(max_length=64)] = ""
    events: Annotated[list[EventIn], Field(max_length=200)] = []
    address: AddressIn | None = None


class RowError(BaseModel):
    """What is wrong with which field of the row that begins on this line (from 1)."""

    line: int
    field: str
    reason: str


class ImportReport(BaseModel):
    """What an import did, in orders; `bad` ones did not go in. `errors` lists what is wrong with
    them, at most 10,000; `more_errors` counts the rest."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: int = 0
    errors: list[RowError] = []
    more_errors: int = 0


class PutResult(BaseModel):
    """What happened to one order."""

    number: str
    outcome: Literal["created", "updated", "unchanged"]
