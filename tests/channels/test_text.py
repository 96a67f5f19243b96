"""Cutting a text to a vendor's length."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.text import is_boundary, split_text, storable, utf16_width

FAMILY = "👨‍👩‍👧‍👦"
WAVE = "👋🏽"
FLAG = "🇨🇳"


def one(_: str) -> int:
    return 1


def bytes_width(character: str) -> int:
    return len(character.encode())


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("short", 10, ("short",)),
        ("", 10, ()),
        (" \n\u3000", 10, ()),
        ("One is done. Two is next.", 16, ("One is done.", "Two is next.")),
        ("One is done! Two is next?", 16, ("One is done!", "Two is next?")),
        ("退款已批准。请等三天。", 8, ("退款已批准。", "请等三天。")),
        ("他说：“退款好了。”谢谢您", 11, ("他说：“退款好了。”", "谢谢您")),
        ("first line\nsecond line", 14, ("first line", "second line")),
        ("A one. B two.\n\nC three. D four.", 25, ("A one. B two.", "C three. D four.")),
        ("It costs 3.50 to send", 12, ("It costs", "3.50 to send")),
        ("no end in sight here", 10, ("no end in", "sight here")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        # A sentence that ends in the first half would leave many short parts.
        (
            "Hi. A very long sentence follows here",
            20,
            ("Hi. A very long", "sentence follows", "here"),
        ),
        # The full stop is the last that fits: the space behind it, out of the window, proves it.
        ("Done now. Then more", 9, ("Done now.", "Then more")),
    ],
)
def test_cuts_at_the_best_place(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split_text(text, limit, one) == parts


@pytest.mark.parametrize(
    "sign", [FAMILY, WAVE, FLAG, "e\u0301", "한", "❤️", "🏴\U000e0067\U000e007f"]
)
def test_never_cuts_inside_a_sign(sign: str) -> None:
    limit = sum(map(utf16_width, sign)) * 2 - 1  # one fits, two don't
    assert split_text(sign * 3, limit, utf16_width) == (sign,) * 3


def test_cuts_a_sign_too_long_for_any_part() -> None:
    zalgo = "e" + "\u0301" * 9
    assert split_text(zalgo, 4, one) == ("e\u0301\u0301\u0301", "\u0301" * 4, "\u0301" * 2)


def test_a_character_wider_than_the_limit_still_ends() -> None:
    assert split_text("退款", 2, bytes_width) == ("退", "款")


def test_counts_as_the_vendor_does() -> None:
    assert split_text("👍👍👍", 4, utf16_width) == ("👍👍", "👍")
    assert split_text("👍👍👍", 4, one) == ("👍👍👍",)
    assert split_text("退款好", 6, bytes_width) == ("退款", "好")


signs = st.sampled_from(
    [FAMILY, WAVE, FLAG, "é", "退", "。", ". ", "! ", "\n\n", "\n", " ", "ab", "3.5"]
)


@given(st.lists(signs, max_size=120).map("".join), st.integers(12, 60))
def test_nothing_is_lost_and_nothing_too_long(text: str, limit: int) -> None:
    parts = split_text(text, limit, utf16_width)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        assert 0 < len(part.encode("utf-16-le")) // 2 <= limit
        assert part == part.strip()
        assert not unicodedata.combining(part[0])
    assert split_text(text, limit, utf16_width) == parts


@given(st.text(max_size=300), st.integers(1, 40))
def test_any_text_splits(text: str, limit: int) -> None:
    parts = split_text(text, limit, one)
    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_flags_pair_up() -> None:
    flags = FLAG * 2
    assert [i for i in range(5) if is_boundary(flags, i)] == [0, 2, 4]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("plain", "plain"),
        ("a\0b", "ab"),
        ("退\0款👍", "退款👍"),
        ("\ud83d\udc4d", "👍"),  # a pair in two halves is one character
        ("x\ud83d", "x\ufffd"),
        ("\udc4dx", "\ufffdx"),
    ],
)
def test_storable(text: str, stored: str) -> None:
    assert storable(text) == stored


@given(st.text(alphabet=st.characters()))  # surrogates included
def test_storable_is_what_a_wire_takes(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    assert storable(stored) == stored
    stored.encode()
