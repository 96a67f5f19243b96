"""What shall be swapped is told from what is wanted instead of it."""

from __future__ import annotations

import pytest

from bot.understanding.swapping import swapped


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("swap the red tee for a black one, size M", "red tee", "black"),
        ("change the blue tee to red, size M please", "blue tee", "red"),
        ("I want a blue one instead of the red tee", "red tee", "blue"),
        ("swap the tee for blue and the lamp for the touch one", "lamp", "touch"),
        ("把红色T恤换成黑色M", "红色T恤", "黑色"),
        ("das rote T-Shirt gegen ein schwarzes tauschen", "rote T-Shirt", "schwarzes"),
        ("cambiar la camiseta roja por una negra", "camiseta roja", "negra"),
        ("赤いTシャツを黒に交換したい", "赤いTシャツ", "黒"),
    ],
)
def test_only_what_is_given_away_is_left(text: str, kept: str, gone: str) -> None:
    assert kept in swapped(text)
    assert gone not in swapped(text)


@pytest.mark.parametrize("text", ["exchange for a bigger size", "换成红色M", "I want to swap"])
def test_words_that_name_nothing_else_stay(text: str) -> None:
    assert swapped(text) == text
