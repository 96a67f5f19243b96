"""These tests use a whole house with an app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.house import House, open_house
from backend.kit.clock import FixedClock
from backend.settings import Settings
from bot.channels.base import ChannelAccount
from tests.support.houses import http, settings

__all__ = ["http", "settings"]

KEY = "the-app's-own-key-1"
OTHER_KEY = "another-app's-own-key"


@pytest.fixture
async def house(settings: Settings, clock: FixedClock) -> AsyncIterator[House]:
    """An open house with two app accounts."""
    accounts = [
        ChannelAccount("my-app", "app", "App", {"api_key": KEY}),
        ChannelAccount("other-app", "app", "Other", {"api_key": OTHER_KEY}),
    ]
    opened = open_house(settings, accounts, clock=clock)
    await opened.prepare()
    yield opened
    await opened.close()
