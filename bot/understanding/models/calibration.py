"""From a classifier's raw scores to how far it can be trusted: probabilities, fitted on scores of
texts that it had not been trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Columns = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

OUT_OF_SCOPE: Final = "out_of_scope"
"""The label of phrases that mean none of the others; it is never given as an answer."""
THRESHOLD: Final = 0.5
"""Confidence from which a label is believed: more likely right than not. One for all models, as
confidence is calibrated for each."""
OUTSIDE_SHARE: Final = 0.25
"""What is out of scope weighs this much beside what is within, however few examples there are:
as if one message in five were."""
BINS: Final = 10

_RIDGE: Final = 1e-3
_STEPS: Final = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """`slope` makes probabilities of scores by softmax; `weights` (3) and `bias` make confidence
    by a logistic function of the best score, its lead over the second, and over out-of-scope."""

    slope: float
    weights: tuple[float, float, float]
    bias: float

    def confidence(self, scores: Array, outside: int | None) -> Array:
        """How likely the best label is right, for scores of shape (texts, labels). `outside` is
        the column of out-of-scope, if there is one."""
        return _sigmoid(_evidence(scores, outside) @ np.array(self.weights) + self.bias)

    def shares(self, scores: Array) -> Array:
        """Probabilities of the labels (texts, labels), each row adding up to 1."""
        return _softmax(scores * self.slope)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"slope": self.slope, "weights": list(self.weights), "bias": self.bias}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Calibration:
        """What `to_json` gave."""
        first, second, third = map(float, given["weights"])
        return cls(float(given["slope"]), (first, second, third), float(given["bias"]))


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose confidence lies between `low` and `high`: how many, how sure, how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def fit(scores: Array, truth: Columns, outside: int | None) -> Calibration:
    """Calibrate on scores (texts, labels) of unseen texts and the columns of their true labels."""
    within = truth != outside if outside is not None else np.ones(len(truth), dtype=bool)
    right = within & (best(scores, outside) == truth)
    weights, bias = _logistic(_evidence(scores, outside), right, _importance(within))
    return Calibration(_slope(scores, truth), (weights[0], weights[1], weights[2]), bias)


def best(scores: Array, outside: int | None) -> Columns:
    """The column of the best label of each row; never out-of-scope."""
    columns: Columns = np.argmax(_within(scores, outside), axis=1)
    return columns


def reliability(confidence: Array, right: Flags, importance: Array | None = None) -> list[Bin]:
    """How often texts of about one confidence were right; bins without a text are left out."""
    weight = np.ones(len(right)) if importance is None else importance
    edges = np.linspace(0, 1, BINS + 1)
    number = np.clip(np.digitize(confidence, edges) - 1, 0, BINS - 1)
    return [
        Bin(
            low=float(edges[at]),
            high=float(edges[at + 1]),
            count=int(inside.sum()),
            confidence=float(np.average(confidence[inside], weights=weight[inside])),
            accuracy=float(np.average(right[inside], weights=weight[inside])),
        )
        for at in range(BINS)
        if (inside := number == at).any()
    ]


def expected_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far confidence lies from accuracy, by the bins' sizes."""
    total = sum(one.count for one in bins)
    off = sum(one.count * abs(one.confidence - one.accuracy) for one in bins)
    return off / total if total else 0.0


def _importance(within: Flags) -> Array:
    """Weights of the texts, so that the few out of scope are not drowned."""
    weight = np.ones(len(within))
    if within.any() and not within.all():
        weight[~within] = OUTSIDE_SHARE * within.sum() / (~within).sum()
    return weight


def _within(scores: Array, outside: int | None) -> Array:
    if outside is None:
        return scores
    masked = scores.copy()
    masked[:, outside] = -np.inf
    return masked


def _evidence(scores: Array, outside: int | None) -> Array:
    ordered = np.sort(_within(scores, outside), axis=1)
    first = ordered[:, -1]
    second = ordered[:, -2] if scores.shape[1] > (1 if outside is None else 2) else first - 1
    beyond = scores[:, outside] if outside is not None else np.full(len(scores), -1.0)
    return np.column_stack([first, first - second, first - beyond])


def _logistic(rows: Array, right: Flags, importance: Array) -> tuple[list[float], float]:
    """Weights and bias of a logistic regression, by Newton's method."""
    x = np.column_stack([rows, np.ones(len(rows))])
    # A little of both outcomes: with none wrong, the weights would grow without end.
    y = (right * importance.sum() + 0.5) / (importance.sum() + 1)
    found = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = _sigmoid(x @ found)
        gradient = x.T @ (importance * (p - y)) + _RIDGE * found
        spread = importance * np.maximum(p * (1 - p), 1e-6)
        step = np.linalg.solve((x * spread[:, None]).T @ x + _RIDGE * np.eye(len(found)), gradient)
        found -= step
        if np.abs(step).max() < 1e-6:
            break
    return [float(one) for one in found[:-1]], float(found[-1])


def _slope(scores: Array, truth: Columns) -> float:
    """The slope under which the true labels are likeliest, to about 2 %."""
    candidates = np.geomspace(0.5, 20, 180)
    losses = [
        -np.log(_softmax(scores * one)[np.arange(len(truth)), truth] + 1e-12).mean()
        for one in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Array = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _sigmoid(x: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-np.clip(x, -40, 40)))
    return result
