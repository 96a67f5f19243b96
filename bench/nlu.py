"""Understanding on public data it was not trained on: `python -m bench.nlu --data FOLDER`.

The folder (or AFTERCARE_PUBLIC_DATA) holds `intents/` and `sentiment/`; what is missing is skipped
with a word. Every set is split once: a fifth of each label, drawn with a fixed seed, is held out;
the threshold is the product's constant and calibration sees the training part alone.

- banking77: all of the training part; and 10 examples an intent, drawn three times
- CLINC150: trained on `train` and `oos_train`, tested on `val` and `oos_val`
- JDDC: 123 labels of Chinese customers' questions; five folds instead of one fifth
- shop reviews (zh): trained on seven categories, tested on three others
- tweets: three classes; one model learns eight languages, tested on the validation part of es, de,
  fr, pt and ar
- training: 10,000 phrases drawn from what is learned for the intents, or our own where that is
  missing, from text to model: CPU time, and what it is on two cores
- one message: text to intent, cold cache, CPU time
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final

from bot.understanding.models.calibration import OUT_OF_SCOPE
from bot.understanding.models.labelled import Phrase
from bot.understanding.models.report import Report, measure
from bot.understanding.models.shipped import examples_of, seed_phrases, shipped_model
from bot.understanding.models.training import Trained, folds, train
from bot.understanding.normalise import for_matching
from knowledge.embedding import SentenceEmbedder, shared_embedder

SEED: Final = 7
HELD_OUT: Final = 0.2
FIFTHS: Final = 5
DRAWS: Final = 3
FEW: Final = 10
REVIEWS: Final = 30_000
"""Reviews that are learned, and at most as many a category that are tested."""
TWEETS: Final = ("spanish", "german", "french", "portuguese", "arabic")
UNSEEN_CATEGORIES: Final = 3
TRAINED: Final = 10_000
CORES: Final = 2
WITHOUT_DATA: Final = ("speed", "training")

Split = tuple[list[Phrase], list[Phrase]]


def main() -> None:
    """Run all measures, or those named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("AFTERCARE_PUBLIC_DATA"))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    given = parser.parse_args()
    for name, run in MEASURES.items():
        if given.names and name not in given.names:
            continue
        if given.data is None and name not in WITHOUT_DATA:
            _say(f"{name}: skipped, no folder of public data is given")
            continue
        try:
            run(Path(given.data or "."))
        except FileNotFoundError as error:
            _say(f"{name}: skipped, no {error.filename}")


def banking(data: Path) -> None:
    """All of the training part, then few examples."""
    learned, tested = _split(_csv(data / "intents/banking77_train.csv", "text", "category"))
    _measured("banking77", learned, tested)
    for draw in range(DRAWS):
        Random(draw).shuffle(learned)  # noqa: S311 - nothing secret
        _measured(f"banking77, {FEW} an intent, draw {draw + 1}", _few(learned, FEW), tested)


def clinc(data: Path) -> None:
    """In-scope accuracy and out-of-scope recall together."""
    _measured("CLINC150", _clinc(data, "train"), _clinc(data, "val"))


