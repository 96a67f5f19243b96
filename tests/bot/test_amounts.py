"""Amounts of money in digits and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ports import Money
from bot.understanding.slots.amounts import find_amounts, money_of
from bot.understanding.slots.numbers import from_chinese, from_english

DIGITS = "零一二三四五六七八九"
SMALL = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905


def amounts(text: str, *, yen: bool = False) -> list[Money]:
    return [money_of(span) for span in find_amounts(text, yen=yen)]


def chinese(number: int) -> str:
    """As one says it, to 99,999,999."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1000 else ""
        return f"{chinese(high)}万{gap}{chinese(low) if low else ''}"
    words, skipped = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("零" if skipped and words else "") + DIGITS[digit] + name
        skipped = not digit
    return words or "零"


def english(number: int) -> str:
    """As one says it, to 999,999."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return TENS[ten - 2] + (f"-{SMALL[one]}" if one else "")
    for unit, name in ((1000, "thousand"), (100, "hundred")):
        if number >= unit:
            high, low = divmod(number, unit)
            return f"{english(high)} {name}" + (f" {english(low)}" if low else "")
    raise ValueError(number)


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("退我两百块", 20_000, "CNY"),
        ("一百二十元", 12_000, "CNY"),
        ("三十八块五", 3_850, "CNY"),
        ("38块5", 3_850, "CNY"),
        ("三块五毛二", 352, "CNY"),
        ("五毛钱", 50, "CNY"),
        ("两块钱", 200, "CNY"),
        ("三千五块", 350_000, "CNY"),
        ("1.2万元", 1_200_000, "CNY"),
        ("我要50元优惠券", 5_000, "CNY"),
        ("¥199", 19_900, "CNY"),
        ("rmb 100", 10_000, "CNY"),
        ("$1.5k", 150_000, "USD"),
        ("1,234.56 USD", 123_456, "USD"),
        ("fifty dollars", 5_000, "USD"),
        ("fifty dollars and twenty cents", 5_020, "USD"),
        ("a hundred and twenty bucks", 12_000, "USD"),
        ("20 Euro", 2_000, "EUR"),
        ("€19,90", 1_990, "EUR"),
        ("1.234,56 €", 123_456, "EUR"),
        ("1.234 €", 123_400, "EUR"),
        ("£20", 2_000, "GBP"),
        ("R$ 59,90", 5_990, "BRL"),
        ("500 рублей", 50_000, "RUB"),
        ("2000円", 2_000, "JPY"),
        ("3만원", 30_000, "KRW"),
        ("HK$ 88", 8_800, "HKD"),
    ],
)
def test_amounts(text: str, minor: int, currency: str) -> None:
    assert amounts(text) == [Money(minor, currency)]


@pytest.mark.parametrize(
    "text",
    [
        "3.5k",  # of what?
        "$1.234",  # a thousand, or a bit more than one
        "20-30块",  # between the two
        "退两块",  # two pieces, or two yuan
        "2块毛巾",
        "LL20260518-0042",
        "twenty thirty dollars",
        "the second one",
        "in 2026",
        "块",
    ],
)
def test_what_may_mean_something_else_is_no_amount(text: str) -> None:
    assert amounts(text) == []


def test_the_sign_of_the_yen() -> None:
    assert amounts("¥500", yen=True) == [Money(500, "JPY")]


@given(st.integers(0, 99_999_999))
def test_chinese_numbers_are_read_as_they_are_said(number: int) -> None:
    assert from_chinese(chinese(number)) == number


@given(st.integers(0, 999_999))
def test_english_numbers_are_read_as_they_are_said(number: int) -> None:
    assert from_english(english(number)) == number


@given(st.integers(11, 99_999), st.integers(0, 9))
def test_spoken_yuan(yuan: int, tenths: int) -> None:
    words = f"{chinese(yuan)}块" + (DIGITS[tenths] if tenths else "")
    assert amounts(f"退我{words}") == [Money(100 * yuan + 10 * tenths, "CNY")]


@given(st.integers(2, 99_999))
def test_spoken_dollars(dollars: int) -> None:
    assert amounts(f"give me {english(dollars)} dollars") == [Money(100 * dollars, "USD")]


@given(st.integers(0, 99_999_999), st.sampled_from(["en", "de", "fr", "plain"]))
def test_written_euros(minor: int, country: str) -> None:
    whole, cents = f"{minor // 100:,}", f"{minor % 100:02}"
    group, point = {"en": (",", "."), "de": (".", ","), "fr": (" ", ","), "plain": ("", ",")}[
        country
    ]
    text = f"€{whole.replace(',', group)}{point}{cents}"
    assert amounts(text) == [Money(minor, "EUR")]


@given(st.text(alphabet="0123456789.,块元毛角千百万零一二两三十k$€ ~-", max_size=30))
def test_any_text_gives_whole_minor_units(text: str) -> None:
    for span in find_amounts(text):
        assert 0 <= span.start < span.end <= len(text)
        assert money_of(span).minor >= 0
