"""Numbers, second factors and titles as people type them; what a correct order is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.orders.checks import check_order, content_hash, pair_items
from backend.orders.entities import OrderItem
from backend.orders.rules import factor_matches, number_key, title_for
from backend.orders.schemas import ItemIn, OrderIn
from tests.backend.orders.builders import CUP, KETTLE, ORDER, an_order, raw_order

NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "LL-10042",
        "ll10042",
        " #ll 10042 ",
        "ＬＬ－１００４２",
        "LL—10042",
        "LL\u200b10042",
        "l l−10042",
    ],
)
def test_one_number_however_it_is_typed(typed: str) -> None:
    assert number_key(typed) == "LL10042"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1), st.data())
def test_spaces_dashes_and_width_never_matter(number: str, data: st.DataObject) -> None:
    noise = st.sampled_from(["", " ", "-", "#", "\u3000", "–", "\ufeff"])
    typed = "".join(data.draw(noise) + char + data.draw(noise) for char in number)
    wide = "".join(chr(ord(char) + 0xFEE0) for char in number)
    assert number_key(typed) == number_key(number) == number_key(wide) == number.upper()


@given(st.text())
def test_a_key_holds_nothing_a_database_refuses(text: str) -> None:
    key = number_key(text)
    key.encode()
    assert "\x00" not in key
    assert " " not in key


@pytest.mark.parametrize(
    ("factor", "matches"),
    [
        ("8001", True),
        ("８００１", True),
        ("尾号8001", True),
        ("13800138001", True),
        ("+86 138-0013-8001", True),
        ("linxiao@example.com", True),
        (" LinXiao@Example.com ", True),
        ("0138001", True),
        ("8002", False),
        ("001", False),
        ("38001", False),
        ("98001", False),
        ("23800138001", False),
        ("", False),
        ("@", False),
        ("linxiao@example.org", False),
        ("' OR 1=1 --", False),
        ("\ud800\x00", False),
    ],
)
def test_second_factors(factor: str, matches: bool) -> None:
    assert factor_matches(factor, "linxiao@example.com", "+8613800138001") is matches


@pytest.mark.parametrize("factor", ["", "0000", "@", "None", "none", "1234567", "***"])
@pytest.mark.parametrize(("email", "phone"), [(None, None), ("", ""), (None, "123"), (None, "***")])
def test_nothing_matches_where_nothing_is_known(
    factor: str, email: str | None, phone: str | None
) -> None:
    assert factor_matches(factor, email, phone) is False


@pytest.mark.parametrize(
    ("factor", "matches"),
    [("8001", True), ("13812348001", True), ("1388001", True), ("8011", False)],
)
def test_a_masked_number_is_known_by_its_end(factor: str, matches: bool) -> None:
    assert factor_matches(factor, None, "138****8001") is matches


def test_titles_fall_back() -> None:
    titles = {"zh-CN": "水壶", "en": "Kettle", "de": "Kessel"}
    assert title_for(titles, "zh-CN") == "水壶"
    assert title_for(titles, "zh-TW") == "水壶"
    assert title_for(titles, "fr") == "Kettle"
    assert title_for({"und": "壶"}, "en") == "壶"


def faults(**changes: Any) -> dict[str, str]:
    return {fault.field: fault.reason for fault in check_order(an_order(**changes), NOW)}


def test_the_builders_order_is_correct() -> None:
    assert faults() == {}


def payment(amount: int, ref: str = "p") -> dict[str, Any]:
    return {**ORDER["payments"][0], "amount_minor": amount, "ref": ref}


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"currency": "XYZ"}, "currency", "unknown"),
        ({"country": "XX"}, "country", "ISO 3166"),
        ({"payments": [payment(8999)]}, "payments", "CNY 89.99, but items − discount"),
        ({"payments": [payment(9001)]}, "payments", "CNY 90.01"),
        ({"payments": []}, "payments", "CNY 0.00"),
        ({"status": "pending", "delivered_at": None, "payments": [payment(9001)]}, "payments", ""),
        ({"payments": [payment(4500), payment(4500)]}, "payments.1.ref", "twice"),
        ({"discount_minor": 8901, "payments": []}, "discount_minor", "more than the items"),
        ({"delivered_at": None}, "delivered_at", "required"),
        ({"delivered_at": "2026-05-11T00:00:00Z"}, "delivered_at", "before"),
        ({"status": "shipped"}, "delivered_at", "status is shipped"),
        ({"delivered_at": "2026-06-11T00:00:00Z"}, "delivered_at", "future"),
        ({"placed_at": "2026-06-01T00:00:00Z"}, "placed_at", "future"),
        ({"events": [{"code": "shipped", "at": "2027-01-01T00:00:00Z"}]}, "events.0.at", "future"),
        ({"items": [{**KETTLE, "unit_price_minor": 2_000_000_000}, CUP]}, "items", "more than"),
    ],
)  # fmt: skip
def test_what_fields_say_against_each_other(
    changes: dict[str, Any], field: str, reason: str
) -> None:
    assert reason in faults(**changes)[field]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "pending", "delivered_at": None, "payments": []},
        {"status": "cancelled", "delivered_at": None, "payments": []},
        {"status": "cancelled", "delivered_at": None},
        {"payments": [payment(4000, "a"), payment(5000, "b")]},
    ],
)
def test_correct_orders(changes: dict[str, Any]) -> None:
    assert faults(**changes) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"placed_at": "2026-05-12T10:00:00"}, "placed_at"),
        ({"placed_at": 1780000000}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"placed_at": "9999-12-31T23:59:59-14:00"}, "placed_at"),
        ({"number": "--- ---"}, "number"),
        ({"number": "LL\x0010042"}, "number"),
        ({"number": "ß" * 40}, "number"),
        ({"items": []}, "items"),
        ({"items": [{**KETTLE, "quantity": 0}]}, "items.0.quantity"),
        ({"items": [{**KETTLE, "quantity": True}]}, "items.0.quantity"),
        ({"items": [{**KETTLE, "unit_price_minor": 59.0}]}, "items.0.unit_price_minor"),
        ({"items": [{**KETTLE, "unit_price_minor": "5900"}]}, "items.0.unit_price_minor"),
        ({"items": [{**KETTLE, "unit_price_minor": -1}]}, "items.0.unit_price_minor"),
        ({"items": [{**KETTLE, "price": 1}]}, "items.0.price"),
        ({"items": [{**KETTLE, "title": "x"}]}, "items.0"),
        ({"items": [{**KETTLE, "titles": {}}]}, "items.0.titles"),
        ({"payments": [payment(0)]}, "payments.0.amount_minor"),
        ({"payments": [payment(2**40)]}, "payments.0.amount_minor"),
        ({"status": "lost"}, "status"),
        ({"currency": "cny"}, "currency"),
        ({"cross_border": 1}, "cross_border"),
        ({"email": "nobody"}, "email"),
        ({"phone": "1380013****"}, "phone"),
        ({"customer": {"external_id": "", "name": "x"}}, "customer.external_id"),
        ({"business": "Home & Garden"}, "business"),
    ],
)
def test_fields_of_the_wrong_kind(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        an_order(**changes)
    assert [".".join(map(str, error["loc"])) for error in caught.value.errors()] == [field]


def test_the_hash_knows_meaning_not_layout() -> None:
    same = raw_order(
        placed_at="2026-05-12T02:00:00Z",
        email="",
        phone=None,
        currency="CNY",
        carrier=" SF Express ",
    )
    assert content_hash(OrderIn.model_validate(same)) == content_hash(an_order())
    assert content_hash(an_order(carrier="Other")) != content_hash(an_order())


def stored_item(line: int, sku: str, quantity: int = 1) -> OrderItem:
    return OrderItem(f"i{line}", line, sku, {"en": sku}, quantity, 100, True)


def told_item(sku: str) -> ItemIn:
    return ItemIn(sku=sku, title=sku, quantity=1, unit_price_minor=100)


def pairs(known: list[OrderItem], told: str) -> list[tuple[str | None, str | None]]:
    found = pair_items(known, [told_item(sku) for sku in told])
    return [(item.id if item else None, one.sku if one else None) for item, one in found]


def test_lines_are_paired_by_sku_not_by_place() -> None:
    known = [stored_item(1, "A"), stored_item(2, "B"), stored_item(3, "A")]
    assert pairs(known, "BAA") == [("i2", "B"), ("i1", "A"), ("i3", "A")]
    assert pairs(known, "AC") == [("i1", "A"), (None, "C"), ("i3", None), ("i2", None)]
    assert pairs(known, "AAA") == [("i1", "A"), ("i3", "A"), (None, "A"), ("i2", None)]


@given(st.lists(st.sampled_from("ABC"), max_size=8), st.lists(st.sampled_from("ABC"), max_size=8))
def test_every_line_is_paired_once_and_with_its_own_sku(old: list[str], new: list[str]) -> None:
    known = [stored_item(line, sku) for line, sku in enumerate(old, 1)]
    found = pairs(known, "".join(new))
    assert [sku for _item, sku in found if sku] == new
    assert sorted(item for item, _sku in found if item) == sorted(item.id for item in known)
    skus = {item.id: item.sku for item in known}
    assert all(skus[item] == sku for item, sku in found if item and sku)
