"""What comes with the product: phrases for every intent, models made of them, and their shelf."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.understanding.intents import LEADS
from bot.understanding.models.calibration import OUT_OF_SCOPE
from bot.understanding.models.classifier import TextClassifier
from bot.understanding.models.labelled import read_labelled
from bot.understanding.models.shelf import LOOK_EVERY, CurrentModel, Shelf, UnknownVersion
from bot.understanding.models.shipped import (
    KINDS,
    SEEDS,
    fingerprint,
    seed_phrases,
    shipped_model,
    shipped_path,
)
from knowledge.embedding import shared_embedder

INTENTS = {
    name
    for group in yaml.safe_load((SEEDS / "intents.yml").read_text("utf-8")).values()
    for name in group
}
MANY, SOME = 25, 8


@pytest.mark.parametrize("kind", KINDS)
def test_models_are_made_of_the_phrases_as_they_are_now(kind: str) -> None:
    assert shipped_model(kind).about["seeds"] == fingerprint(kind), "run: python -m tools.models"
    assert shipped_path(kind).stat().st_size < 3_000_000


def test_every_intent_has_phrases_and_leads_somewhere() -> None:
    assert set(LEADS) == INTENTS
    for locale, least in (
        *((one, MANY) for one in ("zh", "en")),
        *((one, SOME) for one in ("es", "de", "fr", "ja")),
    ):
        read = read_labelled(SEEDS / f"{locale}.yml", frozenset({*INTENTS, OUT_OF_SCOPE}))
        assert read.bad == ()
        counts = Counter(one.label for one in read.phrases)
        assert {name for name in INTENTS if counts[name] < least} == set(), locale


def test_it_was_right_on_phrases_left_out() -> None:
    told = Shelf(Path("nowhere"), "nlu").report("shipped")
    assert told["accuracy"] > 0.87
    assert told["outside_recall"] > 0.9
    assert told["calibration_error"] < 0.05


def test_feelings_are_told_apart() -> None:
    texts = ["I absolutely love it", "where is my parcel", "这质量太垃圾了，气死我了"]
    guesses = shipped_model("sentiment").guess(texts, shared_embedder().embed_now(texts))
    assert [guess.label for guess in guesses] == ["positive", "neutral", "negative"]


def a_model(name: str) -> TextClassifier:
    shipped = shipped_model("sentiment")
    parts = {part: getattr(shipped, part) for part in shipped.__slots__}
    return TextClassifier(**{**parts, "about": {"version": name}})


def test_a_running_process_follows_the_pointer_and_back(tmp_path: Path) -> None:
    now = 0.0
    shelf = Shelf(tmp_path, "sentiment")
    current = CurrentModel(shelf, lambda: now)
    assert current().about["version"] == "shipped"
    shelf.store("first", a_model("first"), {"accuracy": 0.5})
    shelf.activate("first")
    assert current().about["version"] == "shipped", "it looks every few seconds only"
    now += LOOK_EVERY
    assert current().about["version"] == "first"
    assert shelf.roll_back() == "shipped"
    now += LOOK_EVERY
    assert current().about["version"] == "shipped"
    assert [(one.name, one.active) for one in shelf.versions()] == [
        ("shipped", True),
        ("first", False),
    ]


def test_a_broken_version_leaves_the_one_before_in_use(tmp_path: Path) -> None:
    now = 0.0
    shelf = Shelf(tmp_path, "sentiment")
    shelf.store("good", a_model("good"), {})
    shelf.activate("good")
    current = CurrentModel(shelf, lambda: now)
    assert current().about["version"] == "good"
    (tmp_path / "models/sentiment/bad").mkdir()
    (tmp_path / "models/sentiment/bad/model.npz").write_bytes(b"broken")
    (tmp_path / "models/sentiment/active").write_text("bad")
    now += LOOK_EVERY
    assert current().about["version"] == "good"


@pytest.mark.parametrize("name", ["", "../up", "shipped", "a/b", ".hidden", "x" * 80])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path, "nlu")
    with pytest.raises(ValueError, match="cannot be"):
        shelf.store(name, a_model("x"), {})
    if name != "shipped":
        with pytest.raises(UnknownVersion):
            shelf.activate(name)


def test_nothing_before_cannot_be_rolled_back_to(tmp_path: Path) -> None:
    with pytest.raises(UnknownVersion):
        Shelf(tmp_path, "nlu").roll_back()


def test_seeds_hold_no_phrase_under_two_intents() -> None:
    found: dict[str, str] = {}
    for phrase in seed_phrases("nlu"):
        assert found.setdefault(phrase.text, phrase.label) == phrase.label, phrase


async def test_the_encoder_serves_many_at_once() -> None:
    embed = shared_embedder().embed
    rows = await asyncio.gather(*(embed([f"order {number}"]) for number in range(20)))
    assert all(row.shape == (1, 512) for row in rows)
