"""Plays every golden conversation with the bot alone, and looks at what they visit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.replay.coverage import Coverage, flows_offered
from tests.conversations.fake_world import FakeWorld
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
FILES = sorted(file for file in FOLDER.glob("*.yml") if file.name != "shop.yml")

FLOWS_HERE = flows_offered(changes=False)
"""Those of shop.yml, which lets nobody change orders by himself."""
NOT_VISITED: dict[str, str] = {
    "verify_identity: check tries_left: stopped": (
        "after the last try people have the conversation; the bot is asked again only once they "
        "gave it back (tests/bot/test_flows.py)"
    ),
}
"""Outcomes that no conversation can come to in the worlds here, and why."""
NEEDS_READ_PHOTOS = "collect pictured"
"""Its question follows from text read off a photo, which is a job of the house with an extra
(tests/backend/evidence)."""


@pytest.fixture(scope="session")
def covered() -> dict[str, Coverage]:
    """What each conversation played so far visited, by its name."""
    return {}


async def play(file: Path, covered: dict[str, Coverage]) -> None:
    script = Script.read(file)
    coverage = Coverage(FLOWS_HERE)
    world = FakeWorld(script, observer=coverage)
    await Player(script, world).play()
    coverage.said(shown.key for shown in world.got)
    covered[file.stem] = coverage


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
async def test_with_the_bot_alone(file: Path, covered: dict[str, Coverage]) -> None:
    await play(file, covered)


async def test_every_step_of_every_flow_is_visited(covered: dict[str, Coverage]) -> None:
    total = Coverage(FLOWS_HERE)
    for file in FILES:
        if file.stem not in covered:  # played by another process, or not chosen
            await play(file, covered)
        total.add(covered[file.stem])
    left = {one for one in total.unvisited() if NEEDS_READ_PHOTOS not in one}
    assert left == set(NOT_VISITED)


def test_there_are_enough_of_each_kind() -> None:
    scripts = [Script.read(file) for file in FILES]
    assert len(scripts) >= 150
    assert len({script.title for script in scripts}) == len(scripts)
    simplified = [script for script in scripts if script.locale == "zh-CN"]
    english = [script for script in scripts if script.locale == "en"]
    assert min(len(simplified), len(english)) >= 60
    others = {script.locale for script in scripts} - {"zh-CN", "en"}
    assert others >= {"zh-TW", "es", "de", "fr", "ja", "ko", "pt", "it", "ru", "ar"}
    assert sum(bool(script.shows) for script in scripts) >= 30
