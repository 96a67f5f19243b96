"""The golden conversations of a shop that lets orders be changed, with a language model that sees
what is wished and tells no more of it than it must: they end the same."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backend.replay import house_world, shop
from bot.dialogs import commands as c
from bot.messages import InboundMessage
from bot.understanding.base import DialogView, Understood
from bot.understanding.llm.masking import PLACEHOLDER
from bot.understanding.local import LocalUnderstanding
from tests.conversations.script import Player, Script
from tests.support.llm_server import NOTHING, LlmServer, command
from tests.understanding.llm.support import understanding

FOLDER = Path(__file__).parents[2] / "conversations" / "changes"
SHOP = FOLDER / "shop.yml"
LOCAL = LocalUnderstanding.shipped("en")
PLAYED = (
    *("en_change_address", "en_cancel_order", "en_exchange_by_words", "en_change_items_once"),
    *("en_swaps_in_one_sentence", "en_two_orders_two_wishes", "en_return_to_gift_card"),
    *("en_change_payment", "zh_change_address", "zh_exchange_colour", "zh_two_orders_two_wishes"),
    *("es_cancels_his_only_order", "fr_cancels", "ja_cancels"),
)


@dataclass
class Terse:
    """The local understanding, and beside it a model that proposes the flows a customer wants, each
    with its order's number if one is named, and nothing else; or to call a person, where it would
    be wrong."""

    local: LocalUnderstanding
    calls_a_person: bool = False
    proposed: int = 0
    wanted: list[str] = field(default_factory=list)

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        read = await self.local.understand(message, view)
        flows = [one.flow for one in read.commands if isinstance(one, c.StartFlow)]
        self.wanted = list(dict.fromkeys(flows))
        return read

    def __call__(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if not self.wanted:
            return NOTHING
        self.proposed += 1
        if self.calls_a_person:
            return {"commands": [command("handoff", value="other_service")]}
        numbers = [one for one in PLACEHOLDER.findall(asked["message"]) if one.startswith("<ORDER")]
        told = {"order": numbers[0]} if len(numbers) == len(self.wanted) == 1 else {}
        flows = [command("start_flow", flow=flow, slots=told) for flow in self.wanted]
        return {"commands": flows}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop, built once."""
    return shop.build_shop(tmp_path_factory.mktemp("changing"), SHOP)


@pytest.mark.parametrize("name", PLAYED)
async def test_a_terse_model_loses_nothing(name: str, built: Path, tmp_path: Path) -> None:
    model = Terse(LOCAL)
    await _play(name, model, built, tmp_path)
    assert model.proposed


@pytest.mark.parametrize("name", ["en_exchange_by_words", "zh_exchange_colour"])
async def test_nobody_is_called_for_what_a_flow_does(
    name: str, built: Path, tmp_path: Path
) -> None:
    model = Terse(LOCAL, calls_a_person=True)
    await _play(name, model, built, tmp_path)
    assert model.proposed


async def _play(name: str, model: Terse, built: Path, folder: Path) -> None:
    script = await asyncio.to_thread(Script.read, FOLDER / f"{name}.yml")
    await asyncio.to_thread(shutil.copytree, built, folder, dirs_exist_ok=True)
    server, clock = LlmServer(model), shop.shop_clock(SHOP)
    llm = understanding(server, model, model=server)
    house = shop.open_shop(folder, SHOP, clock, reader=llm)
    try:
        await Player(script, house_world.HouseWorld(script, house, clock, deliveries=1)).play()
    finally:
        await house.close()
