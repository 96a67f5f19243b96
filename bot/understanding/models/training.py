"""Training a text classifier, and measuring it by cross-validation while at it.

scikit-learn is imported here only, when something is trained.
"""

from __future__ import annotations

import importlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.understanding.models import calibration
from bot.understanding.models.calibration import OUT_OF_SCOPE, Array, Calibration
from bot.understanding.models.classifier import TextClassifier, Vectors, centred
from bot.understanding.models.features import Pieces, pieces

FOLDS: Final = 4
SEED: Final = 20260501
MAX_PIECES: Final = 40_000

_SOFTNESS: Final = 0.4
"""LinearSVC's C: between .3 and .5 all of what was measured stays within half a per cent."""
_TOLERANCE: Final = 1e-2
_BALANCES: Final = ((1.0, 1.0), (1.6, 0.8))
"""Weights of sentence vectors and of pieces to choose from: with hundreds of phrases a label in one
language the wording tells more, with few or in many languages the meaning."""
_OF_A_HANDFUL: Final = ((1.0, 0.5), (0.3, 0.65))
"""The same for a few labels, such as feelings: many phrases each, so all weigh less."""
_HANDFUL: Final = 5
_THREADS: Final = 2
_MIN_TEXTS: Final = 2
"""A piece is learned if so many texts have it."""

_FEW: Final = 3000
_TYPICAL: Final = 0.5
"""Share of likeness to a label's average phrase in its score: helps labels with few phrases."""

Balance = tuple[float, float]
Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


