"""How well and how fast questions find their section: `python -m bench.knowledge`.

Counts tests/knowledge/faq.yml (six languages) and what is held out in questions.yml, against the
articles that come with the product; nothing of either is in the index. Times are CPU times.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.understanding.normalise import for_matching
from knowledge.chroma import ChromaStore
from knowledge.embedding import SentenceEmbedder
from knowledge.hybrid import THRESHOLD, HybridIndex
from knowledge.loader import load_articles
from knowledge.search import Hit
from knowledge.vectors import MemoryStore, VectorStore

T = TypeVar("T")
TESTS = Path(__file__).parent.parent / "tests" / "knowledge"
THRESHOLDS = (0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8)
Asked = Mapping[str, Mapping[str, Sequence[str]]]


def main() -> None:
    """Print recall, confidence, time and memory for vectors in memory and in embedded Chroma."""
    faq, questions = _read("faq.yml"), _read("questions.yml")
    embedder = SentenceEmbedder(cached=0)
    load = _cpu(lambda: embedder.embed_now(["warm"]))[1]
    _say(f"encoder loaded: {load:.2f} s CPU, {_megabytes():.0f} MB")
    index, took = _build(embedder, MemoryStore())
    _say(f"index in memory: {len(index.pieces.texts)} pieces, {took:.2f} s CPU")
    _recall("faq", faq["asked"], index)
    _recall("held out", questions["held_out"], index)
    _confidence(
        [faq["asked"], questions["held_out"]],
        [faq["foreign"], questions["held_out_refused"]],
        index,
    )
    _speed("memory", faq["asked"], index)
    with tempfile.TemporaryDirectory() as folder:
        before = _megabytes()
        chroma, took = _build(embedder, ChromaStore(Path(folder)))
        _say(f"index in Chroma: {took:.2f} s CPU, {_megabytes() - before:+.0f} MB with its import")
        _recall("faq", faq["asked"], chroma)
        _speed("Chroma", faq["asked"], chroma)


def _build(embedder: SentenceEmbedder, store: VectorStore) -> tuple[HybridIndex, float]:
    return _cpu(lambda: HybridIndex.build(load_articles(), embedder, store))


def _recall(name: str, asked: Asked, index: HybridIndex) -> None:
    ones, threes = [], []
    for locale, questions in asked.items():
        found = [
            (_finds(hits[:1], right), _finds(hits, right))
            for hits, right in _searched(questions, locale, index)
        ]
        one = statistics.mean(first for first, _ in found)
        three = statistics.mean(among for _, among in found)
        ones.append(one)
        threes.append(three)
        _say(f"  {name} {locale:5} n={len(found):3} recall@1 {one:.3f} @3 {three:.3f}")
    mean_one, mean_three = statistics.mean(ones), statistics.mean(threes)
    _say(f"  {name} mean        recall@1 {mean_one:.3f} @3 {mean_three:.3f}")


def _confidence(
    asked: Sequence[Asked], foreign: Sequence[Mapping[str, list[str]]], index: HybridIndex
) -> None:
    known = [
        (hits[0].confidence, _finds(hits[:1], right))
        for part in asked
        for locale, questions in part.items()
        for hits, right in _searched(questions, locale, index)
    ]
    others = [
        index.search(for_matching(text), locale)[0].confidence
        for part in foreign
        for locale, texts in part.items()
        for text in texts
    ]
    for threshold in THRESHOLDS:
        right = sum(sure >= threshold and good for sure, good in known) / len(known)
        wrong = sum(sure >= threshold and not good for sure, good in known) / len(known)
        told = sum(sure >= threshold for sure in others) / len(others)
        mark = "  <- in use" if threshold == THRESHOLD else ""
        _say(
            f"  confidence {threshold}: right {right:.3f}, wrong {wrong:.3f}, "
            f"of other subjects answered {told:.3f}{mark}"
        )


def _speed(name: str, asked: Asked, index: HybridIndex) -> None:
    times = [
        _cpu(lambda text=text, locale=locale: index.answer(for_matching(text), locale))[1] * 1000  # type: ignore[misc]  # bound here, for the loop moves on
        for locale, questions in asked.items()
        for text in questions
    ]
    nineties = statistics.quantiles(times, n=20)[-1]
    _say(
        f"  a question, {name}: {statistics.median(times):.1f} ms CPU median, {nineties:.1f} ms p95"
    )


def _searched(
    questions: Mapping[str, Sequence[str]], locale: str, index: HybridIndex
) -> Iterator[tuple[Sequence[Hit], Sequence[str]]]:
    for question, right in questions.items():
        yield index.search(for_matching(question), locale), right


def _finds(hits: Sequence[Hit], right: Sequence[str]) -> bool:
    return any(f"{hit.section.article_id}#{hit.section.number}" in right for hit in hits)


def _cpu(work: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def _megabytes() -> float:
    """Resident memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 1e6


def _read(name: str) -> Any:
    return yaml.safe_load((TESTS / name).read_text("utf-8"))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
