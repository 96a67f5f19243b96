"""A customer as the shop hands him in, and field types that orders share."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
)

from backend.customers.rules import digits_of, normalise_email


def _printable(text: str) -> str:
    # Postgres takes no NUL, logs and pages no other control characters.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise ValueError("must not hold control characters")
    return text


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _email(text: str) -> str:
    address = normalise_email(text)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or "@" in local or any(char.isspace() for char in address):
        raise ValueError("is not an e-mail address")
    return address


def _phone(text: str) -> str:
    # Marketplaces hand numbers out as 138****8001: the last four digits are what we need.
    compact = "".join(char for char in text if char not in " -().\u00a0")
    if len(digits_of(compact[-4:])) != 4:
        raise ValueError("must end in four digits")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
"""One line of printable text, without spaces around it."""

LocaleTag = Annotated[
    str, Field(max_length=16, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["zh-CN"])
]
Email = Annotated[Text, Field(max_length=254), AfterValidator(_email)]
Phone = Annotated[Text, Field(max_length=32), AfterValidator(_phone)]
BlankIsNone = BeforeValidator(_none_if_blank)
"""An empty text means that the field was left out."""


class CustomerIn(BaseModel):
    """A person as the shop knows him. What is left out stays as it was before; a new customer is
    `standard` and not blacklisted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    external_id: Annotated[Text, Field(min_length=1, max_length=64, examples=["C1001"])]
    name: Annotated[Text, Field(min_length=1, max_length=120)]
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = None
    locale: Annotated[LocaleTag | None, BlankIsNone] = None
    tier: Literal["standard", "silver", "gold", "vip"] | None = None
    blacklisted: StrictBool | None = None
    note: Annotated[Text, Field(max_length=500)] | None = None
