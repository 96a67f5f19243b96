"""Money in changes, for any order: nothing is made out of nothing, nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.changes.facts import (
    Cancel,
    ChangeItems,
    ChangePayment,
    LineFacts,
    MethodFacts,
    OrderFacts,
    PaymentFacts,
    Quote,
    Refusal,
    Return,
    Swap,
    VariantFacts,
    Wanted,
)
from backend.changes.policy import NOTHING
from backend.changes.rules import quote
from backend.refunds.facts import LineFacts as RefundLine
from backend.refunds.rules import discount_shares
from tests.backend.changes.support import POLICY, ZONE

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
METHODS = {
    "card": MethodFacts("card", "credit_card"),
    "gift": MethodFacts("gift", "gift_card", 5_000, "CNY"),
}
amounts = st.integers(1, 500_000)


@st.composite
def orders(draw: st.DrawFn, status: str) -> OrderFacts:
    lines = draw(st.lists(st.tuples(amounts, st.integers(1, 5)), min_size=1, max_size=5))
    gross = sum(price * quantity for price, quantity in lines)
    discount = draw(st.integers(0, gross))
    split = draw(st.integers(0, gross - discount))
    shares = discount_shares(
        [RefundLine(str(i), {}, q, price, True) for i, (price, q) in enumerate(lines)], discount
    )
    return OrderFacts(
        status=status,
        currency="CNY",
        lines=tuple(
            LineFacts(str(i), f"S{i}", f"P{i}", q, price, tuple(range(q)), shares[str(i)])
            for i, (price, q) in enumerate(lines)
        ),
        payments=(
            PaymentFacts("p1", "card", split),
            PaymentFacts("p2", "gift", gross - discount - split),
        ),
        delivered_at=NOW - timedelta(days=1) if status == "delivered" else None,
    )


@given(orders("paid"))
def test_cancelling_gives_back_what_was_paid_and_where(order: OrderFacts) -> None:
    quoted = quote(order, Cancel("by_mistake"), METHODS, {}, NOW, POLICY, ZONE)
    assert isinstance(quoted, Quote)
    assert quoted.difference.minor == -order.left
    assert sum(one.amount for one in quoted.transfers) == -order.left
    left = {payment.id: payment for payment in order.payments}
    for one in quoted.transfers:
        payment = left[one.payment_id or ""]
        assert (one.amount, one.method_id) == (-payment.left, payment.method_id)


@given(orders("delivered"), st.sampled_from(["", "card", "gift"]), st.data())
def test_parts_returned_never_bring_more_than_the_whole(
    order: OrderFacts, method: str, data: st.DataObject
) -> None:
    lines = data.draw(st.lists(st.sampled_from(order.lines), min_size=1, unique=True))
    wish = Return(
        tuple(Wanted(one.item_id, data.draw(st.integers(1, one.quantity))) for one in lines), method
    )
    quoted = quote(order, wish, METHODS, {}, NOW, POLICY, ZONE)
    if isinstance(quoted, Refusal):
        assert quoted.code == "method_not_accepted"
        return
    assert -quoted.difference.minor == sum(line.amount for line in quoted.lines)
    assert sum(one.amount for one in quoted.transfers) == quoted.difference.minor
    assert 0 <= -quoted.difference.minor <= order.left
    taken: dict[str, int] = {}
    for one in quoted.transfers:
        taken[one.payment_id or ""] = taken.get(one.payment_id or "", 0) - one.amount
    assert all(taken.get(payment.id, 0) <= payment.left for payment in order.payments)


@given(orders("delivered"))
def test_everything_returned_brings_exactly_the_goods(order: OrderFacts) -> None:
    wish = Return(tuple(Wanted(line.item_id, line.quantity) for line in order.lines))
    quoted = quote(order, wish, METHODS, {}, NOW, POLICY, ZONE)
    if order.left:
        assert isinstance(quoted, Quote)
        assert -quoted.difference.minor == order.left


@given(orders("paid"), amounts, st.sampled_from(["card", "gift"]), st.data())
def test_a_swap_costs_the_difference_and_no_card_is_overdrawn(
    order: OrderFacts, price: int, method: str, data: st.DataObject
) -> None:
    line = data.draw(st.sampled_from(order.lines))
    count = data.draw(st.integers(1, line.quantity))
    variants = {"NEW": VariantFacts("NEW", line.product_id, {"CNY": price}, available=True)}
    wish = ChangeItems((Swap(line.item_id, "NEW", count),), method)
    quoted = quote(order, wish, METHODS, variants, NOW, POLICY, ZONE)
    difference = (price - line.unit_price) * count
    if isinstance(quoted, Refusal):
        poor = quoted.code == "balance_too_small" and method == "gift" and difference > 5_000
        assert poor or (quoted.code == "over_remaining" and -difference > order.left)
        return
    assert quoted.difference.minor == difference
    assert sum(one.amount for one in quoted.transfers) == difference
    assert all(one.method_id == method for one in quoted.transfers)


@given(orders("paid"), st.sampled_from(["card", "gift", "nobody's"]))
def test_another_payment_is_one_for_one(order: OrderFacts, method: str) -> None:
    quoted = quote(order, ChangePayment(method), METHODS, {}, NOW, POLICY, ZONE)
    if isinstance(quoted, Quote):
        assert sum(one.amount for one in quoted.transfers) == 0
        assert quoted.difference.minor == 0


@given(orders("paid"))
def test_a_shop_without_changes_offers_none(order: OrderFacts) -> None:
    refused = quote(order, Cancel(), METHODS, {}, NOW, NOTHING, ZONE)
    assert isinstance(refused, Refusal)
    assert refused.code == "not_offered"


def test_a_return_ends_with_the_shops_day() -> None:
    order = OrderFacts(
        "delivered",
        "CNY",
        (LineFacts("1", "S", None, 1, 100, (0,)),),
        (PaymentFacts("p", "card", 100),),
        delivered_at=datetime(2026, 5, 1, 3, tzinfo=UTC),
    )
    last = datetime(2026, 5, 31, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai, 30 days later
    wish = Return((Wanted("1"),))
    assert isinstance(quote(order, wish, METHODS, {}, last, POLICY, ZONE), Quote)
    late = quote(order, wish, METHODS, {}, last + timedelta(minutes=1), POLICY, ZONE)
    assert isinstance(late, Refusal)
    assert late.code == "window_expired"


def test_units_a_request_holds_stay_within_their_line() -> None:
    # Of three units the last is refunded: taking one away would leave two that count as free.
    line = LineFacts("0", "S0", "P0", 3, 1_000, (0, 1))
    order = OrderFacts("paid", "CNY", (line,), (PaymentFacts("p1", "card", 2_000),))
    variants = {"T": VariantFacts("T", "P0", {"CNY": 1_000}, available=True)}
    wish = ChangeItems((Swap("0", "T", 1),))
    refused = quote(order, wish, METHODS, variants, NOW, POLICY, ZONE)
    assert refused == Refusal("quantity_too_high", {"item": "0", "open": 0})
    first = replace(order, lines=(replace(line, free=(1, 2)),))
    assert isinstance(quote(first, wish, METHODS, variants, NOW, POLICY, ZONE), Quote)


def test_as_he_paid_is_each_part_where_it_came_from() -> None:
    line = LineFacts("0", "S0", "P0", 1, 25_000, (0,))
    payments = (PaymentFacts("p1", "gift", 5_000), PaymentFacts("p2", "card", 20_000))
    order = OrderFacts("delivered", "CNY", (line,), payments, NOW - timedelta(days=1))
    to_card = quote(order, Return((Wanted("0"),), "card"), METHODS, {}, NOW, POLICY, ZONE)
    assert isinstance(to_card, Quote)
    assert [(one.amount, one.method_id) for one in to_card.transfers] == [
        (-20_000, "card"),
        (-5_000, "gift"),
    ]
    # A gift card may get all of it where the shop's policy says so.
    to_gift = quote(order, Return((Wanted("0"),), "gift"), METHODS, {}, NOW, POLICY, ZONE)
    assert isinstance(to_gift, Quote)
    assert {one.method_id for one in to_gift.transfers} == {"gift"}
