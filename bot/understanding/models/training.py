"""Training a text classifier, and measuring it by cross-validation while at it.

scikit-learn is imported here only, when something is trained.
"""

from __future__ import annotations

import importlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.understanding.models import calibration
from bot.understanding.models.calibration import OUT_OF_SCOPE, Array, Calibration, Columns
from bot.understanding.models.classifier import TextClassifier, Vectors, centred
from bot.understanding.models.features import Pieces, pieces

FOLDS: Final = 4
FOLDS_OF_MUCH: Final = 2
MUCH: Final = 500_000
"""Phrases times labels from which half are left out at a time: half of so many teach nearly as much
as all, and more parts would take minutes."""
SEED: Final = 20260501
MAX_PIECES: Final = 40_000

_BALANCES: Final = ((1.3, 0.9),)
"""Weights of sentence vectors and of pieces to choose from."""
_OF_A_HANDFUL: Final = ((1.0, 0.5), (0.3, 0.65))
"""The same for a few labels, such as feelings: many phrases each, so all weigh less."""
_HANDFUL: Final = 5
_SHARES: Final = (0.0, 0.25, 0.5, 1.0)
"""Shares of the discriminant to choose from: with few phrases a label it helps most."""
_SHARES_OF_A_HANDFUL: Final = (0.2,)
"""With thousands of phrases a label, what lies beyond the average phrase is their topic: on goods
that were not learned it counts for more than cross-validation within the learned ones tells."""
_SHRINKAGE: Final = 0.3
"""How far the covariance is drawn towards that of a ball; from .1 to .5 all is one."""
_DECIMALS: Final = 3
"""Of the pieces' weights, which spread by some .03: more would double the file and tell nothing."""
_THREADS: Final = 2
_MIN_TEXTS: Final = 2
"""A piece is learned if so many texts have it."""

_FEW: Final = 3000

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
    many = len(examples.texts) > _FEW
    much = len(examples.texts) * len(labels) > MUCH
    parts = folds(examples.labels, FOLDS_OF_MUCH if much else FOLDS)
    tell = progress or (lambda done, of: None)
    truth = np.array([labels.index(label) for label in examples.labels])
    balances = _OF_A_HANDFUL if len(labels) <= _HANDFUL else _BALANCES
    # Which balance to take one part of many phrases tells well enough; of few, each is asked.
    asked = parts[:1] if many and len(balances) > 1 else parts
    shares = _SHARES_OF_A_HANDFUL if len(labels) <= _HANDFUL else _SHARES
    steps = len(balances) * len(asked) + len(parts) - len(asked) + 1
    unseen = np.empty((len(examples.texts), len(labels)))
    done = 0
    with (
        warnings.catch_warnings(),
        ThreadPoolExecutor(_THREADS if many else 1) as threads,
    ):
        warnings.filterwarnings("ignore", "The max_iter was reached")  # so few passes are meant

        def left_out(ones: Sequence[list[int]], balance: Balance) -> list[tuple[Array, Array]]:
            nonlocal done
            jobs = [threads.submit(_left_out, examples, labels, one, balance) for one in ones]
            found = []
            for job in jobs:
                found.append(job.result())
                done += 1
                tell(done, steps)
            return found

        alone = len(balances) == 1  # then there is nothing to wait for
        whole = threads.submit(_fit, examples, labels, balances[0]) if alone else None
        tried = [left_out(asked, balance) for balance in balances]
        rows = [row for part in asked for row in part]
        (balance, share), unseen[rows] = _best(tried, balances, shares, truth[rows])
        whole = whole or threads.submit(_fit, examples, labels, balance)
        rest = parts[len(asked) :]
        for part, (plain, added) in zip(rest, left_out(rest, balance), strict=True):
            unseen[part] = plain + share * added
        model, discriminant = whole.result()
    tell(steps, steps)
    fitted = calibration.fit(unseen, truth, model.outside)
    dense = (model.dense + share * discriminant).astype(np.float32)
    return Trained(replace(model, dense=dense, calibration=fitted, about=about or {}), unseen)


def _best(
    tried: Sequence[Sequence[tuple[Array, Array]]],
    balances: Sequence[Balance],
    shares: Sequence[float],
    truth: Columns,
) -> tuple[tuple[Balance, float], Array]:
    """The balance and the discriminant's share that were right most often, and their scores."""
    best, chosen, kept = -1, (balances[0], shares[0]), np.empty(0)
    for balance, found in zip(balances, tried, strict=True):
        plain, added = (np.concatenate(each) for each in zip(*found, strict=True))
        for share in shares:
            scores = plain + share * added
            right = int((scores.argmax(axis=1) == truth).sum())
            if right > best:
                best, chosen, kept = right, (balance, share), scores
    return chosen, kept


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
) -> tuple[Array, Array]:
    """Scores of a part by a classifier trained on the rest, and what its discriminant adds."""
    out = set(part)
    rest = examples.part([row for row in range(len(examples.texts)) if row not in out])
    tested = examples.part(part)
    model, discriminant = _fit(rest, labels, balance)
    added = centred(tested.vectors, model.centre) @ discriminant
    return model.scores(tested.texts, tested.vectors), added.astype(np.float64)


