"""Golden conversations by each channel, every call delivered twice: the same tickets by all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conversations.channel_worlds import WORLDS
from tests.conversations.house_world import build_shop
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
SCRIPTS = {
    file.stem: Script.read(file) for file in sorted(FOLDER.glob("*.yml")) if file.name != "shop.yml"
}
PLAYED = [
    (channel, name)
    for channel, world in WORLDS.items()
    for name, script in SCRIPTS.items()
    if world.can_play(script)
]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return build_shop(tmp_path_factory.mktemp("shop"))


@pytest.mark.parametrize(("channel", "name"), PLAYED)
async def test_by_channel(channel: str, name: str, built: Path, tmp_path: Path) -> None:
    world = await asyncio.to_thread(WORLDS[channel], SCRIPTS[name], built, tmp_path)
    await world.begin()
    await Player(SCRIPTS[name], world).play()
    await world.close()


def test_most_can_be_played_by_all() -> None:
    for channel in WORLDS:
        assert sum(played == channel for played, _ in PLAYED) >= len(SCRIPTS) * 3 // 4
