"""A refund by Telegram: an independent mock of the Bot API on one side, the whole house behind.

What the customer sees is read back by python-telegram-bot. The relay in between only adds the
secret header that Telegram sends and the mock does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import telegram as ptb
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from telemelya.client import TelegramTestClient  # type: ignore[import-untyped]

from backend.house import House, open_house
from backend.integrations.payments.demo import DemoProvider
from backend.integrations.payments.registry import DEMO_BOOKS
from backend.kit.clock import FixedClock
from backend.settings import Settings
from bot.channels.base import WebhookRegistrar
from bot.channels.telegram.adapter import SECRET_HEADER
from tests.channels.telegram.mock_server import API_KEY, run_telemelya
from tests.channels.telegram.support import SECRET, TOKEN, account
from tests.channels.telegram.test_mock_server import read_by_ptb
from tests.conversations.house_world import SHOP, build_shop
from tests.support import pictures
from tests.support.houses import application

CUSTOMER = 5318008123
STRANGER = 7700112233
HOOK = "/webhooks/telegram/tg-demo"


@pytest.fixture(scope="module")
def bot_api() -> Iterator[str]:
    with run_telemelya() as url:
        yield url


class Line:
    """Telegram between one bot and its customers."""

    def __init__(self, house: House, http: httpx.AsyncClient, api: TelegramTestClient) -> None:
        self.house = house
        self.http = http
        self.api = api
        self.worker = house.worker()
        self.delivered: list[bytes] = []

    async def relay(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.delivered.append(body)
        return web.Response(status=await self.hook(body))

    async def hook(self, body: bytes, secret: str = SECRET) -> int:
        """Call the webhook as Telegram does; its status."""
        answer = await self.http.post(HOOK, content=body, headers={SECRET_HEADER: secret})
        return answer.status_code

    async def say(self, text: str, who: int = CUSTOMER) -> list[ptb.Message]:
        return await self._after(self.api.send_message, who, text)

    async def photo(self, path: Path) -> list[ptb.Message]:
        return await self._after(self.api.send_photo, CUSTOMER, str(path))

    async def press(self, label: str) -> list[ptb.Message]:
        for shown in reversed(await self.messages()):
            for row in shown.reply_markup.inline_keyboard if shown.reply_markup else ():
                for button in row:
                    if button.text == label:
                        data, number = button.callback_data, shown.message_id
                        return await self._after(
                            self.api.send_callback_query, CUSTOMER, data, number
                        )
        raise AssertionError(f"no button {label}")

    async def messages(self, who: int = CUSTOMER) -> list[ptb.Message]:
        """All the bot's messages to one customer, as python-telegram-bot reads them."""
        calls = await asyncio.to_thread(self.api.get_responses)
        sent = [read_by_ptb(call) for call in calls if call["method"] == "sendMessage"]
        return [message for message in sent if message.chat_id == who]

    async def _after(
        self, act: Callable[..., dict[str, Any]], who: int, *arguments: object
    ) -> list[ptb.Message]:
        before = len(await self.messages(who))
        delivery = await asyncio.to_thread(act, who, *arguments)
        assert delivery["delivery"]["status_code"] == 200
        await self.worker.run_until_idle()
        return (await self.messages(who))[before:]


@pytest.fixture
async def line(bot_api: str, tmp_path: Path) -> AsyncIterator[Line]:
    await asyncio.to_thread(build_shop, tmp_path)
    shop = yaml.safe_load(await asyncio.to_thread(SHOP.read_text, "utf-8"))
    settings = Settings(
        _env_file=None, data_dir=tmp_path, demo_payments="slow_seconds=0", secret="x"
    )
    clock = FixedClock(shop["now"])
    house = open_house(settings, [account(base_url=bot_api)], clock=clock)
    await house.prepare()

    app = application(house)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as http:
        with TelegramTestClient(bot_api, API_KEY, TOKEN) as api:
            telegram = Line(house, http, api)
            receiver = web.Application()
            receiver.router.add_post(HOOK, telegram.relay)
            async with TestServer(receiver) as server:
                adapter = house.channels.adapter("tg-demo")
                assert isinstance(adapter, WebhookRegistrar)
                await adapter.set_webhook(str(server.make_url(HOOK)))
                yield telegram
    await house.close()


def text_of(messages: list[ptb.Message]) -> str:
    return "\n".join(message.text or "" for message in messages)


async def ask_for_the_mug(line: Line, photo: Path) -> list[ptb.Message]:
    """The conversation up to the summary; gives the summary."""
    asked = await line.say("I'd like a refund for order LL20260510-0003, a mug is broken")
    assert "four digits" in text_of(asked)
    assert "mug" not in text_of(asked)  # nothing of the order before it is shown to be his
    await line.say("0142")
    await line.press("1")
    await asyncio.to_thread(photo.write_bytes, pictures.photo(1, (64, 48)))
    return await line.photo(photo)


def paid_back(line: Line) -> list[tuple[str, int]]:
    effects = DemoProvider(line.house.settings.data_dir / DEMO_BOOKS).effects()
    return [(effect.payment_ref, effect.amount) for effect in effects]


async def test_a_refund_with_proof_and_photo_ends_in_money(line: Line, tmp_path: Path) -> None:
    summary = await ask_for_the_mug(line, tmp_path / "crack.jpg")
    assert "$12.50" in text_of(summary)
    said = await line.press("Yes, request the refund")
    assert "AS20260520-" in text_of(said)
    assert paid_back(line) == [("p0003", 1250)]


async def test_telegram_may_deliver_as_often_as_it_likes(line: Line, tmp_path: Path) -> None:
    await ask_for_the_mug(line, tmp_path / "crack.jpg")
    await line.press("Yes, request the refund")
    before = await line.messages()
    for body in line.delivered:
        assert await line.hook(body) == 200
    await line.worker.run_until_idle()
    assert len(await line.messages()) == len(before)
    assert paid_back(line) == [("p0003", 1250)]


async def test_a_stranger_hears_nothing_of_the_order(line: Line) -> None:
    right, wrong = "LL20260510-0003", "LL99999999-9999"
    for number in (right, wrong):
        await line.say(f"where is my order {number}", STRANGER)
        await line.say("9999", STRANGER)
    heard = text_of(await line.messages(STRANGER)).replace(right, "N").replace(wrong, "N")
    parts = heard.split("To be sure that order N is yours")
    assert len(parts) == 3
    assert "San Francisco" not in heard
    assert "UPS" not in heard


async def test_forged_and_broken_calls_store_nothing(line: Line) -> None:
    await line.say("hello")
    genuine = line.delivered[-1]
    before = len(await line.messages())
    assert await line.hook(genuine.replace(b"hello", b"gift"), secret="guessed") == 403
    assert await line.hook(b"{not json") == 400
    assert await line.hook(b"x" * 3_000_000) == 413
    await line.worker.run_until_idle()
    assert len(await line.messages()) == before
