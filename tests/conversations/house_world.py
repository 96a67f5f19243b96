"""The whole house: inbox, turns, rules, refunds and outbox on a real database and real photos."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.house import House
from backend.kit.clock import FixedClock
from backend.replay import house_world, repository, shop
from backend.replay.channel import ACCOUNT, ReplayAdapter
from backend.replay.files import file_named
from bot.channels.base import ChannelAccount
from bot.channels.registry import AdapterFactory
from tests.conversations.script import Script

__all__ = ["SHOP", "HouseWorld", "build_shop", "file_named", "open_shop", "shop_clock"]

SHOP = Path(__file__).with_name("shop.yml")


def open_shop(
    folder: Path,
    clock: FixedClock,
    accounts: Sequence[ChannelAccount] = (ACCOUNT,),
    factories: Mapping[str, AdapterFactory] | None = None,
    **changes: Any,
) -> House:
    """The house of the built shop, reached by `accounts`; `changes` of its settings."""
    return shop.open_shop(folder, SHOP, clock, accounts=accounts, factories=factories, **changes)


def shop_clock() -> FixedClock:
    return shop.shop_clock(SHOP)


def build_shop(folder: Path) -> Path:
    """A database with the shop of shop.yml, to be copied for each conversation."""
    return shop.build_shop(folder, SHOP)


class HouseWorld(house_world.HouseWorld):
    """One customer of the shop in one chat, on a copy of the built shop; all is delivered twice."""

    def __init__(self, script: Script, built: Path, folder: Path) -> None:
        shutil.copytree(built, folder, dirs_exist_ok=True)
        clock = shop_clock()
        super().__init__(script, open_shop(folder, clock), clock, deliveries=2)

    async def close(self) -> None:
        """Every message that was stored has gone out by its channel, once."""
        adapter = self.house.channels.adapter(ACCOUNT.id)
        assert isinstance(adapter, ReplayAdapter)
        sent = Counter(adapter.sent)
        stored = await self.house.db.read(repository.outgoing_ids)
        await self.house.close()
        assert sent == Counter(stored)
