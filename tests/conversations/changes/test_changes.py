"""Conversations of a shop that lets orders be changed, through the whole house, and what they visit
of its flows together."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from backend.replay import house_world, shop
from backend.replay.coverage import Coverage
from bot.dialogs.flows import FLOWS
from bot.dialogs.offered import CHANGES
from tests.conversations.script import Player, Script

FOLDER = Path(__file__).parent
SHOP = FOLDER / "shop.yml"
POLICY = FOLDER / "changes.yml"
FILES = sorted(file for file in FOLDER.glob("*.yml") if file not in (SHOP, POLICY))

FLOWS_HERE = {name: FLOWS[name] for name in (*CHANGES, "identify")}
"""The flows only such a shop has; `test_conversations.py` looks at the others."""
SEEN_BEFORE = (
    "what it would refuse is refused at a step before, unless something changed in between"
)
IDENTIFIED = "only where nobody can show who he is but by an order (tests/bot/test_change_flows.py)"
NOT_VISITED = {
    "cancel_order: look up quote: stopped": SEEN_BEFORE,
    "change_payment: look up quote: stopped": SEEN_BEFORE,
    "change_address: look up quote: stopped": IDENTIFIED,
    "change_profile: check known_to_be_him: stopped": IDENTIFIED,
    "identify: check tries_left: stopped": (
        "after the last try people have the conversation (tests/bot/test_change_flows.py)"
    ),
}
"""Outcomes that no conversation can come to in this shop, and why."""
NEEDS_READ_PHOTOS = "collect pictured"
"""See `test_conversations.py`."""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return shop.build_shop(tmp_path_factory.mktemp("changing"), SHOP)


@pytest.fixture(scope="session")
def covered() -> dict[str, Coverage]:
    """What each conversation played so far visited, by its name."""
    return {}


async def play(file: Path, built: Path, folder: Path, covered: dict[str, Coverage]) -> None:
    script = await asyncio.to_thread(Script.read, file)
    await asyncio.to_thread(shutil.copytree, built, folder, dirs_exist_ok=True)
    clock, coverage = shop.shop_clock(SHOP), Coverage(FLOWS_HERE)
    house = shop.open_shop(folder, SHOP, clock, observer=coverage)
    world = house_world.HouseWorld(script, house, clock, deliveries=2)
    try:
        await Player(script, world).play()
    finally:
        await house.close()
    covered[file.stem] = coverage


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
async def test_in_a_shop_with_changes(
    file: Path, built: Path, tmp_path: Path, covered: dict[str, Coverage]
) -> None:
    await play(file, built, tmp_path, covered)


async def test_every_step_of_every_flow_is_visited(
    built: Path, tmp_path: Path, covered: dict[str, Coverage]
) -> None:
    total = Coverage(FLOWS_HERE)
    for file in FILES:
        if file.stem not in covered:  # played by another process, or not chosen
            await play(file, built, tmp_path / file.stem, covered)
        total.add(covered[file.stem])
    left = {one for one in total.unvisited() if NEEDS_READ_PHOTOS not in one}
    assert left == set(NOT_VISITED)


def test_there_are_enough_of_each_kind() -> None:
    scripts = [Script.read(file) for file in FILES]
    assert len({script.title for script in scripts}) == len(scripts)
    assert {script.locale for script in scripts} >= {"zh-CN", "en", "de", "es", "ja"}
    assert sum(bool(script.shows) for script in scripts) >= 10