class TooLittle(ValueError):
    """What was given cannot be learned from; the text says why."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts in the form for matching, their sentence vectors (texts, 512) and their labels.
    `sources` says at which place of what was given each stood, where that is known."""

    texts: Sequence[str]
    vectors: Vectors
    labels: Sequence[str]
    sources: Sequence[int] = ()

    def part(self, rows: Sequence[int]) -> Examples:
        """Those at `rows`."""
        return Examples(
            [self.texts[row] for row in rows],
            self.vectors[list(rows)],
            [self.labels[row] for row in rows],
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier, and the scores (texts, labels) each text got from one that had not seen it."""

    classifier: TextClassifier
    unseen_scores: Array


def train(
    examples: Examples, about: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Trained:
    """Train on all examples; calibrate on scores of those left out in turn.

    The same at every call for up to `_FEW` texts; of more, several are learned at a time, and the
    solver's random order is one for all of them. Raises TooLittle for fewer than two labels or two
    texts a label.
    """
    labels = _checked(examples)
    parts = folds(examples.labels, FOLDS)
    tell = progress or (lambda done, of: None)
    truth = np.array([labels.index(label) for label in examples.labels])
    # One part tells enough of many phrases; of few, each is asked.
    asked = parts if len(examples.texts) <= _FEW else parts[:1]
    balances = _OF_A_HANDFUL if len(labels) <= _HANDFUL else _BALANCES
    steps = len(balances) * len(asked) + len(parts) - len(asked) + 1
    unseen = np.full((len(examples.texts), len(labels)), -1.0)
    done = 0
    with ThreadPoolExecutor(_THREADS if len(examples.texts) > _FEW else 1) as threads:

        def left_out(ones: Sequence[list[int]], balance: Balance) -> Array:
            nonlocal done
            found = np.full_like(unseen, -1.0)
            jobs = [threads.submit(_left_out, examples, labels, one, balance) for one in ones]
            for part, job in zip(ones, jobs, strict=True):
                found[part] = job.result()
                done += 1
                tell(done, steps)
            return found

        tried = [left_out(asked, balance) for balance in balances]
        at = [row for part in asked for row in part]
        rights = [int((found[at].argmax(axis=1) == truth[at]).sum()) for found in tried]
        chosen = rights.index(max(rights))
        unseen[at] = tried[chosen][at]
        whole = threads.submit(_fit, examples, labels, balances[chosen])
        rest = [part for part in parts if part not in asked]
        others = [row for part in rest for row in part]
        unseen[others] = left_out(rest, balances[chosen])[others]
        model = whole.result()
    tell(steps, steps)
    fitted = calibration.fit(unseen, truth, model.outside)
    return Trained(_with(model, fitted, about or {}), unseen)


def folds(labels: Sequence[str], number: int) -> list[list[int]]:
    """Rows in so many parts, each label spread evenly over them; the same at every call."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        rows[label].append(row)
    random = Random(SEED)  # noqa: S311 - nothing secret is drawn
    parts: list[list[int]] = [[] for _ in range(number)]
    dealt = 0
    for label in sorted(rows):
        random.shuffle(rows[label])
        for row in rows[label]:
            parts[dealt % number].append(row)
            dealt += 1
    return [sorted(part) for part in parts if part]


def _checked(examples: Examples) -> tuple[str, ...]:
    counts = Counter(examples.labels)
    if few := sorted(label for label, count in counts.items() if count < _MIN_TEXTS):
        raise TooLittle(f"fewer than {_MIN_TEXTS} phrases for {', '.join(few)}")
    if len(set(counts) - {OUT_OF_SCOPE}) < 2:
        raise TooLittle("fewer than two labels")
    return tuple(sorted(counts))


def _left_out(
    examples: Examples, labels: tuple[str, ...], part: Sequence[int], balance: Balance
) -> Array:
    """Scores of a part, by a classifier trained on the rest."""
    out = set(part)
    rest = examples.part([row for row in range(len(examples.texts)) if row not in out])
    tested = examples.part(part)
    return _fit(rest, labels, balance).scores(tested.texts, tested.vectors)


def _fit(examples: Examples, labels: tuple[str, ...], balance: Balance) -> TextClassifier:
    """Scores only: the calibration is to follow."""
    sparse = importlib.import_module("scipy.sparse")
    svm = importlib.import_module("sklearn.svm")
    centre = examples.vectors.mean(axis=0)
    known = learn_pieces(examples.texts)
    dense = centred(examples.vectors, centre)
    parts = [sparse.csr_matrix(dense) * balance[0], _matrix(known, examples.texts) * balance[1]]
    rows = sparse.hstack(parts).tocsr()
    machine = svm.LinearSVC(C=_SOFTNESS, tol=_TOLERANCE, random_state=0)
    machine.fit(rows, np.array([labels.index(label) for label in examples.labels]))
    weights, bias = _for_all(machine, len(labels))
    split = dense.shape[1]
    meaning = weights[:split] * balance[0] + _TYPICAL * _typical(dense, examples.labels, labels)
    return TextClassifier(
        labels=labels,
        centre=centre.astype(np.float32),
        dense=meaning.astype(np.float32),
        pieces=known,
        sparse=(weights[split:] * balance[1]).astype(np.float16),
        bias=bias.astype(np.float32),
        calibration=Calibration(1.0, (1.0, 0.0, 0.0), 0.0),
    )


def _for_all(machine: Any, labels: int) -> tuple[Array, Array]:
    """Weights (features, labels) and bias. Of two labels scikit-learn keeps the second alone; of
    one that a fold has no example of it knows nothing."""
    weights = np.zeros((machine.coef_.shape[1], labels))
    bias = np.full(labels, -1.0)
    if len(machine.classes_) == 2:
        signs = zip(machine.classes_, (-1, 1), strict=True)
        for label, sign in signs:
            weights[:, label] = sign * machine.coef_[0]
            bias[label] = sign * machine.intercept_[0]
    else:
        weights[:, machine.classes_] = machine.coef_.T
        bias[machine.classes_] = machine.intercept_
    return weights, bias


def _typical(dense: Vectors, given: Sequence[str], labels: tuple[str, ...]) -> Vectors:
    """The average phrase of each label (dimensions, labels), of length 1."""
    sums = np.zeros((len(labels), dense.shape[1]), dtype=np.float32)
    np.add.at(sums, [labels.index(label) for label in given], dense)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    typical: Vectors = (sums / np.maximum(length, 1e-9)).T
    return typical


def learn_pieces(texts: Sequence[str]) -> Pieces:
    """The pieces that at least two texts have, at most MAX_PIECES, with their rarity (idf)."""
    often: Counter[int] = Counter()
    for text in texts:
        for counts in pieces(text):
            often.update(counts.keys())
    kept = [one for one in often.most_common(MAX_PIECES) if one[1] >= _MIN_TEXTS]
    kept.sort()
    hashes = np.array([one for one, _ in kept], dtype=np.uint32)
    spread = np.array([count for _, count in kept], dtype=np.float64)
    rarity = np.log((1 + len(texts)) / (1 + spread)) + 1
    return Pieces(hashes, rarity.astype(np.float32))


def _matrix(known: Pieces, texts: Sequence[str]) -> Any:
    """The texts' pieces as a sparse matrix (texts, pieces)."""
    sparse = importlib.import_module("scipy.sparse")
    found = [known.of(text) for text in texts]
    ends = np.cumsum([0, *(len(at) for at, _ in found)])
    at: npt.NDArray[np.intp] = np.concatenate([at for at, _ in found])
    weights = np.concatenate([weights for _, weights in found])
    return sparse.csr_matrix((weights, at, ends), shape=(len(texts), len(known.hashes)))


def _with(model: TextClassifier, fitted: Calibration, about: Mapping[str, Any]) -> TextClassifier:
    return TextClassifier(
        labels=model.labels,
        centre=model.centre,
        dense=model.dense,
        pieces=model.pieces,
        sparse=model.sparse,
        bias=model.bias,
        calibration=fitted,
        about=about,
    )
