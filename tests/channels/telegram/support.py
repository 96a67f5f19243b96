"""What the Telegram tests share: an account, its webhook calls, captured payloads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.channels.base import ChannelAccount, WebhookRequest
from bot.channels.telegram.adapter import SECRET_HEADER

TOKEN = "7012345678:AAH3n0tARealTokenJustForTheseTests0"
SECRET = "hook-secret_1"
NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"


def account(**settings: Any) -> ChannelAccount:
    defaults = {"bot_token": TOKEN, "webhook_secret": SECRET}
    return ChannelAccount("tg-demo", "telegram", "Northwind Care", defaults | settings)


def call(update: Mapping[str, Any] | bytes, secret: str | None = SECRET) -> WebhookRequest:
    """Telegram's webhook call with this update."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers[SECRET_HEADER] = secret
    return WebhookRequest(headers=headers, query={}, body=body)


def captured(name: str) -> Any:
    """An update as Telegram sends it; a list of them for an album."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
