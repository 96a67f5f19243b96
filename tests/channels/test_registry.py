"""The table of channels."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.channels.base import ChannelAccount, WebhookRegistrar
from bot.channels.registry import CHANNELS
from tests.channels.telegram.support import account
from tests.channels.wecom.support import app_account, kf_account


@pytest.mark.parametrize(
    "configured",
    [account(), app_account(), kf_account(), ChannelAccount("web-demo", "webchat", "Shop", {})],
    ids=lambda configured: configured.channel,
)
async def test_makes_an_adapter_for_an_account(configured: ChannelAccount) -> None:
    adapter = CHANNELS[configured.channel](configured)
    assert adapter.capabilities.max_text > 0
    assert isinstance(adapter, WebhookRegistrar) == (configured.channel != "webchat")
    await adapter.close()


def test_a_shop_does_not_pay_for_vendors_it_does_not_use() -> None:
    script = (
        "import sys, bot.channels.registry, bot.channels.webchat, bot.channels.identity;"
        "assert not {'aiogram', 'aiohttp', 'wechatpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
