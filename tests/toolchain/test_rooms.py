"""The map of the house names every room."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_part_of_the_backend_stands_on_the_map() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rooms = text[text.index("## Rooms") : text.index("## The database")]
    named = set(re.findall(r"`(?:backend/)?([a-z_]+)(?:\.py|/)?`", rooms))
    named |= set(re.findall(r"[a-z_]+", rooms[rooms.index("Domains, upper") :]))
    missing = {name for name in _parts() if name not in named}
    assert not missing


def _parts() -> set[str]:
    backend = ROOT / "backend"
    files = {file.stem for file in backend.glob("*.py")}
    folders = {inside.parent.name for inside in backend.glob("*/__init__.py")}
    return {
        name
        for name in files | folders
        if name != "__init__" and not name.endswith("_commands")  # told together
    }
