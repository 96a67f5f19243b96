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


@dataclass(frozen=True, slots=True)
class Call:
    """A call that says a key with params written out beside it, and where (`file:line`)."""

    key: str
    params: frozenset[str]
    place: str


@dataclass(slots=True)
class Usage:
    """Keys and beginnings of keys, each with the first place that mentions it (`file:line`), and
    the calls that give a key its params."""

    keys: dict[str, str] = field(default_factory=dict)
    beginnings: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Families:
    """Declarations of `families.yml`.

    `built_in` maps a pattern of keys (`refund.refused.*`) to the file whose code builds them;
    `silent` are folders and files that tell customers nothing: literals there that look like keys
    name something else.
    """

    built_in: dict[str, str] = field(default_factory=dict)
    silent: tuple[str, ...] = ()

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
    if unknown := set(tree) - {"families", "silent"}:
        raise ValueError(f"{file.name}: unknown entry {', '.join(sorted(unknown))}")
    built_in, silent = tree.get("families") or {}, tree.get("silent") or []
    if not isinstance(built_in, dict) or not isinstance(silent, list):
        raise ValueError(f"{file.name}: families is a mapping, silent a list")
    return Families(built_in, tuple(silent))


def scan(root: Path, rooms: Iterable[str], domains: frozenset[str], silent: Iterable[str]) -> Usage:
    """Find the keys of `domains` in the Python files of `rooms`, folders below `root`.

    What lies in `silent`, folders or files below `root`, is left out.
    """
    usage = Usage()
    left_out = [root / name for name in silent]
    for room in rooms:
        for file in sorted((root / room).rglob("*.py")):
            if any(file.is_relative_to(path) for path in left_out):
                continue
            _note(usage, file, file.relative_to(root), domains)
    return usage


def _note(usage: Usage, file: Path, name: Path, domains: frozenset[str]) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (said := _said(node)):
            key, params = said
            if key.partition(".")[0] in domains:
                usage.calls.append(Call(key, params, f"{name}:{node.lineno}"))
    for text, line, partial in _literals(tree):
        if text.partition(".")[0] not in domains:
            continue
        if not partial and _KEY.fullmatch(text):
            usage.keys.setdefault(text, f"{name}:{line}")
        elif _BEGINNING.fullmatch(text):
            usage.beginnings.setdefault(text, f"{name}:{line}")


def _said(call: ast.Call) -> tuple[str, frozenset[str]] | None:
    """Key and names of params of `Reply("key", {"name": …})`, `text("key", locale, {…})` and the
    like; None when one of them is not written out. `Reply("key")` alone gives no params."""
    keys = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    found = [key for key in keys if isinstance(key, str) and _KEY.fullmatch(key)]
    if len(found) != 1:
        return None
    mappings = [arg for arg in call.args if isinstance(arg, ast.Dict)]
    if len(mappings) == 1:
        names = [
            name.value if isinstance(name, ast.Constant) else None for name in mappings[0].keys
        ]
        written_out = all(isinstance(name, str) for name in names)
        return (found[0], frozenset(map(str, names))) if written_out else None
    bare = isinstance(call.func, ast.Name) and call.func.id == "Reply"
    return (found[0], frozenset()) if bare and len(call.args) == 1 else None


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
