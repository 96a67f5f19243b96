"""The decision tables there are: what goes into each, what may come out, and the words of both.

A table's input is validated before it is evaluated, because the engine takes a wrong type or a
missing field for "does not match" and would silently fall through to another row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Reason = Literal[
    "quality",
    "damaged",
    "wrong_item",
    "missing_parts",
    "not_as_described",
    "no_longer_wanted",
    "late",
    "not_received",
    "other",
]
REASONS: tuple[str, ...] = get_args(Reason)
"""Why a customer wants his money back."""

Tier = Literal["standard", "silver", "gold", "vip"]
Approval = Literal["auto", "one", "two", "manual"]
Bearer = Literal["shop", "customer", "none"]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Count = Annotated[int, Field(ge=0)]
MANUAL = "manual"
"""What the last row of every table says: no rule knows, a person decides."""


class _Strict(BaseModel):
    """No strings for numbers, no floats, nothing unknown."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RefundApprovalInputs(_Strict):
    """What is known when somebody asks for money. `amount` in minor units of `currency`.

    `refunds_90d` counts the customer's refunds paid or under way in the last 90 days, without this
    one; `delivered` is what the carrier says, `received` what the customer says. `evidence_reused`
    counts photos that were evidence of another ticket before.
    """

    amount: Count
    currency: Currency
    cross_border: bool
    business: str
    tier: Tier
    blacklisted: bool
    refunds_90d: Count
    reason: Reason
    received: bool
    delivered: bool
    evidence_count: Count
    order_age_days: Count
    evidence_reused: Count = 0


class RefundApprovalOutputs(_Strict):
    """`approval`: auto; one person; two different people; manual (one person, and no rule knew).

    `note` is a word that tells the approver why, or empty.
    """

    approval: Approval
    note: Annotated[str, Field(pattern="^[a-z_]*$", max_length=64)]


class ShippingBearerInputs(_Strict):
    """What the terms of a return depend on. `shipped`: the parcel has left the shop."""

    reason: Reason
    received: bool
    shipped: bool
    business: str
    cross_border: bool
    tier: Tier


class ShippingBearerOutputs(_Strict):
    """The terms, and how many photos the reason asks for.

    `decided_by` manual: the refund goes to a person whatever its amount, and these terms are only
    what the customer is told meanwhile.
    """

    decided_by: Literal["rules", "manual"]
    return_required: bool
    return_shipping_by: Bearer
    refund_outbound_shipping: bool
    photos: Annotated[int, Field(ge=0, le=10)]


I = TypeVar("I", bound=BaseModel)  # noqa: E741 - inputs, beside O for outputs
O = TypeVar("O", bound=BaseModel)  # noqa: E741


@dataclass(frozen=True, slots=True)
class Column:
    """A column a cell can be written for. `kind`: integer, boolean, text, or word (of `words`).

    `money`: whole minor units, so a row naming it must name its currency as well.
    """

    name: str
    kind: str
    words: tuple[str, ...] = ()
    money: bool = False


@dataclass(frozen=True, slots=True)
class TableSpec(Generic[I, O]):
    """A decision table's contract. `manual_output` must say `manual` in the last row."""

    name: str
    inputs: type[I]
    outputs: type[O]
    manual_output: str
    money: frozenset[str] = frozenset()

    def input_columns(self) -> Mapping[str, Column]:
        """What a row's conditions may name."""
        return self._columns(self.inputs.model_fields)

    def output_columns(self) -> Mapping[str, Column]:
        """What a row must answer."""
        return self._columns(self.outputs.model_fields)

    def _columns(self, fields: Mapping[str, FieldInfo]) -> Mapping[str, Column]:
        return {
            name: _column(name, field.annotation, name in self.money)
            for name, field in fields.items()
        }


def _column(name: str, annotation: Any, money: bool) -> Column:
    if get_origin(annotation) is Literal:
        return Column(name, "word", get_args(annotation))
    kinds = {int: "integer", bool: "boolean", str: "text"}
    return Column(name, kinds[annotation], money=money)


REFUND_APPROVAL = TableSpec(
    "refund_approval",
    RefundApprovalInputs,
    RefundApprovalOutputs,
    manual_output="approval",
    money=frozenset({"amount"}),
)
SHIPPING_BEARER = TableSpec(
    "shipping_bearer", ShippingBearerInputs, ShippingBearerOutputs, manual_output="decided_by"
)
TABLES: Mapping[str, TableSpec[Any, Any]] = {
    spec.name: spec for spec in (REFUND_APPROVAL, SHIPPING_BEARER)
}
"""Every table by its name."""
