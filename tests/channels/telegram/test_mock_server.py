"""Real calls to an independent mock of the Bot API, read back by python-telegram-bot.

Customer and vendor are telemelya, the second reader is python-telegram-bot; ours is only the
adapter in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import telegram as ptb
from aiohttp import web
from aiohttp.test_utils import TestServer
from telemelya.client import TelegramTestClient  # type: ignore[import-untyped]

from bot.channels.base import BadSignature, WebhookRequest
from bot.channels.telegram import TelegramAdapter
from bot.messages import InboundKind, InboundMessage, Option, OutboundMessage, Presentation
from tests.channels.contract import context, long_text
from tests.channels.telegram.mock_server import API_KEY, run_telemelya
from tests.channels.telegram.support import NOW, TOKEN, account, call

CUSTOMER = 5318008123


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    with run_telemelya() as url:
        yield url


class Shop:
    """The adapter with a webhook of its own, and the customer at the other end."""

    def __init__(self, adapter: TelegramAdapter, customer: TelegramTestClient) -> None:
        self.adapter = adapter
        self.customer = customer
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    async def webhook(self, request: web.Request) -> web.Response:
        self.received.put_nowait(await request.read())
        return web.Response()

    async def read(self, delivery: dict[str, Any]) -> InboundMessage:
        """The message in what came by the webhook; `delivery` is telemelya's word that it did."""
        assert delivery["delivery"]["status_code"] == 200
        (message,) = self.adapter.parse(call(self.received.get_nowait()), NOW)
        return message

    async def answers(self) -> list[dict[str, Any]]:
        """What telemelya stored of the bot's calls."""
        return await asyncio.to_thread(self.customer.get_responses)

    async def messages(self) -> list[ptb.Message]:
        """The bot's messages as python-telegram-bot reads them."""
        return [
            read_by_ptb(each) for each in await self.answers() if each["method"] == "sendMessage"
        ]


@pytest.fixture
async def shop(server_url: str) -> AsyncIterator[Shop]:
    adapter = TelegramAdapter(account(base_url=server_url))
    with TelegramTestClient(server_url, API_KEY, TOKEN) as customer:
        shop = Shop(adapter, customer)
        app = web.Application()
        app.router.add_post("/webhooks/telegram/tg-demo", shop.webhook)
        async with TestServer(app) as receiver:
            await adapter.set_webhook(str(receiver.make_url("/webhooks/telegram/tg-demo")))
            yield shop
    await adapter.close()


def read_by_ptb(record: dict[str, Any]) -> ptb.Message:
    message = {
        "message_id": record["message_id"],
        "date": 1779264000,
        "chat": {"id": record["chat_id"], "type": "private"},
        "text": record["text"],
        "reply_markup": record["reply_markup"],
    }
    return ptb.Message.de_json(message)


async def test_account_and_webhook(shop: Shop) -> None:
    status = await shop.adapter.check()
    assert status.identity == "@telemelya_bot"
    assert status.webhook_url.endswith("/webhooks/telegram/tg-demo")
    assert status.pending == 0


async def test_a_conversation_with_buttons(shop: Shop) -> None:
    words = await shop.read(
        await asyncio.to_thread(shop.customer.send_message, CUSTOMER, "水壶坏了，要退款👍🏽")
    )
    assert (words.kind, words.text) == (InboundKind.TEXT, "水壶坏了，要退款👍🏽")
    options = (Option("p7:0", "电热水壶", "¥199.00"), Option("p7:1", "滤芯 ×2", "¥58.00"))
    question = OutboundMessage("要退哪一件？<b>&amp;", options, Presentation.ITEMS)
    sent = await shop.adapter.send(question, context(words.sender.external_id))

    (asked,) = await shop.answers()
    assert asked["raw"].keys() == {"chat_id", "text", "reply_markup"}  # no parse_mode
    (shown,) = await shop.messages()
    assert sent.external_ids == (f"{CUSTOMER}:{shown.message_id}",)
    assert (shown.chat_id, shown.text) == (CUSTOMER, "要退哪一件？<b>&amp;")
    assert shown.reply_markup is not None
    rows = shown.reply_markup.inline_keyboard
    assert [[(b.text, b.callback_data) for b in row] for row in rows] == [
        [("电热水壶 · ¥199.00", "p7:0")],
        [("滤芯 ×2 · ¥58.00", "p7:1")],
    ]

    press = await shop.read(
        await asyncio.to_thread(
            shop.customer.send_callback_query, CUSTOMER, "p7:1", shown.message_id
        )
    )
    assert (press.kind, press.choice) == (InboundKind.CHOICE, "p7:1")
    assert press.order > words.order
    await shop.adapter.typing(press.sender.external_id)
    await shop.adapter.acknowledge(press)
    *_, typing, acknowledged = await shop.answers()
    assert (typing["method"], typing["action"]) == ("sendChatAction", "typing")
    assert acknowledged["method"] == "answerCallbackQuery"
    assert f"cb:{acknowledged['callback_query_id']}" == press.external_id


async def test_start(shop: Shop) -> None:
    command = "/start order_NW-1"
    read = await shop.read(await asyncio.to_thread(shop.customer.send_command, CUSTOMER, command))
    assert (read.kind, read.text) == (InboundKind.START, "order_NW-1")


async def test_a_photo_is_fetched_whole(shop: Shop, tmp_path: Path) -> None:
    picture = tmp_path / "crack.jpg"
    content = b"\xff\xd8\xff" + bytes(range(256)) * 1000
    picture.write_bytes(content)
    read = await shop.read(
        await asyncio.to_thread(shop.customer.send_photo, CUSTOMER, str(picture), "the crack")
    )
    assert (read.kind, read.text) == (InboundKind.MEDIA, "the crack")
    (photo,) = read.attachments
    assert await shop.adapter.fetch(photo, len(content)) == content


async def test_a_long_answer_arrives_in_order_with_buttons_last(shop: Shop) -> None:
    await shop.read(await asyncio.to_thread(shop.customer.send_message, CUSTOMER, "terms?"))
    text = long_text(shop.adapter)
    message = OutboundMessage(text, (Option("yes", "Yes"), Option("no", "No")))
    await shop.adapter.send(message, context(str(CUSTOMER)))
    shown = await shop.messages()
    assert "".join(each.text or "" for each in shown) == text
    assert [each.reply_markup is not None for each in shown] == [False, False, True]
    assert all(len((each.text or "").encode("utf-16-le")) <= 2 * 4096 for each in shown)


async def test_what_the_server_took_is_not_sent_again(shop: Shop) -> None:
    """telemelya answers with a number where the text was one: beyond any client's types."""
    await shop.read(await asyncio.to_thread(shop.customer.send_message, CUSTOMER, "code?"))
    sent = await shop.adapter.send(OutboundMessage("4711"), context(str(CUSTOMER)))
    answers = await shop.answers()
    assert len(answers) == 1
    assert sent.external_ids == (f"{CUSTOMER}:{answers[0]['message_id']}",)


async def test_a_call_without_the_secret_is_refused(shop: Shop) -> None:
    """telemelya knows no secret token: as good a forger as any."""
    await asyncio.to_thread(shop.customer.send_message, CUSTOMER, "let me in")
    forged = WebhookRequest(headers={}, query={}, body=shop.received.get_nowait())
    with pytest.raises(BadSignature):
        shop.adapter.verify(forged)
