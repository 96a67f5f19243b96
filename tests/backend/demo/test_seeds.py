"""The demo shop's files fit together, whenever the shop is loaded."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.customers.rules import digits_of
from backend.demo import FOLDER, catalogue, demo_customer, demo_orders, demo_products, seeds
from backend.orders.checks import check_order
from backend.orders.schemas import OrderIn

NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def orders() -> dict[str, OrderIn]:
    return {order.number: order for order in demo_orders(NOW)}


def test_the_shop_is_as_large_as_told(orders: dict[str, OrderIn]) -> None:
    assert (len(seeds("customers")), len(demo_products()), len(orders)) == (40, 60, 150)
    businesses = Counter(product.business for product in demo_products())
    assert businesses == {"appliances": 20, "beauty_food": 20, "fashion": 20}
    assert {order.currency for order in orders.values()} == {"CNY", "USD", "EUR"}
    statuses = {order.status for order in orders.values()}
    assert statuses == {"pending", "paid", "shipped", "delivered", "completed", "cancelled"}
    assert {order.customer.external_id for order in orders.values()} == set(seeds("customers"))


def test_customers_can_be_told_apart() -> None:
    people = [demo_customer(key) for key in seeds("customers")]
    for values in ([one.email for one in people], [one.phone for one in people]):
        assert len(set(values)) == len(values)
    tails = Counter(digits_of(one.phone or "")[-4:] for one in people)
    assert max(tails.values()) == 1
    assert {one.tier or "standard" for one in people} == {"standard", "silver", "gold", "vip"}
    assert [one.external_id for one in people if one.blacklisted] == ["C1007"]


def test_every_product_speaks_both_languages_and_has_three_prices() -> None:
    for sku, product in catalogue().items():
        assert set(product.values["titles"]) == {"zh-CN", "en"}, sku
        assert set(product.values["price_minor"]) == {"CNY", "USD", "EUR"}, sku
        aliases = product.values["aliases"]
        assert any(alias.isascii() for alias in aliases), sku
        assert not all(alias.isascii() for alias in aliases), sku


@settings(max_examples=10, deadline=None)
@given(st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_orders_are_correct_at_every_moment(now: datetime) -> None:
    for order in demo_orders(now):
        assert check_order(order, now - timedelta(days=1)) == [], order.number
        moments = [order.placed_at, *(event.at for event in order.events)]
        assert moments == sorted(moments), order.number
        assert moments[-1] <= now, order.number
        if order.delivered_at is not None:
            assert order.events[-1].code == "delivered"
            assert order.events[-1].at == order.delivered_at


def test_ages_are_days_of_the_shops_calendar(orders: dict[str, OrderIn]) -> None:
    delivered = orders["LL-10001"].delivered_at
    assert delivered is not None
    assert (delivered + timedelta(hours=8)).date() == (NOW + timedelta(hours=8)).date() - timedelta(
        days=3
    )
    assert orders["LL-10018"].placed_at == NOW - timedelta(hours=5)


def test_the_cast_is_as_the_readme_says(orders: dict[str, OrderIn]) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| (LL-\d+)(?:(?:,| to) (LL-\d+))? \| (C\d+) ([^|(]+?)(?: \(VIP\))? "
        r"\| (\d{4}) \| (\S*) ?\| (.+) \|$",
        readme,
        re.MULTILINE,
    )
    assert len(rows) == 31
    for number, until, customer, name, phone, email, _what in rows:
        order = orders[number]
        assert (order.customer.external_id, order.customer.name) == (customer, name)
        assert digits_of(order.customer.phone or "").endswith(phone)
        assert email in ("", order.customer.email)
        assert not until or orders[until].customer.external_id == customer
    told = {int(row[0][3:]) for row in rows} | {10012, 10013, 10032}
    assert told == set(range(10001, 10035))


def test_past_refunds_are_of_orders_that_were_paid(orders: dict[str, OrderIn]) -> None:
    for past in seeds("past_refunds"):
        paid = sum(payment.amount_minor for payment in orders[past["order"]].payments)
        assert 0 < past["amount_minor"] <= paid
