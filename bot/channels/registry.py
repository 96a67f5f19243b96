"""The one table of channels. A factory imports its adapter when it is first configured.

Heavy vendor libraries (aiogram: seconds and 170 MB) therefore cost nothing to who doesn't use them.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.base import Adapter, ChannelAccount


def _webchat(account: ChannelAccount) -> Adapter:
    from bot.channels.webchat import WebchatAdapter

    return WebchatAdapter(account)


def _telegram(account: ChannelAccount) -> Adapter:
    from bot.channels.telegram import TelegramAdapter

    return TelegramAdapter(account)


def _wecom(account: ChannelAccount) -> Adapter:
    from bot.channels.wecom.app import WecomAdapter

    return WecomAdapter(account)


def _wecom_kf(account: ChannelAccount) -> Adapter:
    from bot.channels.wecom.kf import WecomKfAdapter

    return WecomKfAdapter(account)


def _app(account: ChannelAccount) -> Adapter:
    from bot.channels.app import AppAdapter

    return AppAdapter(account)


def _terminal(account: ChannelAccount) -> Adapter:
    from bot.channels.terminal import TerminalAdapter

    return TerminalAdapter(account)


AdapterFactory = Callable[[ChannelAccount], Adapter]
"""Makes the adapter of a configured account."""

CHANNELS: dict[str, AdapterFactory] = {
    "webchat": _webchat,
    "telegram": _telegram,
    "wecom": _wecom,
    "wecom_kf": _wecom_kf,
    "app": _app,
    "terminal": _terminal,
}
"""Channel name -> factory. The name stands in `ChannelAccount.channel` and in webhook addresses."""

OWN_CHANNELS = frozenset({"webchat", "terminal", "app"})
"""Those without a vendor: there is nobody to ask, and customers' clients fetch what is stored
(`Capabilities.pulled`). Known of an account whose settings make no adapter, too."""
