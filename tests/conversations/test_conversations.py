"""Plays every golden conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.fake_world import FakeWorld
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
FILES = sorted(file for file in FOLDER.glob("*.yml") if file.name != "shop.yml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
async def test_with_the_bot_alone(file: Path) -> None:
    script = Script.read(file)
    await Player(script, FakeWorld(script)).play()


def test_there_are_enough_of_both_languages() -> None:
    scripts = [Script.read(file) for file in FILES]
    assert len(scripts) >= 40
    chinese = sum(script.locale.startswith("zh") for script in scripts)
    assert chinese >= len(scripts) / 2
    assert len({script.title for script in scripts}) == len(scripts)
