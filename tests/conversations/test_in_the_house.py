"""Plays every golden conversation through the whole house, every message delivered twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conversations.house_world import HouseWorld, build_shop
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
FILES = sorted(file for file in FOLDER.glob("*.yml") if file.name != "shop.yml")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return build_shop(tmp_path_factory.mktemp("shop"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
async def test_in_the_whole_house(file: Path, built: Path, tmp_path: Path) -> None:
    script = await asyncio.to_thread(Script.read, file)
    world = HouseWorld(script, built, tmp_path)
    await Player(script, world).play()
    await world.close()
