"""What a shop lets its customers change by themselves: data, read from one YAML file.

A shop without such a file lets them change nothing, and is asked nothing more at a message.
docs/guides/changes.md explains every field to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from backend.kit.errors import FieldError, Invalid

Kind = Literal["cancel", "address", "payment", "items", "return", "exchange", "default_address"]
Status = Literal["pending", "paid", "shipped", "delivered", "completed"]
Way = Literal["email", "name_postal_code"]
Target = Literal["original", "gift_card"]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Terms(_Part):
    """On which terms one kind of change may be asked for.

    `statuses`: of the order. `decided_by` person: nothing is changed before a supervisor agrees.
    `within_days` of the delivery, for returns and exchanges; none: for ever.
    """

    statuses: tuple[Status, ...] = ()
    decided_by: Literal["rules", "person"] = "rules"
    within_days: Annotated[int | None, Field(ge=0, le=3650)] = None


class CancelTerms(Terms):
    """`reasons`: word -> label by locale; empty: none is asked for."""

    reasons: Mapping[Word, Mapping[str, str]] = {}


class ItemTerms(Terms):
    """`once`: an order's items are changed or exchanged a single time. `final`: an order whose
    items were changed can't be changed or cancelled any more. `keep_unchanged`: an item may be
    named beside others and stay what it is."""

    once: bool = True
    final: bool = False
    keep_unchanged: bool = False


class ReturnTerms(Terms):
    """`refund_to`: how the money may go back."""

    refund_to: tuple[Target, ...] = ("original",)


class ProfileTerms(Terms):
    """Of a change that is about no order, and made at once: it has no terms of its own."""

    @model_validator(mode="after")
    def _takes_none(self) -> ProfileTerms:
        fields = type(self).model_fields
        told = [name for name, one in fields.items() if getattr(self, name) != one.default]
        if told:
            raise ValueError(f"takes no {', '.join(told)}")
        return self


class Changes(_Part):
    """Which changes there are; a kind left out can't be asked for."""

    cancel: CancelTerms | None = None
    address: Terms | None = None
    payment: Terms | None = None
    items: ItemTerms | None = None
    return_: Annotated[ReturnTerms | None, Field(alias="return")] = None
    exchange: ItemTerms | None = None
    default_address: ProfileTerms | None = None

    def terms(self, kind: str) -> Terms | None:
        """The terms of a kind; None when the shop has it not."""
        found: Terms | None = getattr(self, "return_" if kind == "return" else kind, None)
        return found


class ChangePolicy(_Part):
    """The whole file. `identity`: ways a customer may show who he is, beside the channel's own and
    an order's number. `one_request`: an order is returned or exchanged in one request. `refunds`:
    whether money can be asked back by the refund flow as well, with reasons and photos."""

    identity: tuple[Way, ...] = ()
    one_request: bool = False
    refunds: bool = True
    changes: Changes = Changes()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of change the shop has."""
        names = ("cancel", "address", "payment", "items", "return", "exchange", "default_address")
        return tuple(name for name in names if self.changes.terms(name) is not None)


NOTHING = ChangePolicy()
"""A shop that lets nothing be changed."""


def read_policy(path: Path | None) -> ChangePolicy:
    """The shop's file, or NOTHING without one. Raises: Invalid naming the faulty fields."""
    if path is None:
        return NOTHING
    try:
        told = yaml.safe_load(path.read_text("utf-8"))
        return ChangePolicy.model_validate({} if told is None else told)
    except (OSError, yaml.YAMLError) as error:
        raise Invalid("bad_changes_file", f"{path}: {error}") from error
    except ValidationError as error:
        faults = [
            FieldError(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_input=False)
        ]
        where = ", ".join(f"{one.field}: {one.reason}" for one in faults)
        raise Invalid("bad_changes_file", f"{path}: {where}", errors=faults) from error
