"""The models that come with the product: made from our own phrases, so that a first start trains
nothing. `python -m tools.models` makes them anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from bot.understanding.models.classifier import FORMAT, TextClassifier
from bot.understanding.models.labelled import Phrase, read_labelled
from bot.understanding.models.report import measure
from bot.understanding.models.training import Examples, Progress, Trained, train
from bot.understanding.normalise import for_matching
from knowledge.embedding import Embedder, shared_embedder

SEEDS: Final = Path(__file__).parents[1] / "seeds"
TRAINED: Final = Path(__file__).parent / "trained"
KINDS: Final = ("nlu", "sentiment")
"""What is classified: what customers want, and how they feel. Each has a folder of phrases."""

_FOLDERS: Final = {"nlu": SEEDS, "sentiment": SEEDS / "sentiment"}
_INTENTS: Final = "intents.yml"


def seed_phrases(kind: str) -> list[Phrase]:
    """The phrases a shipped model is made of. Raises ValueError for a seed that is not one."""
    found: list[Phrase] = []
    for file in _seed_files(kind):
        read = read_labelled(file)
        if read.bad:
            first = read.bad[0]
            raise ValueError(f"{first.file}:{first.line}: {first.reason}")
        found.extend(read.phrases)
    return found


def fingerprint(kind: str) -> str:
    """Of the phrases and of the format: a model with another one was made of others."""
    digest = hashlib.sha256(f"{FORMAT}\n".encode())
    for file in _seed_files(kind):
        digest.update(file.name.encode())
        # Whatever ends the lines where it was checked out.
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def shipped_path(kind: str) -> Path:
    """Where a shipped model lies."""
    return TRAINED / f"{kind}.npz"


@lru_cache(maxsize=len(KINDS))
def shipped_model(kind: str) -> TextClassifier:
    """A shipped model, loaded once. Raises ModelError."""
    return TextClassifier.load(shipped_path(kind))


def examples_of(phrases: Sequence[Phrase], embedder: Embedder) -> Examples:
    """Phrases as a classifier learns them. What is empty for matching teaches nothing."""
    texts = [for_matching(phrase.text) for phrase in phrases]
    kept = [at for at, text in enumerate(texts) if text]
    vectors = embedder.embed_now([texts[at] for at in kept])
    return Examples([texts[at] for at in kept], vectors, [phrases[at].label for at in kept], kept)


def make(kind: str, progress: Progress | None = None) -> Trained:
    """Train the model of our own phrases; write it and its cross-validated report where they are
    shipped from."""
    examples = examples_of(seed_phrases(kind), shared_embedder())
    trained = train(examples, {"version": "shipped", "seeds": fingerprint(kind)}, progress)
    trained.classifier.save(shipped_path(kind))
    report = measure(examples.labels, trained.classifier.guess_by(trained.unseen_scores))
    written = json.dumps(report.to_json(), indent=1)
    shipped_path(kind).with_suffix(".json").write_text(f"{written}\n", "utf-8")
    return trained


def _seed_files(kind: str) -> list[Path]:
    files = sorted(_FOLDERS[kind].glob("*.yml"))
    return [file for file in files if file.name != _INTENTS]
