"""Reading labelled phrases: CSV with `text,label`, or YAML with a list of phrases a label."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

MAX_BYTES: Final = 50_000_000
MAX_PHRASE: Final = 2000

_TEXT_NAMES: Final = ("text", "phrase", "utterance", "query", "review")
_LABEL_NAMES: Final = ("label", "intent", "category", "sentiment", "class")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as customers write it and what it means; where it was found."""

    text: str
    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be taken, and why. `line` counts from 1; 0: the whole file."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a file holds: the good rows, and those that are not."""

    phrases: tuple[Phrase, ...]
    bad: tuple[BadRow, ...]


def read_labelled(path: Path, known: frozenset[str] | None = None) -> Labelled:
    """Read a file by its ending (.csv, .tsv, .yml, .yaml). Never raises for what it holds.

    With `known`, other labels are bad rows. A phrase that stands twice with one label is read
    once; with two labels, the second is a bad row.
    """
    try:
        text = _text_of(path)
        rows = list(_yaml_rows(text) if path.suffix in (".yml", ".yaml") else _csv_rows(text, path))
    except ValueError as error:
        return Labelled((), (BadRow(path.name, 0, str(error)),))
    except OSError as error:
        return Labelled((), (BadRow(path.name, 0, error.strerror or str(error)),))
    good: dict[str, Phrase] = {}
    bad: list[BadRow] = []
    for line, phrase, label in rows:
        if reason := _fault(phrase, label, known, good):
            bad.append(BadRow(path.name, line, reason))
        else:
            good.setdefault(phrase.strip(), Phrase(phrase.strip(), label.strip(), path.stem))
    return Labelled(tuple(good.values()), tuple(bad))


def _text_of(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 1_000_000} MB")
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error


def _fault(
    phrase: str, label: str, known: frozenset[str] | None, good: dict[str, Phrase]
) -> str | None:
    phrase, label = phrase.strip(), label.strip()
    if not phrase:
        return "no text"
    if len(phrase) > MAX_PHRASE:
        return f"longer than {MAX_PHRASE} characters"
    if not label:
        return "no label"
    if known is not None and label not in known:
        return f"no intent is called {label!r}"
    if phrase in good and good[phrase].label != label:
        return f"labelled {label} here and {good[phrase].label} before"
    return None


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, str, str]]:
    delimiter = "\t" if path.suffix == ".tsv" else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    header = [name.strip().casefold() for name in next(rows, [])]
    at_text = next((header.index(name) for name in _TEXT_NAMES if name in header), None)
    at_label = next((header.index(name) for name in _LABEL_NAMES if name in header), None)
    if at_text is None or at_label is None:
        raise ValueError("the first line should name the columns: text,label")
    try:
        for row in rows:
            if not row:
                continue
            cells = [*row, *[""] * (len(header) - len(row))]
            yield rows.line_num, cells[at_text], cells[at_label]
    except csv.Error as error:
        raise ValueError(f"line {rows.line_num}: {error}") from error


def _yaml_rows(text: str) -> Iterator[tuple[int, str, str]]:
    """Phrases with their lines: `yaml.compose` keeps both, and takes "no" for what it says."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    if not isinstance(root, yaml.MappingNode):
        raise ValueError("should be a list of phrases for each label")
    for name, phrases in root.value:
        if not isinstance(phrases, yaml.SequenceNode):
            raise ValueError(f"line {name.start_mark.line + 1}: a label needs a list of phrases")
        for phrase in phrases.value:
            # A phrase with ": " in it is a mapping to YAML: its text is empty here, a bad row.
            said = phrase.value if isinstance(phrase, yaml.ScalarNode) else ""
            yield phrase.start_mark.line + 1, said, str(name.value)
