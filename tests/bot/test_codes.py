"""Numbers that carriers, telephones and shops give, told apart; and what stands beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.messages import InboundMessage
from bot.understanding.base import DialogView
from bot.understanding.entities import find_entities
from tests.bot.test_language import message
from tests.bot.test_rules import RULES


def found(text: str, *, order_expected: bool = False) -> list[tuple[str, str]]:
    spans = find_entities(
        text,
        tail_expected=False,
        today=date(2026, 5, 20),
        locale="en",
        order_expected=order_expected,
    )
    return [(span.kind, span.value) for span in spans]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("单号是SF1234567890123", "SF1234567890123"),
        ("圆通 YT8812345678901", "YT8812345678901"),
        ("京东 JDVA12345678901", "JDVA12345678901"),
        ("UPS 1Z999AA10123456784", "1Z999AA10123456784"),
        ("RR123456785CN from the post", "RR123456785CN"),
        ("DHL JJD000390007882823041", "JJD000390007882823041"),
        ("快递单号：75312345678901", "75312345678901"),
        ("tracking number is 420123456789", "420123456789"),
    ],
)
def test_tracking_numbers(text: str, code: str) -> None:
    assert found(text) == [("tracking_number", code)]


def test_a_postal_number_with_a_wrong_check_digit_is_none() -> None:
    assert found("RR123456784CN") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("13800138001", "phone"),
        ("+1 (415) 555-2671", "phone"),
        ("call +44 20 7946 0958 please", "phone"),
        ("LL20260518-0042", "order_number"),
        ("123456789012", "order_number"),
    ],
)
def test_no_number_is_stolen(text: str, kind: str) -> None:
    assert [one for one, _ in found(text)] == [kind]


def test_what_is_asked_for_is_the_orders_number() -> None:
    assert found("SF1234567890123", order_expected=True) == [("order_number", "SF1234567890123")]


def test_one_message_with_everything() -> None:
    text = "two pieces from LL20260518-0042 came yesterday, I paid $19.90, 3 days late"
    assert found(text) == [
        ("quantity", "2"),
        ("order_number", "LL20260518-0042"),
        ("date", "2026-05-19"),
        ("amount", "1990 USD"),
        ("duration", "P3D"),
    ]


def test_amounts_are_no_quantities_and_days_no_orders() -> None:
    assert found("退我两百块，2026-05-01买的") == [
        ("amount", "20000 CNY"),
        ("date", "2026-05-01"),
    ]


def test_yesterday_is_the_day_before_in_the_shops_zone() -> None:
    def told(text: InboundMessage, zone: str) -> list[str]:
        spans = replace(RULES, timezone=zone).read(text, DialogView()).spans
        return [span.value for span in spans if span.kind == "date"]

    late = message("昨天买的")  # 2026-05-20 00:00 UTC
    assert told(late, "Asia/Shanghai") == ["2026-05-19"]
    assert told(late, "America/New_York") == ["2026-05-18"]