def _fit(
    examples: Examples, labels: tuple[str, ...], balance: Balance
) -> tuple[TextClassifier, Array]:
    """Scores only: the calibration is to follow. And a discriminant (dimensions, labels) whose
    scores spread as much; as all is linear, adding it costs nothing later."""
    sparse = importlib.import_module("scipy.sparse")
    centre = examples.vectors.mean(axis=0)
    known = learn_pieces(examples.texts)
    dense = centred(examples.vectors, centre)
    columns = np.array([labels.index(label) for label in examples.labels])
    parts = [sparse.csr_matrix(dense) * balance[0], _matrix(known, examples.texts) * balance[1]]
    weights, bias = _together(sparse.hstack(parts).tocsr(), columns, len(labels))
    discriminant = _discriminant(dense, columns, len(labels))
    split = dense.shape[1]
    model = TextClassifier(
        labels=labels,
        centre=centre.astype(np.float32),
        dense=(weights[:split] * balance[0]).astype(np.float32),
        pieces=known,
        sparse=np.round(weights[split:] * balance[1], _DECIMALS).astype(np.float16),
        bias=bias.astype(np.float32),
        calibration=Calibration(1.0, (1.0, 0.0, 0.0), 0.0),
    )
    return model, discriminant / max(float((dense @ discriminant).std()), 1e-9)


def _together(rows: Any, columns: Columns, labels: int) -> tuple[Array, Array]:
    """Weights (features, labels) and bias: the mean of machines that err differently, each scaled
    to scores that spread by 1. A support vector machine refuses best what is out of scope, a
    logistic regression ranks the next likely better; of a few labels the former alone is best."""
    svm = importlib.import_module("sklearn.svm")
    linear = importlib.import_module("sklearn.linear_model")
    few = labels <= _HANDFUL
    machines = [svm.LinearSVC(C=0.4, tol=0.01 if few else 0.1, random_state=0)]
    if not few:
        machines.append(
            linear.LogisticRegression(C=10, solver="sag", tol=0.01, max_iter=7, random_state=0)
        )
    weights, bias = np.zeros((rows.shape[1], labels)), np.zeros(labels)
    for machine in machines:
        machine.fit(rows, columns)
        own, offset = _for_all(machine, labels)
        spread = len(machines) * max(float((rows @ own + offset).std()), 1e-9)
        weights += own / spread
        bias += offset / spread
    return weights, bias


def _for_all(machine: Any, labels: int) -> tuple[Array, Array]:
    """Weights (features, labels) and bias. Of two labels scikit-learn keeps the second alone; of
    one that a fold has no example of it knows nothing."""
    weights = np.zeros((machine.coef_.shape[1], labels))
    bias = np.full(labels, float(machine.intercept_.min()) - 1)
    if len(machine.classes_) == 2:
        signs = zip(machine.classes_, (-1, 1), strict=True)
        for label, sign in signs:
            weights[:, label] = sign * machine.coef_[0]
            bias[label] = sign * machine.intercept_[0]
    else:
        weights[:, machine.classes_] = machine.coef_.T
        bias[machine.classes_] = machine.intercept_
    return weights, bias


def _discriminant(dense: Vectors, columns: Columns, labels: int) -> Array:
    """Weights (dimensions, labels) of a linear discriminant: likeness to a label's average phrase,
    where directions in which the phrases of any one label differ count for little. The covariance
    within labels is shrunk, as there may be fewer phrases than dimensions."""
    means = np.zeros((labels, dense.shape[1]))
    np.add.at(means, columns, dense)
    means /= np.maximum(np.bincount(columns, minlength=labels), 1)[:, None]
    within = dense - means[columns]
    covariance = within.T @ within / len(dense)
    ball = np.eye(len(covariance)) * max(float(np.trace(covariance)) / len(covariance), 1e-9)
    shrinkage = 1.0 if labels <= _HANDFUL else _SHRINKAGE
    shrunk = (1 - shrinkage) * covariance + shrinkage * ball
    weights = np.linalg.solve(shrunk, means.T)
    # Its own length is that of the average phrase as this covariance measures it.
    length = np.sqrt(np.maximum((means.T * weights).sum(axis=0), 1e-12))
    result: Array = np.asarray(weights / length, dtype=np.float64)
    return result


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
