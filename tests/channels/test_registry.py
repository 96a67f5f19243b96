"""The table of channels."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.channels.base import ChannelAccount, WebhookRegistrar
from bot.channels.registry import CHANNELS
from tests.channels.telegram.support import account


@pytest.mark.parametrize(
    "configured", [account(), ChannelAccount("web-demo", "webchat", "Shop", {})]
)
async def test_makes_an_adapter_for_an_account(configured: ChannelAccount) -> None:
    adapter = CHANNELS[configured.channel](configured)
    assert adapter.capabilities.max_text > 0
    assert isinstance(adapter, WebhookRegistrar) == (configured.channel == "telegram")
    await adapter.close()


def test_a_shop_without_telegram_does_not_pay_for_it() -> None:
    script = (
        "import sys, bot.channels.registry, bot.channels.webchat, bot.channels.identity;"
        "assert not {'aiogram', 'aiohttp'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
