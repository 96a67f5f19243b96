"""Reads what is told along with a wish: the order, its proof, things of it, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.dialogs.slots import (
    ALL,
    FACTOR,
    ITEMS,
    ORDER,
    QUANTITIES,
    REASON,
    RECEIVED,
    YES,
)
from bot.understanding import entities
from bot.understanding.base import Span
from bot.understanding.numbered import numbers_meant
from bot.understanding.reading import EDGE, NAME_LIKE, Reading

THE_ORDER = re.compile(
    r"\b(?:order|(?:of )?(?:it|them)|i|we)\b|订单|訂單|[我我们把里的它都]", re.IGNORECASE
)


def told_with(reading: Reading) -> Mapping[str, str]:
    """All that a refund's first sentence may tell besides the wish, items before their number."""
    told = dict(order_and_proof(reading))
    if reading.reasons:
        told[REASON] = reading.reasons[0]
    if words := words_besides(reading):
        told[ITEMS] = ALL if _means_all(reading, words) else words
    if quantity := reading.quantity:
        told[QUANTITIES] = quantity
    if reading.has("received") and "not_received" not in reading.reasons:
        told[RECEIVED] = YES
    return told


def _means_all(reading: Reading, words: str) -> bool:
    """Whether what is left names no item, and all are meant: "all of it, I don't want it"."""
    if not reading.has("all"):
        return False
    rest = THE_ORDER.sub(" ", words)
    for key in ("all", *(f"reasons.{name}" for name in reading.lexicon.keys("reasons"))):
        for start, end in reversed(list(reading.lexicon.spans(key, rest))):
            rest = rest[:start] + " " + rest[end:]
    return not NAME_LIKE.search(rest) or reading.lexicon.is_only("filler", rest)


def order_and_proof(reading: Reading) -> Mapping[str, str]:
    told: dict[str, str] = {}
    if numbers := numbers_meant(reading):
        told[ORDER] = numbers[0]
    for kind in (entities.EMAIL, entities.TAIL, entities.PHONE):
        if values := reading.values(kind):
            told.setdefault(FACTOR, values[0])
    return told


def about_order(reading: Reading, span: Span) -> Mapping[str, str]:
    """Which order's news he asks for: its number, or words that may name an item of it."""
    if len({one.kind for one in reading.intents}) == 1:
        return {ITEMS: reading.text, **order_and_proof(reading)}
    start, end = reading.clause_of(span.start)
    end = max(end, span.end)
    here = [
        one.value
        for one in reading.entities
        if one.kind == entities.ORDER_NUMBER and start <= one.start < end
    ]
    told = {ITEMS: reading.text[start:end], **order_and_proof(reading)}
    return {**told, ORDER: here[0]} if here else told


def words_besides(reading: Reading) -> str:
    """What is left of the text without the wishes and numbers: it may name an item."""
    keep = list(reading.text)
    for span in reading.intents:
        start, end = span.start, span.end
        if span.kind not in ("refund", "cancel_order"):
            start, end = reading.clause_of(span.start)
            end = max(end, span.end)
        keep[start:end] = " " * (end - start)
    for span in reading.entities:
        keep[span.start : span.end] = " " * (span.end - span.start)
    rest = " ".join("".join(keep).split()).strip(EDGE)
    return rest if NAME_LIKE.search(rest) else ""
