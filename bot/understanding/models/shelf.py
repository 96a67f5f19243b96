"""A shop's own models: `DATA/models/<kind>/<version>/model.npz` with `report.json`, and a pointer
file `active` that names the version in use; without one, the shipped model is used.

A running process sees a new pointer within seconds: it looks at the file's time, no more.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.understanding.models.classifier import ModelError, TextClassifier
from bot.understanding.models.shipped import shipped_model, shipped_path

SHIPPED_VERSION: Final = "shipped"
LOOK_EVERY: Final = 2.0
"""Seconds between two looks at the pointer."""

_ACTIVE: Final = "active"
_BEFORE: Final = "before"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """A trained version and its report."""

    name: str
    active: bool
    report: Mapping[str, Any]


class UnknownVersion(ValueError):
    """No model of this name lies here."""


class Shelf:
    """The versions of one kind of model in a data folder."""

    def __init__(self, data_dir: Path, kind: str) -> None:
        self.kind = kind
        self.home = data_dir / "models" / kind

    def store(
        self,
        name: str,
        model: TextClassifier,
        report: Mapping[str, Any],
        more: Mapping[str, Any] | None = None,
    ) -> Path:
        """Keep a version with its report, and `more` to tell of it in a file beside. Raises
        ValueError for a name that is none or taken."""
        self.check_free(name)
        folder = self.home / name
        folder.mkdir(parents=True)
        for file, told in (
            ("report.json", report),
            ("about.json", {**model.about, **(more or {})}),
        ):
            _write(folder / file, json.dumps(told, indent=1, ensure_ascii=False))
        model.save(folder / "model.npz")
        return folder

    def check_free(self, name: str) -> None:
        """Raise ValueError for a name that no new version can have."""
        if not _NAME.fullmatch(name) or name == SHIPPED_VERSION:
            raise ValueError(f"{name!r} cannot be a version's name")
        if (self.home / name).exists():
            raise ValueError(f"there is a version {name} already")

    def versions(self) -> list[Version]:
        """All versions, the shipped one first, then by name."""
        active = self.active()
        names = [model.parent.name for model in sorted(self.home.glob("*/model.npz"))]
        return [Version(one, one == active, self.report(one)) for one in (SHIPPED_VERSION, *names)]

    def report(self, name: str) -> Mapping[str, Any]:
        """The cross-validated report stored with a version; empty without one."""
        shipped = shipped_path(self.kind).with_suffix(".json")
        path = shipped if name == SHIPPED_VERSION else self.home / name / "report.json"
        told: Mapping[str, Any] = json.loads(_read(path) or "{}")
        return told

    def active(self) -> str:
        """The version in use."""
        return _read(self.home / _ACTIVE) or SHIPPED_VERSION

    def load(self, name: str) -> TextClassifier:
        """The model of a version. Raises UnknownVersion, ModelError."""
        if name == SHIPPED_VERSION:
            return shipped_model(self.kind)
        path = self.home / name / "model.npz"
        if not _NAME.fullmatch(name) or not path.exists():
            raise UnknownVersion(f"there is no version {name}")
        return TextClassifier.load(path)

    def activate(self, name: str) -> None:
        """Use this version from now on, here and in running processes. Raises what `load` does."""
        self.load(name)
        before = self.active()
        if before == name:
            return
        self.home.mkdir(parents=True, exist_ok=True)
        _write(self.home / _BEFORE, before)
        _write(self.home / _ACTIVE, name)

    def roll_back(self) -> str:
        """Use the version that was in use before; gives its name. Raises UnknownVersion."""
        before = _read(self.home / _BEFORE)
        if not before:
            raise UnknownVersion("no version was in use before")
        self.activate(before)
        return before

    def pointer_time(self) -> int:
        """When the pointer was last changed, in nanoseconds; 0 without one."""
        try:
            return (self.home / _ACTIVE).stat().st_mtime_ns
        except OSError:
            return 0


class CurrentModel:
    """The model in use, seen anew when the pointer changes. A version that cannot be loaded is
    logged once, and the one before stays in use."""

    def __init__(self, shelf: Shelf, clock: Callable[[], float] = time.monotonic) -> None:
        self._shelf, self._clock = shelf, clock
        self._seen = -1
        self._looked = float("-inf")
        self._model: TextClassifier | None = None

    def __call__(self) -> TextClassifier:
        """The model to use now."""
        now = self._clock()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            changed = self._shelf.pointer_time()
            if changed != self._seen:
                self._seen = changed
                self._take(self._shelf.active())
        return self._model or shipped_model(self._shelf.kind)

    def _take(self, name: str) -> None:
        try:
            self._model = self._shelf.load(name)
        except (ModelError, UnknownVersion) as error:
            log.error("model %s of %s is not used: %s", name, self._shelf.kind, error)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
