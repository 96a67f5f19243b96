"""What a person at the desk should be told of a message: anger, urgency, sarcasm, legal, churn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.understanding.base import Span
from bot.understanding.lexicon import Lexicon

ANGER: Final = "anger"
URGENCY: Final = "urgency"
SARCASM: Final = "sarcasm"
LEGAL: Final = "legal"
CHURN: Final = "churn"
SIGNALS: Final = (ANGER, URGENCY, SARCASM, LEGAL, CHURN)

MIN_SHOUTED: Final = 10
"""Capital letters that, together with "!!", are shouting."""
MOST: Final = 3
"""Pieces of a text kept for one signal: they are shown, not counted."""


def find_signals(text: str, lexicon: Lexicon, codes: Sequence[Span] = ()) -> list[Span]:
    """The signals of a normalised text, each with the piece that tells it, by position.

    `codes` are numbers found in it: "12315" within an order's number threatens nobody. A denied
    one ("I am not angry") is none, save for a threat: who says "no lawyer yet" has thought of one.
    """
    found: list[Span] = []
    for signal in SIGNALS:
        places = (
            (start, end)
            for start, end in lexicon.spans(f"signals.{signal}", text)
            if not _within(start, end, codes)
            and (signal == LEGAL or not lexicon.before("turned", text, start))
        )
        kinds = [Span(f"signal.{signal}", start, end, text[start:end]) for start, end in places]
        found.extend(kinds[:MOST])
    if is_shouted(text) and not any(span.kind == f"signal.{ANGER}" for span in found):
        found.append(Span(f"signal.{ANGER}", 0, len(text), "shouting"))
    return sorted(found, key=lambda span: span.start)


def names(spans: Sequence[Span]) -> tuple[str, ...]:
    """The signals among spans, in the order of `SIGNALS`."""
    kinds = {span.kind for span in spans}
    return tuple(signal for signal in SIGNALS if f"signal.{signal}" in kinds)


def is_shouted(text: str) -> bool:
    """Capitals throughout and more than one exclamation mark."""
    if text.count("!") < 2:
        return False
    upper = sum(one.isupper() for one in text)
    return upper >= MIN_SHOUTED and upper > 3 * sum(one.islower() for one in text)


def _within(start: int, end: int, codes: Sequence[Span]) -> bool:
    return any(code.start <= start and end <= code.end for code in codes)


WEIGHTS: Final[Mapping[str, float]] = {ANGER: -0.6, SARCASM: -0.6, LEGAL: -0.5, CHURN: -0.5}
"""What a signal says about how he feels, −1…1. Haste says nothing."""
