"""A customer as the shop hands him in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    model_validator,
)

from backend.customers.rules import digits_of
from backend.kit.fields import BlankIsNone, Email, LocaleTag, Text


def _phone(text: str) -> str:
    # Marketplaces hand numbers out as 138****8001: the last four digits are what we need.
    compact = "".join(char for char in text if char not in " -().\u00a0")
    if len(digits_of(compact[-4:])) != 4:
        raise ValueError("must end in four digits")
    return text


Phone = Annotated[Text, Field(max_length=32), AfterValidator(_phone)]


Place = Annotated[Text, Field(max_length=120)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AddressIn(_Part):
    """A postal address. `country` is ISO 3166; what an address has not is empty."""

    line1: Annotated[Text, Field(min_length=1, max_length=200)]
    line2: Annotated[Text, Field(max_length=200)] = ""
    city: Place
    region: Place = ""
    postal_code: Annotated[Text, Field(max_length=16)] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", examples=["US"])]


class PaymentMethodIn(_Part):
    """A way to pay that the shop keeps for him. `id` is the shop's own.

    Only a gift card has a balance; `balance_minor` is what is on it.
    """

    id: Annotated[Text, Field(min_length=1, max_length=64)]
    kind: Literal["gift_card", "paypal", "credit_card"]
    last_four: Annotated[str | None, Field(pattern="^[0-9]{4}$")] = None
    balance_minor: Annotated[StrictInt | None, Field(ge=0, le=2_000_000_000)] = None
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None

    @model_validator(mode="after")
    def _balance_of_a_gift_card(self) -> PaymentMethodIn:
        told = self.balance_minor is not None and self.currency is not None
        empty = self.balance_minor is None and self.currency is None
        if not (told if self.kind == "gift_card" else empty):
            raise ValueError("a gift card needs balance_minor and currency, others have none")
        return self


class CustomerIn(BaseModel):
    """A person as the shop knows him. What is left out stays as it was before; a new customer is
    `standard` and not blacklisted. `payment_methods`, once told, are all he has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_id: Annotated[Text, Field(min_length=1, max_length=64, examples=["C1001"])]
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = None
    locale: Annotated[LocaleTag | None, BlankIsNone] = None
    tier: Annotated[Literal["standard", "silver", "gold", "vip"] | None, BlankIsNone] = None
    blacklisted: StrictBool | None = None
    note: Annotated[Text, Field(max_length=500)] | None = None
    address: AddressIn | None = None
    payment_methods: Annotated[list[PaymentMethodIn] | None, Field(max_length=50)] = None
