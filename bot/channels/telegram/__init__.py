"""Telegram, by webhook.

Settings of the channel account: see `settings.TelegramSettings`. Importing this package imports
aiogram (seconds): the registry does so only when a Telegram account is configured.
"""

from bot.channels.telegram.adapter import TelegramAdapter

__all__ = ["TelegramAdapter"]
