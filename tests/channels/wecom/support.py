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
from tests.support.wecom_world import Delivered, WecomWorld

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


def text_of(delivered: list[Delivered]) -> str:
    """The words of what somebody got."""
    return "\n".join(words_of(each) for each in delivered)


def words_of(delivered: Delivered) -> str:
    body = delivered.body
    match body["msgtype"]:
        case "text":
            return str(body["text"]["content"])
        case "msgmenu":
            return str(body["msgmenu"]["head_content"])
        case "template_card":
            card = body["template_card"]
            return str(card.get("sub_title_text") or card["main_title"]["title"])
        case kind:
            return f"[{kind}]"


def options_of(delivered: Delivered) -> dict[str, str]:
    """Label -> value of what can be picked."""
    body = delivered.body
    if body["msgtype"] == "msgmenu":
        items = [item["click"] for item in body["msgmenu"]["list"]]
        return {item["content"]: item["id"] for item in items}
    if body["msgtype"] == "template_card":
        card = body["template_card"]
        if "button_list" in card:
            return {each["text"]: each["key"] for each in card["button_list"]}
        return {each["text"]: each["id"] for each in card["checkbox"]["option_list"]}
    return {}
