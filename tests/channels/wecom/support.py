"""What the WeCom tests share: accounts, a fake WeCom behind them, and calls from it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from bot.channels.base import ChannelAccount, WebhookRequest
from bot.channels.wecom.app import WecomAdapter
from bot.channels.wecom.kf import WecomKfAdapter
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import AES_KEY, CORP_ID, KEYS, TOKEN, FakeWecom
from tests.support.wecom_world import WecomWorld

NOW = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
KFID = "wkKettles"
USER = "wmCustomer"
MEMBER = "lisi"
COMMON = {"corp_id": CORP_ID, "secret": "app-secret", "token": TOKEN, "aes_key": AES_KEY}


def app_account(**settings: Any) -> ChannelAccount:
    return ChannelAccount("wecom-app", "wecom", "App", {**COMMON, "agent_id": 1000002, **settings})


def kf_account(**settings: Any) -> ChannelAccount:
    return ChannelAccount("wecom-kf", "wecom_kf", "Kettles", {**COMMON, **settings})


def fake_wecom(now: datetime = NOW) -> FakeWecom:
    return FakeWecom(WecomWorld(KEYS, now=now.timestamp))


def app_adapter(fake: FakeWecom, **settings: Any) -> WecomAdapter:
    return WecomAdapter(app_account(**settings), httpx.ASGITransport(fake.app))


def kf_adapter(fake: FakeWecom, **settings: Any) -> WecomKfAdapter:
    return WecomKfAdapter(kf_account(**settings), httpx.ASGITransport(fake.app))


def call_of(envelope: Envelope, at: datetime | None = NOW) -> WebhookRequest:
    """A callback as it reaches the adapter."""
    return WebhookRequest(headers={}, query=envelope.query, body=envelope.body, at=at)


def sealed(xml: str | bytes, at: datetime = NOW) -> WebhookRequest:
    """An authentic callback with anything inside."""
    message = xml if isinstance(xml, bytes) else xml.encode()
    return call_of(KEYS.seal(message, int(at.timestamp())), at)
