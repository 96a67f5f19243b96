"""What the shipped tables decide, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from backend.rules.engine import Version, content_hash, evaluate
from backend.rules.shipped import shipped_content
from backend.rules.tables import (
    REFUND_APPROVAL,
    SHIPPING_BEARER,
    RefundApprovalInputs,
    ShippingBearerInputs,
    ShippingBearerOutputs,
)

HARMLESS = {
    "amount": 1_000,
    "currency": "CNY",
    "cross_border": False,
    "business": "appliances",
    "tier": "standard",
    "blacklisted": False,
    "refunds_90d": 0,
    "reason": "no_longer_wanted",
    "received": True,
    "delivered": True,
    "evidence_count": 0,
    "order_age_days": 5,
}
RETURN = {
    "reason": "no_longer_wanted",
    "received": True,
    "shipped": True,
    "business": "appliances",
    "cross_border": False,
    "tier": "standard",
}


def approval(**changes: Any) -> tuple[str, str]:
    content = shipped_content(REFUND_APPROVAL)
    inputs = RefundApprovalInputs.model_validate(HARMLESS | changes)
    version = Version(1, content_hash(content))
    outputs = evaluate(REFUND_APPROVAL, version, lambda: content, inputs).outputs
    return outputs.approval, outputs.note


def terms(**changes: Any) -> ShippingBearerOutputs:
    content = shipped_content(SHIPPING_BEARER)
    inputs = ShippingBearerInputs.model_validate(RETURN | changes)
    version = Version(1, content_hash(content))
    return evaluate(SHIPPING_BEARER, version, lambda: content, inputs).outputs


@pytest.mark.parametrize(
    ("currency", "small", "middle", "cross_border"),
    [
        ("CNY", 20_000, 300_000, 100_000),
        ("USD", 3_000, 40_000, 15_000),
        ("EUR", 3_000, 40_000, 15_000),
    ],
)
def test_limits(currency: str, small: int, middle: int, cross_border: int) -> None:
    def people(amount: int, *, abroad: bool = False) -> str:
        return approval(currency=currency, amount=amount, cross_border=abroad)[0]

    assert [people(small), people(small + 1), people(middle), people(middle + 1)] == [
        "auto",
        "one",
        "one",
        "two",
    ]
    assert people(small, abroad=True) == "auto"
    assert people(cross_border, abroad=True) == "one"
    assert people(cross_border + 1, abroad=True) == "two"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"blacklisted": True}, ("two", "blacklisted")),
        ({"refunds_90d": 3}, ("two", "frequent_refunds")),
        ({"refunds_90d": 2}, ("auto", "")),
        ({"received": False}, ("one", "delivery_disputed")),
        ({"received": False, "amount": 300_001}, ("two", "large_amount")),
        ({"received": False, "delivered": False}, ("auto", "")),
        ({"reason": "damaged"}, ("one", "no_evidence")),
        ({"reason": "damaged", "evidence_count": 1}, ("auto", "")),
        ({"reason": "damaged", "amount": 300_001}, ("two", "large_amount")),
        ({"currency": "GBP"}, ("manual", "no_rule")),
        ({"currency": "GBP", "blacklisted": True}, ("two", "blacklisted")),
        ({"currency": "JPY", "reason": "damaged"}, ("manual", "no_rule")),
    ],
)
def test_risks(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert approval(**changes) == expected


@pytest.mark.parametrize(
    ("changes", "bearer", "comes_back", "outbound", "photos"),
    [
        ({"shipped": False, "received": False}, "none", False, True, 0),
        ({"received": False, "reason": "not_received"}, "none", False, True, 0),
        ({"received": False, "reason": "late"}, "none", False, True, 0),
        ({"received": False, "reason": "damaged"}, "none", False, True, 0),
        ({"received": False}, "customer", True, False, 0),
        ({"reason": "damaged"}, "shop", True, True, 1),
        ({"reason": "wrong_item"}, "shop", True, True, 1),
        ({"reason": "damaged", "cross_border": True}, "none", False, True, 1),
        ({"reason": "quality", "business": "beauty_food"}, "none", False, True, 1),
        ({"reason": "late"}, "shop", True, True, 0),
        ({}, "customer", True, False, 0),
        ({"reason": "other"}, "customer", True, False, 0),
        ({"tier": "vip"}, "shop", True, False, 0),
        ({"tier": "vip", "cross_border": True}, "customer", True, False, 0),
    ],
)
def test_terms(
    changes: dict[str, Any], bearer: str, comes_back: bool, outbound: bool, photos: int
) -> None:
    said = terms(**changes)
    assert said.decided_by == "rules"
    assert (said.return_shipping_by, said.return_required) == (bearer, comes_back)
    assert (said.refund_outbound_shipping, said.photos) == (outbound, photos)


def test_what_no_row_knows_goes_to_a_person() -> None:
    # Not received, yet received: a dialog would have cleared that up.
    assert terms(reason="not_received", received=True).decided_by == "manual"
