"""What may be refunded and how much, by facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.kit.money import Money
from backend.refunds.facts import (
    LineFacts,
    OrderFacts,
    Quote,
    RefundPolicy,
    Refusal,
    Terms,
    Wanted,
)
from backend.refunds.rules import (
    check_order,
    discount_shares,
    quote,
    risk_words,
    split_over_payments,
)

DELIVERED = datetime(2026, 5, 10, 4, 0, tzinfo=UTC)  # noon in Shanghai
POLICY = RefundPolicy()
GENEROUS = Terms(return_required=False, return_shipping_by="none", refund_outbound_shipping=True)
STRICT = Terms(return_required=True, return_shipping_by="customer", refund_outbound_shipping=False)


def line(
    item_id: str = "a",
    price: int = 1_000,
    quantity: int = 1,
    *,
    returnable: bool = True,
    claimed: Mapping[int, str | None] | None = None,
) -> LineFacts:
    return LineFacts(item_id, {"en": item_id}, quantity, price, returnable, claimed or {})


def order(*lines: LineFacts, **changes: Any) -> OrderFacts:
    lines = lines or (line(),)
    gross = sum(one.unit_price * one.quantity for one in lines)
    facts = OrderFacts(
        id="o",
        status="delivered",
        currency="CNY",
        business="appliances",
        cross_border=False,
        discount=0,
        shipping_fee=0,
        paid=gross,
        placed_at=DELIVERED - timedelta(days=3),
        delivered_at=DELIVERED,
        lines=lines,
    )
    return replace(facts, **changes)


def ask(
    facts: OrderFacts,
    *wanted: tuple[str, int],
    reason: str = "quality",
    received: bool = True,
    terms: Terms = GENEROUS,
    now: datetime = DELIVERED + timedelta(days=1),
    policy: RefundPolicy = POLICY,
) -> Quote | Refusal:
    asked = [Wanted(*one) for one in wanted or ((facts.lines[0].item_id, 1),)]
    return quote(facts, asked, reason, received, terms, now, policy)


def code(result: Quote | Refusal | None) -> str:
    return result.code if isinstance(result, Refusal) else "ok"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ok"),
        ({"status": "cancelled"}, "order_cancelled"),
        ({"status": "pending", "paid": 0, "delivered_at": None}, "not_paid"),
        ({"status": "paid", "delivered_at": None}, "ok"),
        ({"status": "shipped", "delivered_at": None}, "ok"),
        ({"held": 1_000}, "nothing_left"),
        ({"lines": (line(claimed={0: None}),)}, "nothing_left"),
        ({"lines": (line(claimed={0: "AS20260510-1001"}),)}, "already_requested"),
    ],
)
def test_order_can_be_refunded_at_all(changes: dict[str, Any], expected: str) -> None:
    assert code(check_order(order(**changes), DELIVERED + timedelta(days=1), POLICY)) == expected


def test_an_open_request_is_named() -> None:
    facts = order(line(claimed={0: "AS20260510-1001"}))
    refusal = check_order(facts, DELIVERED, POLICY)
    assert refusal == Refusal("already_requested", {"ticket": "AS20260510-1001"})


# The last moment of the window's last day where the shop is (UTC+8), and the first after it.
@pytest.mark.parametrize(
    ("cross_border", "reason", "days"),
    [
        (False, "no_longer_wanted", 7),
        (False, "other", 7),
        (False, "quality", 30),
        (False, "late", 30),
        (True, "no_longer_wanted", 14),
        (True, "damaged", 30),
    ],
)
def test_window_ends_with_the_shops_day(cross_border: bool, reason: str, days: int) -> None:
    facts = order(cross_border=cross_border)
    end = datetime(2026, 5, 10, 16, 0, tzinfo=UTC) + timedelta(days=days)
    assert code(ask(facts, reason=reason, now=end - timedelta(seconds=1))) == "ok"
    refused = ask(facts, reason=reason, now=end)
    assert isinstance(refused, Refusal)
    assert refused == Refusal("window_expired", {"days": days, "since": DELIVERED})


def test_a_parcel_under_way_has_no_window() -> None:
    facts = order(status="shipped", delivered_at=None)
    late = DELIVERED + timedelta(days=100)
    assert code(ask(facts, reason="not_received", received=False, now=late)) == "ok"


@pytest.mark.parametrize(
    ("reason", "received", "expected"),
    [
        ("no_longer_wanted", False, "ok"),
        ("late", False, "ok"),
        ("not_received", False, "ok"),
        ("no_longer_wanted", True, "not_shipped"),
        ("quality", False, "not_shipped"),
    ],
)
def test_before_shipping_nothing_can_be_wrong_with_the_goods(
    reason: str, received: bool, expected: str
) -> None:
    facts = order(status="paid", delivered_at=None)
    assert code(ask(facts, reason=reason, received=received)) == expected


@pytest.mark.parametrize(
    ("reason", "received", "expected"),
    [
        ("no_longer_wanted", True, "not_returnable"),
        ("late", True, "not_returnable"),
        ("quality", True, "ok"),
        ("wrong_item", True, "ok"),
        ("not_received", False, "ok"),
    ],
)
def test_food_and_opened_beauty_come_back_only_when_faulty(
    reason: str, received: bool, expected: str
) -> None:
    facts = order(line(returnable=False))
    assert code(ask(facts, reason=reason, received=received)) == expected


def test_no_more_units_than_are_free() -> None:
    facts = order(line(quantity=3, claimed={0: None}))
    assert code(ask(facts, ("a", 2))) == "ok"
    refused = ask(facts, ("a", 3))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.params["open"]) == ("quantity_too_high", 2)


def test_never_more_than_is_left_of_the_payment() -> None:
    refused = ask(order(line(price=1_000), held=1))
    assert refused == Refusal("over_remaining", {"remaining": Money(999, "CNY")})


def test_a_free_item_brings_nothing() -> None:
    facts = order(line("a", 0), line("b", 1_000))
    assert code(ask(facts, ("a", 1))) == "nothing_left"


def test_parts_of_a_whole_order_with_shipping() -> None:
    facts = order(line("a", 6_000, 2), line("b", 3_000), discount=1_500, shipping_fee=800)
    facts = replace(facts, paid=14_300)
    quoted = ask(facts, ("a", 2), ("b", 1))
    assert isinstance(quoted, Quote)
    parts = {part.kind: part.amount.minor for part in quoted.parts}
    assert parts == {"items": 15_000, "discount": -1_500, "shipping": 800}
    assert quoted.total == Money(14_300, "CNY")


def test_shipping_comes_back_only_with_the_last_unit_and_only_once() -> None:
    facts = replace(order(line(quantity=2), shipping_fee=500), paid=2_500)
    first = ask(facts, ("a", 1))
    assert isinstance(first, Quote)
    assert first.part("shipping") == 0
    rest = replace(facts, lines=(line(quantity=2, claimed={0: None}),), held=1_000)
    last = ask(rest, ("a", 1))
    assert isinstance(last, Quote)
    assert last.total.minor == 1_500
    again = ask(replace(rest, held=1_500, shipping_held=500), ("a", 1))
    assert isinstance(again, Quote)
    assert again.part("shipping") == 0


def test_shipping_stays_when_the_terms_say_so() -> None:
    quoted = ask(replace(order(shipping_fee=500), paid=1_500), terms=STRICT)
    assert isinstance(quoted, Quote)
    assert quoted.total.minor == 1_000


def test_return_shipping_is_deducted_only_when_configured() -> None:
    assert isinstance(quoted := ask(order(), terms=STRICT), Quote)
    assert quoted.part("return_shipping") == 0
    policy = RefundPolicy(return_shipping_fee={"CNY": 300})
    assert isinstance(quoted := ask(order(), terms=STRICT, policy=policy), Quote)
    assert (quoted.part("return_shipping"), quoted.total.minor) == (-300, 700)
    assert isinstance(quoted := ask(order(), policy=policy), Quote)
    assert quoted.total.minor == 1_000


def test_a_return_dearer_than_the_goods_brings_nothing() -> None:
    policy = RefundPolicy(return_shipping_fee={"CNY": 5_000})
    assert code(ask(order(), terms=STRICT, policy=policy)) == "nothing_left"


lines_strategy = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(1, 6)), min_size=1, max_size=6
).map(lambda pairs: [line(f"i{index}", price, count) for index, (price, count) in enumerate(pairs)])


@settings(deadline=None)
@given(lines=lines_strategy, discount=st.integers(0, 200_000))
def test_shares_add_up_and_none_exceeds_its_line(lines: list[LineFacts], discount: int) -> None:
    shares = discount_shares(lines, discount)
    gross = sum(one.unit_price * one.quantity for one in lines)
    assert sum(shares.values()) == min(discount, gross)
    for one in lines:
        assert 0 <= shares[one.item_id] <= one.unit_price * one.quantity


@settings(deadline=None)
@given(
    data=st.data(),
    lines=lines_strategy,
    discount_percent=st.integers(0, 100),
    shipping=st.integers(0, 5_000),
)
def test_pieces_of_an_order_add_up_to_exactly_the_whole(
    data: st.DataObject, lines: list[LineFacts], discount_percent: int, shipping: int
) -> None:
    """Whatever is claimed, given back and claimed again, once everything is claimed exactly what
    was paid has been returned, and never more in between."""
    gross = sum(one.unit_price * one.quantity for one in lines)
    discount = gross * discount_percent // 100
    facts = order(*lines, discount=discount, shipping_fee=shipping)
    facts = replace(facts, paid=gross - discount + shipping)
    pieces: list[Quote] = []
    for _ in range(60):
        facts = _with(facts, pieces)
        if pieces and data.draw(st.integers(0, 3), "withdraw?") == 0:
            pieces.remove(data.draw(st.sampled_from(pieces), "which"))
            continue
        free = [one for one in facts.lines if one.free]
        if not free or not facts.remaining:
            break
        chosen = data.draw(st.sampled_from(free), "line")
        count = data.draw(st.integers(1, len(chosen.free)), "units")
        quoted = ask(facts, (chosen.item_id, count))
        if isinstance(quoted, Refusal):  # the piece itself is free of charge
            assert quoted.code == "nothing_left"
            break
        assert all(one.discount <= one.gross for one in quoted.lines)
        pieces.append(quoted)
    facts = _with(facts, pieces)
    assert facts.held <= facts.paid
    rest = [(one.item_id, len(one.free)) for one in facts.lines if one.free]
    if not rest:
        assert facts.held == facts.paid
        return
    last = ask(facts, *rest)
    got = last.total.minor if isinstance(last, Quote) else 0
    assert facts.held + got == facts.paid


def _with(facts: OrderFacts, pieces: list[Quote]) -> OrderFacts:
    """The facts after these pieces were claimed."""
    claimed: dict[str, dict[int, str | None]] = {}
    for piece in pieces:
        for taken in piece.lines:
            claimed.setdefault(taken.item_id, {}).update(dict.fromkeys(taken.units))
    return replace(
        facts,
        lines=tuple(replace(one, claimed=claimed.get(one.item_id, {})) for one in facts.lines),
        held=sum(piece.total.minor for piece in pieces),
        shipping_held=sum(piece.part("shipping") for piece in pieces),
    )


@settings(deadline=None)
@given(left=st.lists(st.integers(0, 10_000), min_size=1, max_size=6), share=st.floats(0, 1))
def test_an_amount_is_split_over_payments_within_each(left: list[int], share: float) -> None:
    amount = int(sum(left) * share)
    split = split_over_payments(amount, [(str(i), one) for i, one in enumerate(left)])
    assert sum(part for _, part in split) == amount
    assert all(0 < part <= left[int(place)] for place, part in split)


def test_payments_that_lack_something_are_refused() -> None:
    with pytest.raises(ValueError, match="lack 1"):
        split_over_payments(11, [("a", 10)])


def test_risk_words_name_each_thing_once() -> None:
    inputs = {
        "blacklisted": True,
        "refunds_90d": 3,
        "cross_border": False,
        "delivered": True,
        "received": False,
        "reason": "quality",
        "evidence_count": 0,
    }
    expected = ["blacklisted", "frequent_refunds", "delivery_disputed", "no_evidence"]
    assert risk_words(inputs, {"note": "blacklisted"}) == expected
    assert risk_words(inputs, {"note": "large_amount"}) == ["large_amount", *expected]
