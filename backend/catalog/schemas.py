"""A product as the shop hands it in: by itself, or with variants that differ in their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from backend.kit.fields import LocaleTag, Text
from backend.kit.money import MINOR_DIGITS

MAX_PRICE = 2_000_000_000
"""In minor units: what a 32-bit column holds, rounded down."""

Sku = Annotated[Text, Field(min_length=1, max_length=64)]
Title = Annotated[Text, Field(min_length=1, max_length=300)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Option = Annotated[Text, Field(min_length=1, max_length=60)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["CNY"])]
Prices = Annotated[
    Mapping[Currency, Annotated[StrictInt, Field(ge=0, le=MAX_PRICE)]], Field(max_length=20)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VariantIn(_Part):
    """An article of a product: what tells it from the others, and what it costs."""

    sku: Sku
    options: Annotated[Mapping[Option, Option], Field(min_length=1, max_length=20)]
    prices_minor: Prices = {}
    available: StrictBool = True
    image: Annotated[Text, Field(max_length=300)] | None = None


class ProductIn(_Part):
    """A product of the shop. `aliases` are other words customers use for it.

    An article by itself has a `sku`; one with variants has an `id` and lists them.
    """

    sku: Sku | None = None
    id: Sku | None = None
    business: Word
    category: Annotated[Text, Field(min_length=1, max_length=64)]
    titles: Annotated[Mapping[LocaleTag, Title], Field(min_length=1, max_length=20)]
    aliases: Annotated[list[Title], Field(max_length=50)] = []
    image: Annotated[Text, Field(max_length=300)] | None = None
    returnable: StrictBool = True
    prices_minor: Prices = {}
    available: StrictBool = True
    variants: Annotated[list[VariantIn], Field(max_length=500)] = []

    @model_validator(mode="after")
    def _sku_or_variants(self) -> ProductIn:
        if bool(self.sku) == bool(self.variants):
            raise ValueError("give a sku, or an id and variants")
        if bool(self.id) != bool(self.variants):
            raise ValueError("an id goes with variants")
        skus = [one.sku for one in self.variants]
        if len(set(skus)) < len(skus):
            raise ValueError("a sku stands twice")
        prices = [self.prices_minor, *(one.prices_minor for one in self.variants)]
        unknown = {currency for each in prices for currency in each} - MINOR_DIGITS.keys()
        if unknown:
            raise ValueError(f"unknown currency {min(unknown)}")
        return self

    def rows(self) -> list[dict[str, Any]]:
        """One row a SKU."""
        shared = {
            "business": self.business,
            "category": self.category,
            "titles": dict(self.titles),
            "aliases": list(self.aliases),
            "returnable": self.returnable,
            "product_id": self.id,
        }
        if self.sku is not None:
            return [
                shared
                | {"sku": self.sku, "options": None, "image": self.image}
                | {"prices": dict(self.prices_minor) or None, "available": self.available}
            ]
        return [
            shared
            | {"sku": one.sku, "options": dict(one.options), "image": one.image or self.image}
            | {"prices": dict(one.prices_minor) or None, "available": one.available}
            for one in self.variants
        ]


class RowError(BaseModel):
    """What is wrong with which field of the product on this line (from 1)."""

    line: int
    field: str
    reason: str


class ProductsReport(BaseModel):
    """What an import did, in articles; `bad` counts products that did not go in. `errors` lists at
    most 10,000; `more_errors` the rest."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: int = 0
    errors: list[RowError] = []
    more_errors: int = 0
