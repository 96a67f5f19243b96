"""Fixtures of the Telegram tests.

Server and adapter live for a module: an adapter takes a quarter of a second to close.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.channels.telegram import TelegramAdapter
from tests.channels.telegram.fake_api import FakeBotApi
from tests.channels.telegram.support import account


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fake_bot_api() -> AsyncIterator[FakeBotApi]:
    fake = FakeBotApi()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def api(fake_bot_api: FakeBotApi) -> FakeBotApi:
    """The module's server, without the calls and answers of other tests."""
    fake_bot_api.forget()
    return fake_bot_api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def adapter(fake_bot_api: FakeBotApi) -> AsyncIterator[TelegramAdapter]:
    telegram = TelegramAdapter(account(base_url=fake_bot_api.url, timeout=2))
    yield telegram
    await telegram.close()
