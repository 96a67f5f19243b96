"""Conversations of a shop that lets orders be changed, through the whole house."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from backend.replay import house_world, shop
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
SHOP = FOLDER / "shop.yml"
POLICY = FOLDER / "changes.yml"
FILES = sorted(file for file in FOLDER.glob("*.yml") if file not in (SHOP, POLICY))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return shop.build_shop(tmp_path_factory.mktemp("changing"), SHOP)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
async def test_in_a_shop_with_changes(file: Path, built: Path, tmp_path: Path) -> None:
    script = await asyncio.to_thread(Script.read, file)
    await asyncio.to_thread(shutil.copytree, built, tmp_path, dirs_exist_ok=True)
    clock = shop.shop_clock(SHOP)
    house = shop.open_shop(tmp_path, SHOP, clock)
    world = house_world.HouseWorld(script, house, clock, deliveries=2)
    try:
        await Player(script, world).play()
    finally:
        await house.close()
