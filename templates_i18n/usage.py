"""Which template keys Python code mentions, read from its syntax trees.

A key is found by how it looks: a text literal `domain.name…` whose domain is a file of the
catalog. A literal that only begins a key (`f"refund.refused.{code}"`) is a dynamic key; its
family must be declared in `families.yml`, so that one can see from the texts which code says them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_BEGINNING = re.compile(r"[a-z0-9_]+\.([a-z0-9_]+\.)*[a-z0-9_]*")


@dataclass(slots=True)
class Usage:
    """Keys and beginnings of keys, each with the first place that mentions it (`file:line`)."""

    keys: dict[str, str] = field(default_factory=dict)
    beginnings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Families:
    """Declarations of `families.yml`.

    `built_in` maps a pattern of keys (`refund.refused.*`) to the file whose code builds them;
    `not_keys` are literals that look like keys and are something else.
    """

    built_in: dict[str, str] = field(default_factory=dict)
    not_keys: frozenset[str] = frozenset()

    def covers(self, key: str) -> bool:
        """Whether a declared pattern matches the key."""
        return any(fnmatchcase(key, pattern) for pattern in self.built_in)

    def covers_beginning(self, beginning: str) -> bool:
        """Whether keys that begin so are declared: the pattern starts with the same words."""
        return any(pattern.split("*")[0] == beginning for pattern in self.built_in)


def read_families(file: Path) -> Families:
    """Read `families.yml`; an absent file declares nothing. Raises ValueError naming the fault."""
    if not file.exists():
        return Families()
    try:
        tree = yaml.safe_load(file.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{file.name}: {' '.join(str(error).split())}") from error
    if unknown := set(tree) - {"families", "not_keys"}:
        raise ValueError(f"{file.name}: unknown entry {', '.join(sorted(unknown))}")
    built_in, not_keys = tree.get("families") or {}, tree.get("not_keys") or []
    if not isinstance(built_in, dict) or not isinstance(not_keys, list):
        raise ValueError(f"{file.name}: families is a mapping, not_keys a list")
    return Families(built_in, frozenset(not_keys))


def scan(root: Path, rooms: Iterable[str], domains: frozenset[str]) -> Usage:
    """Find the keys of `domains` in the Python files of `rooms`, folders below `root`."""
    usage = Usage()
    for room in rooms:
        for file in sorted((root / room).rglob("*.py")):
            tree = ast.parse(file.read_text("utf-8"))
            for text, line, partial in _literals(tree):
                if text.partition(".")[0] not in domains:
                    continue
                place = f"{file.relative_to(root)}:{line}"
                if not partial and _KEY.fullmatch(text):
                    usage.keys.setdefault(text, place)
                elif _BEGINNING.fullmatch(text):
                    usage.beginnings.setdefault(text, place)
    return usage


def _literals(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Text literals: the text, its line, and whether it is only the beginning of an f-string."""
    pieces: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                pieces.update(id(value) for value in node.values)
                yield text, node.lineno, True
            case ast.Constant(value=str(text)) if id(node) not in pieces:
                yield text, node.lineno, False
