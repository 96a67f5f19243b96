"""How good a classifier is, on phrases it was not trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from bot.understanding.models.calibration import (
    OUT_OF_SCOPE,
    THRESHOLD,
    Bin,
    expected_error,
    reliability,
)
from bot.understanding.models.classifier import Guess

MOST_CONFUSED: Final = 20


@dataclass(frozen=True, slots=True)
class LabelScore:
    """Of one label: how much of what was taken for it is it, how much of it was found."""

    label: str
    precision: float
    recall: float
    f1: float
    phrases: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """So many phrases of one label were taken for another."""

    label: str
    taken_for: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """Shares are 0…1. Accuracy, top 3 and macro-F1 are of the phrases within scope, whatever the
    confidence; `coverage` is the share of them whose best label is believed at the threshold,
    `believed_right` how much of that is right, `answered_right` how much of all is believed and
    right. `outside_recall` is the share of out-of-scope phrases that are refused, None without
    any. `calibration_error` is the expected calibration error over `bins`."""

    phrases: int
    labels: int
    accuracy: float
    top3: float
    macro_f1: float
    threshold: float
    coverage: float
    believed_right: float
    answered_right: float
    outside_recall: float | None
    calibration_error: float
    bins: Sequence[Bin]
    by_label: Sequence[LabelScore]
    confused: Sequence[Confusion]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Report:
        """What `to_json` gave."""
        parts = {
            "bins": [Bin(**one) for one in given["bins"]],
            "by_label": [LabelScore(**one) for one in given["by_label"]],
            "confused": [Confusion(**one) for one in given["confused"]],
        }
        return cls(**{**given, **parts})

    def lines(self) -> Iterator[str]:
        """For people, by a terminal."""
        yield f"{self.phrases} phrases, {self.labels} labels"
        yield (
            f"accuracy {_per(self.accuracy)}, top 3 {_per(self.top3)}, macro-F1 {self.macro_f1:.3f}"
        )
        yield (
            f"at threshold {self.threshold}: {_per(self.coverage)} believed, of those "
            f"{_per(self.believed_right)} right; {_per(self.answered_right)} of all answered right"
        )
        if self.outside_recall is not None:
            yield f"out of scope: {_per(self.outside_recall)} refused"
        yield f"calibration error {self.calibration_error:.3f}"
        for one in self.bins:
            yield (
                f"  confidence {one.low:.1f}-{one.high:.1f}: {one.count} phrases, "
                f"said {_per(one.confidence)}, was {_per(one.accuracy)}"
            )
        yield "label                      precision  recall     F1  phrases"
        for score in self.by_label:
            yield (
                f"  {score.label:<24} {_per(score.precision):>9} {_per(score.recall):>7} "
                f"{score.f1:>6.3f} {score.phrases:>8}"
            )
        if self.confused:
            yield "most confused"
        for pair in self.confused:
            yield f"  {pair.count:>4}  {pair.label} taken for {pair.taken_for}"


def measure(truth: Sequence[str], guesses: Sequence[Guess]) -> Report:
    """Compare guesses with the true labels, in the same order; neither may be empty."""
    within = [at for at, label in enumerate(truth) if label != OUT_OF_SCOPE]
    outside = [guesses[at] for at, label in enumerate(truth) if label == OUT_OF_SCOPE]
    pairs = [(truth[at], guesses[at]) for at in within]
    right = [label == guess.label for label, guess in pairs]
    believed = [ok for ok, (_, guess) in zip(right, pairs, strict=True) if guess.is_sure]
    scores = list(_by_label([(label, guess.label) for label, guess in pairs]))
    # What is out of scope is never right, however sure: it counts for the calibration, too.
    confidence = np.array([guess.confidence for guess in guesses], dtype=np.float64)
    ok = np.array([label == guess.label for label, guess in zip(truth, guesses, strict=True)])
    bins = reliability(confidence, ok)
    mistaken = Counter((label, guess.label) for label, guess in pairs if label != guess.label)
    return Report(
        phrases=len(truth),
        labels=len(scores),
        accuracy=_mean(right),
        top3=_mean([any(label == name for name, _ in guess.ranked) for label, guess in pairs]),
        macro_f1=sum(score.f1 for score in scores) / max(1, len(scores)),
        threshold=THRESHOLD,
        coverage=len(believed) / max(1, len(pairs)),
        believed_right=_mean(believed),
        answered_right=sum(believed) / max(1, len(pairs)),
        outside_recall=_mean([not guess.is_sure for guess in outside]) if outside else None,
        calibration_error=expected_error(bins),
        bins=bins,
        by_label=scores,
        confused=[
            Confusion(label, other, count)
            for (label, other), count in mistaken.most_common(MOST_CONFUSED)
        ],
    )


def _by_label(pairs: Sequence[tuple[str, str]]) -> Iterator[LabelScore]:
    named, given = Counter(label for label, _ in pairs), Counter(taken for _, taken in pairs)
    both = Counter(label for label, taken in pairs if label == taken)
    for label in sorted(named):
        precision = both[label] / given[label] if given[label] else 0.0
        recall = both[label] / named[label]
        total = precision + recall
        f1 = 2 * precision * recall / total if total else 0.0
        yield LabelScore(label, precision, recall, f1, named[label])


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _per(share: float) -> str:
    return f"{100 * share:.1f} %"
