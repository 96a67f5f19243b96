"""Every adapter keeps the contract of contract.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from aiogram.methods import SendMessage
from teremok import MockedSession

from bot.channels.app import AppAdapter
from bot.channels.base import Adapter, ChannelAccount, WebhookRequest
from bot.channels.telegram import TelegramAdapter
from bot.channels.text import utf16_width
from bot.channels.webchat import SEAL, WebchatAdapter, proven_headers
from tests.channels.contract import AdapterContract, Delivery, VendorContract
from tests.channels.telegram.support import account, call, captured


class TestWebchat(AdapterContract):
    def make_adapter(self) -> Adapter:
        return WebchatAdapter(ChannelAccount("web-demo", "webchat", "Shop", {}))

    def _call(self, number: int, **content: Any) -> WebhookRequest:
        body = json.dumps({"client_id": f"c{number}", **content}).encode()
        return WebhookRequest(headers=proven_headers("visitor-1"), query={}, body=body)

    def text_call(self, text: str, number: int) -> WebhookRequest:
        return self._call(number, text=text)

    def choice_call(self, value: str, number: int) -> WebhookRequest:
        return self._call(number, choice=value, label="It")

    def forgeries(self) -> Sequence[WebhookRequest]:
        mine = self.text_call("hello", 1)
        claimed = json.dumps({"client_id": "c1", "text": "hi", "visitor": "visitor-1"}).encode()
        unsealed = {name: value for name, value in mine.headers.items() if name != SEAL}
        return [
            replace(mine, headers={}),
            replace(mine, headers=unsealed),
            replace(mine, headers=unsealed | {"x-aftercare-customer": "C1001"}),
            replace(mine, headers=unsealed | {SEAL: ""}),
            replace(mine, headers=unsealed | {SEAL: "0" * 64}),
            replace(mine, headers=unsealed | {SEAL: "\u00e9\ud800"}),
            replace(mine, headers=proven_headers("")),
            WebhookRequest(headers={}, query={"visitor": "visitor-1"}, body=claimed),
        ]


class TestApp(AdapterContract):
    key = "the-app's-own-key"

    def make_adapter(self) -> Adapter:
        return AppAdapter(ChannelAccount("my-app", "app", "App", {"api_key": self.key}))

    def _call(self, number: int, **content: Any) -> WebhookRequest:
        body = json.dumps({"sender": "user-1", "message_id": f"m{number}", **content}).encode()
        return WebhookRequest({"authorization": f"Bearer {self.key}"}, {}, body)

    def text_call(self, text: str, number: int) -> WebhookRequest:
        return self._call(number, message=text)

    def choice_call(self, value: str, number: int) -> WebhookRequest:
        return self._call(number, choice=value)

    def forgeries(self) -> Sequence[WebhookRequest]:
        mine = self.text_call("hello", 1)
        wrong = ["", "Bearer", "Bearer ", f"Basic {self.key}", f"Bearer {self.key[:-1]}", self.key]
        return [
            replace(mine, headers={}),
            *(replace(mine, headers={"authorization": given}) for given in wrong),
            replace(mine, headers={"authorization": "Bearer \u00e9\ud800"}),
        ]


class TestTelegram(VendorContract):
    """teremok stands for Telegram: it enforces the documented limits of the Bot API."""

    width = staticmethod(utf16_width)

    sessions: ClassVar[WeakKeyDictionary[Adapter, MockedSession]] = WeakKeyDictionary()

    def make_adapter(self) -> Adapter:
        session = MockedSession()
        adapter = TelegramAdapter(account(), session=session)
        self.sessions[adapter] = session
        return adapter

    def text_call(self, text: str, number: int) -> WebhookRequest:
        update = captured("text")
        update["update_id"] += number
        update["message"] |= {"message_id": 1000 + number, "text": text}
        return call(update)

    def choice_call(self, value: str, number: int) -> WebhookRequest:
        update = captured("callback_query")
        update["update_id"] = captured("text")["update_id"] + number
        update["callback_query"] |= {"id": f"2284{number}", "data": value}
        return call(update)

    def forgeries(self) -> Sequence[WebhookRequest]:
        update = captured("text")
        return [
            call(update, secret=None),
            call(update, secret=""),
            call(update, secret="hook-secret_2"),
            call(update, secret="hook-secret_"),
            call(update, secret="hook-secret_1\u00e9"),
            call(update, secret="\ud800"),
        ]

    def delivered(self, adapter: Adapter) -> Sequence[Delivery]:
        return [
            Delivery(each.text or "", tuple(_values(each)))
            for each in self.sessions[adapter].requests
            if isinstance(each, SendMessage)
        ]


def _values(method: SendMessage) -> list[str]:
    markup: Any = method.reply_markup
    rows = markup.inline_keyboard if markup else []
    return [button.callback_data for row in rows for button in row]
