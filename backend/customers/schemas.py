"""A customer as the shop hands him in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from backend.customers.rules import digits_of
from backend.kit.fields import BlankIsNone, Email, LocaleTag, Text


def _phone(text: str) -> str:
    # Marketplaces hand numbers out as 138****8001: the last four digits are what we need.
    compact = "".join(char for char in text if char not in " -().\u00a0")
    if len(digits_of(compact[-4:])) != 4:
        raise ValueError("must end in four digits")
    return text


Phone = Annotated[Text, Field(max_length=32), AfterValidator(_phone)]


class CustomerIn(BaseModel):
    """A person as the shop knows him. What is left out stays as it was before; a new customer is
    `standard` and not blacklisted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_id: Annotated[Text, Field(min_length=1, max_length=64, examples=["C1001"])]
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = None
    locale: Annotated[LocaleTag | None, BlankIsNone] = None
    tier: Annotated[Literal["standard", "silver", "gold", "vip"] | None, BlankIsNone] = None
    blacklisted: StrictBool | None = None
    note: Annotated[Text, Field(max_length=500)] | None = None
