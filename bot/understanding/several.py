"""Several wishes in one message: which of its words were said for which of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.understanding import entities
from bot.understanding.base import Span
from bot.understanding.reading import SWAP, Reading

_OF_ORDERS: Final = ("refund", "cancel_order", "other_service", SWAP)
"""Wishes that name an order, and things of it."""
_NEWS: Final = "order_status"
"""A question that may name another order than a wish beside it."""


def parts_of(reading: Reading, wishes: Sequence[Span]) -> list[Reading]:
    """For each wish the part of the text that was said for it: from its clause to the next one's.
    The whole for each, unless two wishes concern orders, and for those that don't."""
    numbered = is_told_of_news(reading, wishes)
    if sum(span.kind in _OF_ORDERS or (numbered and span.kind == _NEWS) for span in wishes) < 2:
        return [reading] * len(wishes)
    starts = starts_of(reading, wishes)
    ends = [*starts[1:], len(reading.text)]
    return [
        _part(reading, start, end) if span.kind in _OF_ORDERS else reading
        for span, start, end in zip(wishes, starts, ends, strict=True)
    ]


def is_told_of_news(reading: Reading, wishes: Sequence[Span]) -> bool:
    """Whether an order's number stands with the question where something is."""
    news = [span.start for span in wishes if span.kind == _NEWS]
    numbers = [span.start for span in reading.entities if span.kind == entities.ORDER_NUMBER]
    return len(news) == 1 and bool(numbers) and min(numbers) >= reading.clause_of(news[0])[0]


def told_apart(reading: Reading, cancels: Span, refunds: Span) -> bool:
    """Whether "cancel …" and "send … back" are two wishes and not one: each of another order."""
    wishes = sorted((cancels, refunds), key=lambda span: span.start)
    second = starts_of(reading, wishes)[1]
    # By their places: reading each part anew costs as much as the message, for every pair.
    numbers: tuple[set[str], set[str]] = (set(), set())
    for span in reading.entities:
        if span.kind == entities.ORDER_NUMBER:
            numbers[span.start >= second].add(span.value)
    return all(numbers) and not numbers[0] & numbers[1]


def _part(reading: Reading, start: int, end: int) -> Reading:
    text = reading.text[start:end].strip()
    return Reading(text, reading.view, reading.lexicon, reading.today, reading.locale)


def starts_of(reading: Reading, wishes: Sequence[Span]) -> list[int]:
    """Where each wish, or other piece, begins: with its clause, or with itself if another stands
    there, too."""
    starts = [0]
    for before, span in pairwise(wishes):
        start, _ = reading.clause_of(span.start)
        starts.append(start if start >= before.end else span.start)
    return starts
