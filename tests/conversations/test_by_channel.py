"""Golden conversations by each channel, every call delivered twice: the same tickets by all.

What a channel could carry differently (photos, links, edits, voice, several picks, news that nobody
asked for) goes by all of them; of words and single buttons alone every second conversation goes by
one, in turn: a channel costs some hundred milliseconds a conversation.
"""

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
SPECIAL = {"sends", "opens", "edits", "sends_voice", "presses", "approves", "rejects", "old"}


def is_special(script: Script) -> bool:
    """Whether more than words and single buttons goes through the channel."""
    several = any(isinstance(step.get("picks"), list) for step in script.steps)
    long = any(isinstance(step.get("customer"), dict) for step in script.steps)
    return several or long or any(SPECIAL & set(step) for step in script.steps)


def _played() -> list[tuple[str, str]]:
    channels, none = list(WORLDS), [""] * len(WORLDS)
    in_turn = [*channels, *none]
    played = []
    for number, (name, script) in enumerate(SCRIPTS.items()):
        chosen = channels if is_special(script) else [in_turn[number % len(in_turn)]]
        played += [(one, name) for one in chosen if one and WORLDS[one].can_play(script)]
    return played


PLAYED = _played()


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


def test_each_channel_plays_many() -> None:
    for channel, world in WORLDS.items():
        assert sum(played == channel for played, _ in PLAYED) >= len(SCRIPTS) // 4
        playable = sum(world.can_play(script) for script in SCRIPTS.values())
        assert playable >= len(SCRIPTS) * 3 // 4
