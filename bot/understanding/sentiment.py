"""How a customer feels, −1…1: by words with what strengthens or turns them, emoji and signals,
together with a trained classifier where there is one; and where a conversation is heading."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.base import Span
from bot.understanding.lexicon import Lexicon
from bot.understanding.signals import LEGAL, SARCASM, URGENCY, WEIGHTS, names

Probabilities = Sequence[float]
"""Of a text's being negative, neutral and positive, as a trained classifier sees it."""

NEUTRAL: Final = 0.2
"""Scores nearer to 0 than this are neutral."""
WORD: Final = 0.5
VERY: Final = 1.4
SOFTLY: Final = 0.6
TURNED: Final = 0.8
"""What is left of a word's weight, on the other side, when it is turned round: "not bad"."""
CLASSIFIED: Final = 0.3
"""The classifier's part of the score where words tell something, though nothing decisive."""
PLAIN: Final = 0.6
"""Probability below which the likeliest class is not believed by itself."""

_GLAD = re.compile("[😀-😆😊😍😘🥰🤩👍👏🎉❤💕💖🌹🙏]")
_SAD = re.compile("[😞-😣😠-😨😭😱👎💔🤬😤🙄😒😑😩😫🤮]")


def score(
    text: str,
    lexicon: Lexicon,
    signals: Sequence[Span] = (),
    likely: Probabilities | None = None,
) -> float:
    """How the writer of a normalised text feels: −1 furious, 0 matter-of-fact, 1 delighted.

    `signals` are those of the text (`signals.find_signals`). Sarcasm and threats decide whatever
    the words: "great, broken again" praises nobody. `likely` is what a classifier makes of it: it
    helps where words tell little, and it alone is not believed that who is in a hurry is angry.
    """
    named = names(signals)
    if SARCASM in named or LEGAL in named:
        return max(-1.0, 2 * sum(WEIGHTS.get(signal, 0.0) for signal in named))
    worded = list(_words(text, lexicon))
    total = sum(worded) + sum(WEIGHTS.get(signal, 0.0) for signal in named)
    ruled = math.tanh(total)
    if likely is None or abs(total) >= 1:
        return round(ruled, 3)
    negative, _, positive = likely
    if total:
        return round(CLASSIFIED * (positive - negative) + (1 - CLASSIFIED) * ruled, 3)
    felt = max(negative, positive) >= PLAIN and URGENCY not in named
    return round(positive - negative, 3) if felt else 0.0


def kind(value: float) -> str:
    """`negative`, `neutral` or `positive`."""
    if abs(value) < NEUTRAL:
        return "neutral"
    return "positive" if value > 0 else "negative"


def _words(text: str, lexicon: Lexicon) -> Iterator[float]:
    for key, weight in (("positive", WORD), ("negative", -WORD)):
        for start, _ in lexicon.spans(key, text):
            value = weight
            if lexicon.before("turned", text, start):
                value *= -TURNED
            elif lexicon.before("very", text, start):
                value *= VERY
            elif lexicon.before("softly", text, start):
                value *= SOFTLY
            yield value
    if not text.isascii():
        for pattern, weight in ((_GLAD, WORD), (_SAD, -WORD)):
            if pattern.search(text):
                yield weight


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a conversation is heading: `level` the weighted mean of its scores, the newest
    counting most; `slope` its change a message. Both 0 without a score."""

    level: float
    slope: float

    @property
    def worsening(self) -> bool:
        """Whether the mood is bad and gets worse: someone should look."""
        return self.level <= -NEUTRAL and self.slope <= -0.1


def falls(scores: Sequence[float]) -> bool:
    """Whether a conversation clearly goes wrong: its trend is bad and gets worse, and it is not
    one angry word alone."""
    last = scores[-2:]
    return len(scores) > len(last) and max(last) <= -NEUTRAL and trend(scores).worsening


def trend(scores: Sequence[float], keep: float = 0.6) -> Trend:
    """The trend of the last scores, oldest first. `keep` is what a score counts against the one
    after it; the slope is the weighted least-squares line's."""
    if not scores:
        return Trend(0.0, 0.0)
    last = len(scores) - 1
    weights = [keep ** (last - place) for place in range(len(scores))]
    whole = sum(weights)
    level = sum(w * s for w, s in zip(weights, scores, strict=True)) / whole
    middle = sum(w * place for place, w in enumerate(weights)) / whole
    spread = sum(w * (place - middle) ** 2 for place, w in enumerate(weights))
    together = sum(
        w * (place - middle) * (s - level)
        for place, (w, s) in enumerate(zip(weights, scores, strict=True))
    )
    return Trend(level, together / spread if spread else 0.0)
