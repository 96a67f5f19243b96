"""Training and calibrating a classifier, on made-up phrases and vectors: fast, no encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.understanding.models import calibration
from bot.understanding.models.calibration import OUT_OF_SCOPE, expected_error, reliability
from bot.understanding.models.classifier import ModelError, TextClassifier
from bot.understanding.models.features import MAX_CHARACTERS, Pieces, cut, pieces
from bot.understanding.models.report import Report, measure
from bot.understanding.models.training import (
    Examples,
    TooLittle,
    Trained,
    folds,
    learn_pieces,
    train,
)

WORDS = {
    "parcel": "where is parcel number",
    "refund": "give money back please",
    "human": "a person",
}


def made_up(labels: Sequence[str] = tuple(WORDS), each: int = 24, noise: float = 0.6) -> Examples:
    """Phrases whose vectors lie around a direction of their label."""
    random = np.random.default_rng(3)
    texts, rows, given = [], [], []
    for column, label in enumerate(labels):
        for number in range(each):
            row = random.normal(0, noise, 8)
            row[column] += 1.5
            texts.append(f"{WORDS.get(label, 'blah')} {'abcdefgh'[number % 8]}")
            rows.append(row / np.linalg.norm(row))
            given.append(label)
    return Examples(texts, np.array(rows, dtype=np.float32), given)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(made_up((*WORDS, OUT_OF_SCOPE)))


def test_it_learns_and_never_answers_out_of_scope(trained: Trained) -> None:
    fresh = made_up((*WORDS, OUT_OF_SCOPE), each=10, noise=0.5)
    guesses = trained.classifier.guess(fresh.texts, fresh.vectors)
    report = measure(fresh.labels, guesses)
    assert report.accuracy > 0.9
    assert report.outside_recall is not None
    assert report.outside_recall > 0.7
    assert all(guess.label != OUT_OF_SCOPE for guess in guesses)
    assert all(sum(score for _, score in guess.ranked) <= 1.0001 for guess in guesses)
    assert all(guess.ranked[0] == (guess.label, guess.confidence) for guess in guesses)


def test_a_saved_model_guesses_the_same(trained: Trained, tmp_path: Path) -> None:
    trained.classifier.save(tmp_path / "deep" / "model.npz")
    loaded = TextClassifier.load(tmp_path / "deep" / "model.npz")
    some = made_up(each=4)
    before = trained.classifier.guess(some.texts, some.vectors)
    after = loaded.guess(some.texts, some.vectors)
    assert [one.label for one in before] == [one.label for one in after]
    assert [one.confidence for one in before] == pytest.approx(
        [one.confidence for one in after], abs=0.01
    )
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["model.npz"]


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_model_is_refused_with_a_word(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.npz"):
        TextClassifier.load(tmp_path / "model.npz")


def test_training_twice_makes_the_same_model(trained: Trained) -> None:
    again = train(made_up((*WORDS, OUT_OF_SCOPE))).classifier
    assert np.array_equal(again.dense, trained.classifier.dense)
    assert again.calibration == trained.classifier.calibration


def test_two_labels_and_a_text_without_a_vector_are_fine() -> None:
    classifier = train(made_up(("parcel", "refund"))).classifier
    guess = classifier.guess(["where is parcel number c"], np.zeros((1, 8), dtype=np.float32))[0]
    assert guess.label == "parcel"
    assert classifier.guess([], np.zeros((0, 8), dtype=np.float32)) == []


@pytest.mark.parametrize(
    ("labels", "each", "reason"),
    [(("parcel",), 5, "fewer than two labels"), (("parcel", "refund"), 1, "fewer than 2 phrases")],
)
def test_too_little_to_learn_from_is_said(labels: tuple[str, ...], each: int, reason: str) -> None:
    with pytest.raises(TooLittle, match=reason):
        train(made_up(labels, each))


def test_progress_ends_with_all_done() -> None:
    told: list[tuple[int, int]] = []
    train(made_up(each=8), progress=lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_folds_spread_each_label_and_take_each_row_once() -> None:
    labels = ["a"] * 8 + ["b"] * 4
    parts = folds(labels, 4)
    assert sorted(row for part in parts for row in part) == list(range(12))
    assert all(sum(labels[row] == "b" for row in part) == 1 for part in parts)


def test_confidence_says_how_often_it_is_right() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 3000)
    scores = random.normal(0, 1, (3000, 3))
    scores[np.arange(3000), truth] += 1.2
    fitted = calibration.fit(scores, truth, None)
    right = calibration.best(scores, None) == truth
    assert expected_error(reliability(fitted.confidence(scores, None), right)) < 0.03


def test_pieces_of_words_and_of_chinese() -> None:
    characters, words = pieces("where is 12345")
    assert pieces("where is 9") == (characters, words), "one number is as good as another"
    chinese, runs = pieces("退款")
    assert len(chinese) == 3
    assert len(runs) == 1
    assert len(cut("a" * 9000)) <= MAX_CHARACTERS + 1
    assert pieces("\ud800 ok")[1], "a lone surrogate does no harm"


def test_unknown_pieces_weigh_nothing() -> None:
    known = learn_pieces(["my parcel", "my refund"])
    assert isinstance(known, Pieces)
    places, weights = known.of("zzz qqq")
    assert len(places) == len(weights) == 0
    places, weights = known.of("my")
    assert len(places) > 0
    assert np.isfinite(weights).all()


def test_a_report_survives_being_stored(trained: Trained) -> None:
    some = made_up(each=6)
    report = measure(some.labels, trained.classifier.guess(some.texts, some.vectors))
    again = Report.from_json(report.to_json())
    assert list(again.lines()) == list(report.lines())
