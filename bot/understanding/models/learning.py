"""Learning from a shop's own phrases, and comparing what was learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.models.calibration import OUT_OF_SCOPE
from bot.understanding.models.classifier import TextClassifier
from bot.understanding.models.labelled import BadRow, Phrase, read_labelled
from bot.understanding.models.report import Report, measure
from bot.understanding.models.shipped import examples_of, seed_phrases
from bot.understanding.models.training import Progress, TooLittle, Trained, train
from knowledge.embedding import Embedder


@dataclass(frozen=True, slots=True)
class Material:
    """What is to be learned: the shop's phrases, those of ours beside them, and the bad rows."""

    own: tuple[Phrase, ...]
    ours: tuple[Phrase, ...]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """A model, its cross-validated report, and the same for the shop's own phrases alone, if there
    are any."""

    model: TextClassifier
    report: Report
    own: Report | None


def gather(files: Sequence[Path], kind: str, *, alone: bool, new_labels: bool) -> Material:
    """Read the shop's files, and our phrases unless `alone`.

    A label that we don't have is a bad row unless `alone` or `new_labels`: most often it is
    misspelt. Of a phrase that both have, the shop's label holds.
    """
    ours = [] if alone else seed_phrases(kind)
    known = None if alone or new_labels else frozenset({one.label for one in ours} | {OUT_OF_SCOPE})
    own: dict[str, Phrase] = {}
    bad: list[BadRow] = []
    for file in files:
        read = read_labelled(file, known)
        bad.extend(read.bad)
        own.update({one.text: one for one in read.phrases})
    rest = tuple(one for one in ours if one.text not in own)
    return Material(tuple(own.values()), rest, tuple(bad))


def learn(
    material: Material, name: str, embedder: Embedder, progress: Progress | None = None
) -> Learned:
    """Train a version. Raises TooLittle."""
    phrases = [*material.own, *material.ours]
    if not phrases:
        raise TooLittle("no phrases")
    examples = examples_of(phrases, embedder)
    about = {"version": name, "phrases": len(phrases), "own_phrases": len(material.own)}
    trained: Trained = train(examples, about, progress)
    guesses = trained.classifier.guess_by(trained.unseen_scores)
    said = {one.text for one in material.own}
    # Empty for matching: not among the examples, as `examples_of` left it out.
    kept = examples.sources
    mine = [at for at, row in enumerate(kept) if phrases[row].text in said]
    own = None
    if mine and material.ours:
        own = measure([examples.labels[at] for at in mine], [guesses[at] for at in mine])
    return Learned(trained.classifier, measure(examples.labels, guesses), own)


def score(model: TextClassifier, phrases: Sequence[Phrase], embedder: Embedder) -> Report:
    """Measure a model on labelled phrases. Raises TooLittle for none."""
    examples = examples_of(phrases, embedder)
    if not examples.texts:
        raise TooLittle("no phrases")
    return measure(examples.labels, model.guess(examples.texts, examples.vectors))


def differences(before: Report, after: Report) -> Iterator[str]:
    """What changed from one report to another, the largest change of a label first."""
    for name in ("accuracy", "top3", "macro_f1", "coverage", "believed_right", "answered_right"):
        one, other = getattr(before, name), getattr(after, name)
        yield f"{name:<16} {one:.3f} -> {other:.3f}  {other - one:+.3f}"
    old = {label.label: label.f1 for label in before.by_label}
    changed = [(label.label, label.f1 - old.get(label.label, 0.0)) for label in after.by_label]
    for label, change in sorted(changed, key=lambda pair: -abs(pair[1])):
        if abs(change) >= 0.005:
            yield f"  F1 of {label:<24} {change:+.3f}"
