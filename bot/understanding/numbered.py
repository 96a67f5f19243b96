"""Which orders' numbers of a message belong to a wish, and which words to each of them."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.understanding import entities
from bot.understanding.base import Span
from bot.understanding.left_alone import is_left_alone
from bot.understanding.reading import Reading
from bot.understanding.several import starts_of

_ONE_MORE = re.compile(
    r"(?:\W|\b(?:and|und|y|et|also|plus)\b|和|还有|以及)*"
    r"(?:(?!(?:i|it|is|are|was|were|has|have|keep|not|for|to|no|but)\b|\w+n't)[\w'-]+ ){0,6}"
    r"#?#\W*(?:please|pls|bitte|por favor|svp)?\W*",
    re.IGNORECASE,
)
"""A further order, and a thing of it, with nothing said of them ("#" for its number)."""
_JOINING = re.compile(
    r"(?:\W|\b(?:and|also|plus|und|auch|et|aussi|y|e|also|the|my|orders?|die|bestellung|la|el|pedido"
    r"|commande)\b|和|以及|还有|跟|及|與|订单|訂單|と|注文)*",
    re.IGNORECASE,
)
"""What may stand between two numbers of one wish."""


def numbers_meant(reading: Reading) -> list[str]:
    """The orders' numbers, but for those that are excepted: "all my orders except 1234"."""
    return [
        span.value
        for span in reading.entities
        if span.kind == entities.ORDER_NUMBER and not _is_excepted(reading, span)
    ]


def _is_excepted(reading: Reading, span: Span) -> bool:
    return is_left_alone(reading.text, span.start, span.end)


def numbers_joined(reading: Reading, clause: tuple[int, int]) -> list[str]:
    """The orders' numbers of a clause, and those that follow them with nothing but an "and"."""
    found: list[str] = []
    end = clause[1]
    for span in reading.entities:
        if span.kind != entities.ORDER_NUMBER or span.start < clause[0]:
            continue
        if span.start >= end and not (found and _JOINING.fullmatch(reading.text[end : span.start])):
            break
        if span.value not in found and not _is_excepted(reading, span):
            found.append(span.value)
        end = max(end, span.end) if span.start >= clause[1] else span.end
    return found


def numbered_pieces(reading: Reading) -> list[tuple[str, Reading]]:
    """Each number with the part of the text that names it, where several are named with things of
    them and nothing else is said of the further ones; else none."""
    spans = [
        span
        for span in reading.entities
        if span.kind == entities.ORDER_NUMBER and not _is_excepted(reading, span)
    ]
    numbers = [span.value for span in spans]
    if len(numbers) < 2 or len(set(numbers)) < len(numbers):
        return []
    starts = starts_of(reading, spans)
    ends = [*starts[1:], len(reading.text)]
    pieces = [reading.text[start:end] for start, end in zip(starts, ends, strict=True)]
    bare = [piece.replace(number, "#") for piece, number in zip(pieces, numbers, strict=True)]
    if not all(map(_ONE_MORE.fullmatch, bare[1:])):
        return []
    read = (replace(reading, text=piece.strip()) for piece in pieces)
    return list(zip(numbers, read, strict=True))
