"""`aftercare converse`: plays conversations and tells what came of them."""

from __future__ import annotations

import asyncio
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typer

from backend.kit.errors import Invalid
from backend.replay.coverage import Coverage, flows_offered
from backend.replay.house_world import HouseWorld
from backend.replay.player import Player
from backend.replay.script import Script
from backend.replay.shop import (
    build_shop,
    files_of,
    has_changes,
    open_shop,
    shop_clock,
    shop_for,
)
from backend.replay.telling import Teller, TurnTold, to_lines
from templates_i18n.catalog import Catalog

MARK: Final = "✗ "


def converse(
    file: Path, *, understanding: str, locale: str, customer: str, shop: Path | None, as_json: bool
) -> bool:
    """Play one conversation and print its turns; whether all went as the file expects."""
    script = Script.read(file, locale=locale, customer=customer)
    with _built(shop or shop_for(file.parent)) as (folder, used):
        turns, mismatches = asyncio.run(_replay(script, folder, used, understanding))
    if as_json:
        document = {"turns": [asdict(turn) for turn in turns], "mismatches": mismatches}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
    else:
        typer.echo(f"{script.title} ({script.locale}, {script.customer or 'anonymous'})")
        for turn in turns:
            typer.echo("\n".join(to_lines(turn)))
        for mismatch in mismatches:
            typer.echo(MARK + mismatch)
    return not mismatches


def cover(
    folder: Path, *, understanding: str, locale: str, shop: Path | None, as_json: bool
) -> bool:
    """Play all conversations of a folder and print what none visits; whether no step is left."""
    shop = shop or shop_for(folder)
    files = sorted(set(folder.glob("*.yml")) - set(files_of(shop)))
    if not files:
        raise Invalid("no_conversations", f"{folder} holds no conversations (*.yml)")
    failed: list[str] = []
    with _built(shop) as (built, used):
        flows = flows_offered(has_changes(used))
        total = Coverage(flows)
        for file in files:
            one = Coverage(flows)
            script = Script.read(file, locale=locale)
            turns, mismatches = asyncio.run(_replay(script, built, used, understanding, one))
            one.said(shown.key for turn in turns for shown in turn.replies)
            total.add(one)
            failed += mismatches
    _print_coverage(total, len(files), failed, as_json=as_json)
    return not total.unvisited() and not failed


async def _replay(
    script: Script,
    built: Path,
    shop: Path | None,
    understanding: str,
    observer: Coverage | None = None,
) -> tuple[Sequence[TurnTold], list[str]]:
    """The turns of one conversation on a copy of the shop, and where they differ from the file."""
    with tempfile.TemporaryDirectory(prefix="aftercare-replay-") as folder:
        _copy(built, Path(folder))
        clock = shop_clock(shop)
        house = open_shop(Path(folder), shop, clock, observer=observer, understanding=understanding)
        try:
            world = HouseWorld(script, house, clock)
            teller = Teller(world)
            player = Player(script, world, forgives=True, after=teller.after)
            await player.play()
            return teller.turns, [str(mismatch) for mismatch in player.mismatches]
        finally:
            await house.close()


def _copy(built: Path, folder: Path) -> None:
    for file in built.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())


@contextmanager
def _built(shop: Path | None) -> Iterator[tuple[Path, Path | None]]:
    """A folder with the shop, gone afterwards. What the house logs meanwhile is not shown."""
    logging.disable(logging.WARNING)
    try:
        with tempfile.TemporaryDirectory(prefix="aftercare-shop-") as folder:
            yield build_shop(Path(folder), shop), shop
    finally:
        logging.disable(logging.NOTSET)


def _print_coverage(
    coverage: Coverage, files: int, failed: Sequence[str], *, as_json: bool
) -> None:
    unsaid = coverage.unsaid(Catalog.load().keys("en"))
    if as_json:
        document: dict[str, Any] = {
            "conversations": files,
            "steps": [asdict(step) for step in coverage.steps()],
            "unvisited": coverage.unvisited(),
            "unsaid": unsaid,
            "mismatches": list(failed),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{files} conversations")
    for step in coverage.steps():
        counts = ", ".join(f"{name} {count}" for name, count in step.outcomes.items()) or "never"
        missing = f"   {MARK}{', '.join(step.missing)}" if step.missing else ""
        typer.echo(f"{step.flow:16} {step.step:26} {counts}{missing}")
    typer.echo(f"messages no conversation led to: {', '.join(unsaid) or 'none'}")
    for mismatch in failed:
        typer.echo(MARK + mismatch)