def jddc(data: Path) -> None:
    """Chinese customers' questions: each fifth once held out, as a fifth alone is few."""
    with (data / "intents/jddc_intent_dev.tsv").open(encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    examples = examples_of([Phrase(row[0], row[1]) for row in rows], shared_embedder())
    found = []
    for part in folds(examples.labels, FIFTHS):
        out = set(part)
        held = examples.part(part)
        rest = examples.part([row for row in range(len(examples.texts)) if row not in out])
        classifier = train(rest).classifier
        found.append(measure(held.labels, classifier.guess(held.texts, held.vectors)))
    mean, top3 = (
        sum(scores) / len(found)
        for scores in zip(*((r.accuracy, r.top3) for r in found), strict=True)
    )
    _say(f"JDDC, mean of {FIFTHS} fifths: accuracy {100 * mean:.2f} %, top 3 {100 * top3:.2f} %")


def reviews(data: Path) -> None:
    """Categories that were learned, and others."""
    rows = _rows(data / "sentiment/online_shopping_10_cats.dev.csv", ",")
    by_category: dict[str, list[Phrase]] = defaultdict(list)
    for row in rows:
        by_category[row["cat"]].append(Phrase(row["review"], row["label"]))
    names = sorted(by_category)
    Random(SEED).shuffle(names)  # noqa: S311 - nothing secret
    unseen, seen = names[:UNSEEN_CATEGORIES], names[UNSEEN_CATEGORIES:]
    learned = _some([one for name in seen for one in by_category[name]], REVIEWS)
    tested = [one for name in unseen for one in _some(by_category[name], REVIEWS // 10)]
    _measured(f"reviews of {', '.join(unseen)}, learned from others", learned, tested)


def tweets(data: Path) -> None:
    """Three classes; one model learns all languages there are; the mean of five."""
    home = data / "sentiment/umsab"
    embedder = shared_embedder()
    folders = sorted(one for one in home.iterdir() if one.is_dir())
    learned = [one for folder in folders for one in _tweets_of(folder, "train")]
    classifier = train(examples_of(learned, embedder)).classifier
    scores = []
    for language in TWEETS:
        held = examples_of(_tweets_of(home / language, "val"), embedder)
        report = measure(held.labels, classifier.guess(held.texts, held.vectors))
        scores.append(report.macro_f1)
        _say(f"tweets, {language}: macro-F1 {report.macro_f1:.3f}")
    _say(f"tweets: mean macro-F1 {sum(scores) / len(scores):.3f}")


def speed(_: Path) -> None:
    """One message at a time, none seen before."""
    began = time.process_time()
    embedder, model = SentenceEmbedder(), shipped_model("nlu")
    embedder.embed_now(["warm"])
    _say(f"load: {time.process_time() - began:.2f} s CPU")
    texts = [f"{said} {number}" for number in range(100) for said in _SAID]
    took = []
    for text in texts:
        began = time.process_time()
        plain = for_matching(text)
        model.guess([plain], embedder.embed_now([plain]))
        took.append(time.process_time() - began)
    took.sort()
    half, most = took[len(took) // 2], took[len(took) * 95 // 100]
    _say(f"one message: p50 {half * 1e3:.2f} ms, p95 {most * 1e3:.2f} ms CPU")


_SAID: Final = (
    "the kettle I bought last week arrived broken and the box was wet, what now",
    "我上周买的水壶到了，一打开就发现盖子碎了，怎么处理",
    "hola, ¿dónde está mi pedido? dijeron que llegaba ayer",
)


def training(data: Path) -> None:
    """How long 10,000 phrases take, encoding and calibration included."""
    try:
        learned = _clinc(data, "train")
    except FileNotFoundError:
        learned = seed_phrases("nlu")
        # Each phrase differs, so that the encoder has all of them to do.
        learned = [replace(one, text=f"{one.text} {at}") for at in (1, 2) for one in learned]
    phrases = _some(learned, TRAINED)
    embedder = SentenceEmbedder()
    embedder.embed_now(["warm"])
    wall, cpu = time.monotonic(), time.process_time()
    examples = examples_of(phrases, embedder)
    encoded = time.process_time() - cpu
    train(examples)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    labels = len({one.label for one in phrases})
    _say(
        f"training: {len(phrases)} phrases of {labels} labels: {cpu:.0f} s CPU, {encoded:.0f} s of "
        f"them encoding; {cpu / CORES:.0f} s on {CORES} cores; {wall:.0f} s by the clock at a load "
        f"of {os.getloadavg()[0]:.1f}"
    )


def _measured(name: str, learned: Sequence[Phrase], tested: Sequence[Phrase]) -> Report:
    """Train, test, print."""
    embedder = shared_embedder()
    wall, cpu = time.monotonic(), time.process_time()
    trained: Trained = train(examples_of(learned, embedder))
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    held = examples_of(tested, embedder)
    report = measure(held.labels, trained.classifier.guess(held.texts, held.vectors))
    _say(f"{name}: learned {len(learned)} phrases in {wall:.0f} s ({cpu:.0f} s CPU)")
    for line in list(report.lines())[: 4 if report.outside_recall is not None else 3]:
        _say(f"  {line}")
    return report


def _clinc(data: Path, part: str) -> list[Phrase]:
    """A part of CLINC150 with its out-of-scope phrases."""
    with (data / "intents/clinc150_dev.json").open(encoding="utf-8") as file:
        parts = json.load(file)
    within = [Phrase(text, label) for text, label in parts[part]]
    return [*within, *(Phrase(text, OUT_OF_SCOPE) for text, _ in parts[f"oos_{part}"])]


def _split(phrases: Sequence[Phrase]) -> Split:
    """A fifth of each label held out."""
    learned: list[Phrase] = []
    tested: list[Phrase] = []
    random = Random(SEED)  # noqa: S311 - nothing secret
    for same in _by_label(phrases).values():
        random.shuffle(same)
        cut = round(len(same) * HELD_OUT)
        tested.extend(same[:cut])
        learned.extend(same[cut:])
    return learned, tested


def _few(phrases: Sequence[Phrase], count: int) -> list[Phrase]:
    return [one for same in _by_label(phrases).values() for one in same[:count]]


def _some(phrases: Sequence[Phrase], count: int) -> list[Phrase]:
    drawn = list(phrases)
    Random(SEED).shuffle(drawn)  # noqa: S311 - nothing secret
    return drawn[:count]


def _by_label(phrases: Sequence[Phrase]) -> dict[str, list[Phrase]]:
    found: dict[str, list[Phrase]] = defaultdict(list)
    for one in phrases:
        found[one.label].append(one)
    return found


def _tweets_of(folder: Path, part: str) -> list[Phrase]:
    texts = (folder / f"{part}_text.txt").read_text("utf-8").splitlines()
    labels = (folder / f"{part}_labels.txt").read_text("utf-8").splitlines()
    return [Phrase(text, label) for text, label in zip(texts, labels, strict=True)]


def _csv(path: Path, text: str, label: str) -> list[Phrase]:
    return [Phrase(row[text], row[label]) for row in _rows(path, ",")]


def _rows(path: Path, delimiter: str) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


MEASURES: Final[dict[str, Callable[[Path], None]]] = {
    "speed": speed,
    "training": training,
    "banking": banking,
    "jddc": jddc,
    "clinc": clinc,
    "reviews": reviews,
    "tweets": tweets,
}

if __name__ == "__main__":
    main()
