"""What a visitor and a person of the shop download first; sizes are part of the promise."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KIB = 1024


def first_load(folder: Path, entry: str) -> Iterator[Path]:
    """The entry's script, all it imports at once, and their style sheets."""
    manifest: dict[str, Any] = json.loads((folder / ".vite" / "manifest.json").read_text())
    waiting, seen = [entry], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        chunk = manifest[name]
        yield folder / chunk["file"]
        yield from (folder / file for file in chunk.get("css", ()))
        waiting += chunk.get("imports", ())


def packed(file: Path) -> int:
    return len(gzip.compress(file.read_bytes(), 9))


def brotli(file: Path) -> int:
    """The build has written it beside the file."""
    return file.with_name(file.name + ".br").stat().st_size


def test_the_loader_is_two_kilobytes(built: Path) -> None:
    assert packed(built / "widget" / "loader.js") <= 2 * KIB


def test_the_widget_opens_with_little(built: Path) -> None:
    widget = built / "widget"
    files = [*first_load(widget, "frame.html"), *first_load(widget, "src/frame/texts/zh.ts")]
    scripts = {file for file in files if file.suffix == ".js"}
    assert sum(map(packed, scripts)) <= 16 * KIB
    assert sum(map(brotli, set(files))) <= 16.5 * KIB


def test_the_desks_first_load(built: Path) -> None:
    scripts = {file for file in first_load(built / "desk", "index.html") if file.suffix == ".js"}
    assert sum(map(brotli, scripts)) <= 250 * KIB


def test_every_script_and_style_is_packed_beforehand(built: Path) -> None:
    for file in built.rglob("*"):
        if file.suffix in {".js", ".css", ".html"}:
            assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == file.read_bytes()
            assert Path(f"{file}.br").is_file()
