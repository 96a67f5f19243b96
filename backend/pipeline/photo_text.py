"""Numbers and amounts in what was read from a picture: a screenshot of an order, a receipt.

A picture's words are data. Only what has the form of a number or an amount leaves this module; the
rest of the text is not kept, and nothing here asks a model what it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from backend.evidence.service import Found
from bot.understanding import entities
from bot.understanding.normalise import normalise
from bot.understanding.slots.amounts import money_of

T = TypeVar("T")

MOST: Final = 5
"""Of each kind that are kept, the likeliest first."""
MOST_AMOUNTS: Final = 10
MAX_NUMBER: Final = 40

_ORDER_LABEL = re.compile(
    r"订单|訂單|order|bestell|pedido|commande|ordine|注文|주문|заказ", re.IGNORECASE
)
_TOTAL_LABEL = re.compile(
    r"实付|實付|合计|合計|总[价计额]|總[價計額]|应付|應付|total|summe|gesamt|importe|montant",
    re.IGNORECASE,
)
_LOST_SPACE = re.compile(r"(?<=\d)(?=[x×] ?\d)|(?<=[a-z)])(?=[$€£¥￥]\d)")
"""Where a reader of pictures tends to miss one: "$49.90x1", "Kettle$49.90"."""
_LABEL_ALONE = re.compile(r"[^\d]{2,24}")


def find_numbers(lines: Sequence[str]) -> Found:
    """What the lines of a picture hold, read by the readers that read what customers type.

    Numbers beside the word for an order come first, and amounts beside the word for a total.
    """
    orders: list[tuple[bool, str]] = []
    parcels: list[str] = []
    amounts: list[tuple[bool, tuple[int, str]]] = []
    for text in _labelled(lines):
        labelled = bool(_ORDER_LABEL.search(text))
        for span in entities.find_entities(text, tail_expected=False):
            if span.kind == entities.ORDER_NUMBER and len(span.value) <= MAX_NUMBER:
                orders.append((labelled, span.value))
            elif span.kind == entities.TRACKING and len(span.value) <= MAX_NUMBER:
                parcels.append(span.value)
            elif span.kind == entities.AMOUNT:
                money = money_of(span)
                amounts.append((bool(_TOTAL_LABEL.search(text)), (money.minor, money.currency)))
    return Found(
        tuple(_best(orders))[:MOST],
        tuple(dict.fromkeys(parcels))[:MOST],
        tuple(_best(amounts))[:MOST_AMOUNTS],
    )


def _labelled(lines: Sequence[str]) -> Iterator[str]:
    """The lines; one that is a label by itself goes with what stands beside or below it."""
    label = ""
    for line in lines:
        text = _LOST_SPACE.sub(" ", normalise(line).text)
        if _LABEL_ALONE.fullmatch(text):
            label = text
            continue
        yield f"{label} {text}".strip()
        label = ""


def _best(found: list[tuple[bool, T]]) -> list[T]:
    """Without repetitions, the labelled ones first."""
    return list(dict.fromkeys(value for _, value in sorted(found, key=lambda one: not one[0])))
