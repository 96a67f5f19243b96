"""Telegram, played: a Bot API that fails in every way, and webhooks redelivered as Telegram does.

Built from core.telegram.org/bots/api: an update is delivered until the webhook answers 2xx,
updates may come out of order (`update_id` restores it), albums come as one update a photo.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp import web

from tests.chaos.phone import Calls, Heard, Phone
from tests.chaos.photos import photo
from tests.chaos.plan import VendorFaults
from tests.chaos.record import Customer, Receipt, Record, Sent, now
from tests.chaos.scripts import Photos, Press, Saying, Start, Text

ACCOUNT = "chaos-tg"
TOKEN = "7012345678:AAHchaosCampaignTokenOfNobody000000"
SECRET = "hook-secret_of_the_campaign"
TIMEOUT = 5.0
"""Seconds our side waits for the Bot API."""
HOOK_TIMEOUT = 5.0


def channels_yml(api: str) -> str:
    """The channel account, as the shop configures it."""
    return f"""
- id: {ACCOUNT}
  channel: telegram
  settings:
    bot_token: "{TOKEN}"
    webhook_secret: "{SECRET}"
    base_url: "{api}"
    timeout: {TIMEOUT}
"""


_RECEIPT = web.RequestKey("receipt", Receipt)


class BotApi:
    """The vendor's side: performs sends, tells his customer, and misbehaves as told."""

    def __init__(self, record: Record, rng: random.Random) -> None:
        self.faults = VendorFaults()
        self.record = record
        self.phones: dict[str, TelegramPhone] = {}
        self.update_ids = itertools.count(700_000_000)
        self._rng = rng
        self._message_ids = itertools.count(5_000)
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._method)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self.url = ""

    async def start(self) -> None:
        """Listen on a port of its own."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        """Let go of the port."""
        await self._runner.cleanup()

    def next_message_id(self) -> int:
        """A number no message has."""
        return next(self._message_ids)

    async def _method(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        match request.match_info["method"]:
            case "sendMessage":
                answer = await self._send(request, fields)
                _note_who_left(request)
                return answer
            case "getFile":
                if self._rng.random() < self.faults.error:
                    return self._refuse(502, "Bad Gateway")
                file_id = fields["file_id"]
                return _ok({"file_id": file_id, "file_unique_id": "u", "file_path": file_id})
            case _:
                return _ok(True)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if self._rng.random() < self.faults.error:
            return self._refuse(500, "Internal Server Error")
        _, who, number = request.match_info["path"].split("-")
        return web.Response(body=photo(who, int(number)))

    async def _send(self, request: web.Request, fields: dict[str, str]) -> web.StreamResponse:
        faults, drawn = self.faults, self._rng.random()
        for rate, what in (
            (faults.flood, "flood"),
            (faults.error, "error"),
            (faults.time_out, "time_out"),
            (faults.sent_then_cut, "sent_then_cut"),
            (faults.sent_then_error, "sent_then_error"),
            (faults.sent_then_time_out, "sent_then_time_out"),
        ):
            if drawn < rate:
                return await self._misbehave(what, request, fields)
            drawn -= rate
        return _ok(self._perform(request, fields, broke=False))

    async def _misbehave(
        self, what: str, request: web.Request, fields: dict[str, str]
    ) -> web.StreamResponse:
        self.record.refused(f"telegram {what}")
        if what.startswith("sent_"):
            self._perform(request, fields, broke=True)
        if what == "flood":
            return self._refuse(429, "Too Many Requests: retry after 1", retry_after=1)
        if what.endswith("error"):
            return self._refuse(502, "Bad Gateway")
        if what.endswith("time_out"):
            await asyncio.sleep(TIMEOUT * 1.5)
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    def _refuse(self, code: int, words: str, **parameters: int) -> web.StreamResponse:
        body = {"ok": False, "error_code": code, "description": words, "parameters": parameters}
        return web.json_response(body, status=code)

    def _perform(
        self, request: web.Request, fields: dict[str, str], *, broke: bool
    ) -> dict[str, Any]:
        chat, message_id = fields["chat_id"], self.next_message_id()
        text = fields["text"]
        receipt = Receipt("telegram", chat, text, now(), broke)
        request[_RECEIPT] = receipt
        self.record.receipts.append(receipt)
        message: dict[str, Any] = {
            "message_id": message_id,
            "date": int(now()),
            "chat": {"id": int(chat), "type": "private"},
            "text": text,
        }
        if markup := fields.get("reply_markup"):
            message["reply_markup"] = json.loads(markup)
        self.phones[chat].show(message)
        return message


def _note_who_left(request: web.Request) -> None:
    """A caller who hangs up around the time of the answer did not wait for it: on a busy machine
    a vendor can be too slow without meaning to. Who has heard an answer keeps the connection."""
    receipt, transport = request.get(_RECEIPT), request.transport

    def look() -> None:
        if receipt is not None and (transport is None or transport.is_closing()):
            receipt.broke = True

    asyncio.get_running_loop().call_later(0.3, look)


def _ok(result: Any) -> web.StreamResponse:
    return web.json_response({"ok": True, "result": result})


class TelegramPhone(Phone):
    """A customer in a private chat with the bot."""

    def __init__(
        self,
        customer: Customer,
        record: Record,
        calls: Calls,
        rng: random.Random,
        locale: str,
        api: BotApi,
    ) -> None:
        super().__init__(customer, record, rng)
        self._api = api
        self._calls = calls
        self._locale = locale
        self._keyboard: dict[str, Any] = {}
        self._late: list[asyncio.Task[None]] = []
        api.phones[customer.contact] = self

    async def open(self) -> None:
        """The chat is there."""

    async def close(self) -> None:
        """Until what Telegram still delivers has been delivered."""
        await asyncio.gather(*self._late)

    async def come_back(self) -> None:
        """Telegram brings everything by itself: there is nothing to fetch."""

    def show(self, message: dict[str, Any]) -> None:
        """A message of the bot is on the screen."""
        markup = message.get("reply_markup", {})
        buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
        if buttons:
            self._keyboard = message
        options = {button["text"]: button["callback_data"] for button in buttons}
        self.hear(Heard(message["message_id"], message["text"], options))

    async def say(self, step: int, sayings: Sequence[Saying], patience: float) -> None:
        """A burst, and an album, set out as updates of their own, perhaps not in their order."""
        saying = sayings[0]
        deliveries = []
        if isinstance(saying, Photos):
            group = f"{self.customer.contact}{step}"
            for number in range(saying.count):
                sent = await self._compose(f"{step}.{number}", saying, patience, group)
                deliveries.append((sent, self._photo_update(sent, number)))
        else:
            for number, one in enumerate(sayings):
                name = f"{step}.{number}" if len(sayings) > 1 else str(step)
                sent = await self._compose(name, one, patience)
                deliveries.append((sent, self._update(sent, one)))
        if len(deliveries) > 1 and self._draws("out_of_order"):
            self.rng.shuffle(deliveries)
        await asyncio.gather(
            *(
                self._deliver(sent, update, head_start=0.01 * number)
                for number, (sent, update) in enumerate(deliveries)
            )
        )

    async def _utter(self, sent: Sent, saying: Saying) -> None:
        await self._deliver(sent, self._update(sent, saying), head_start=0)

    async def _deliver(self, sent: Sent, update: dict[str, Any], head_start: float) -> None:
        await asyncio.sleep(head_start)
        sent.first_sent = now()
        once = [self._until_taken(sent, update)]
        if self._draws("twice_at_once"):
            once.append(self._until_taken(sent, update))
        await asyncio.gather(*once)
        if self._draws("again"):
            sent.again += 1
            self._late.append(asyncio.create_task(self._once_more(sent, update)))

    async def _once_more(self, sent: Sent, update: dict[str, Any]) -> None:
        await asyncio.sleep(self.rng.uniform(0, 3))
        await self._until_taken(sent, update)

    async def _until_taken(self, sent: Sent, update: dict[str, Any]) -> None:
        """Telegram delivers until it hears 2xx."""
        pause, cut = 0.1, self._draws("cut")
        while True:
            self.tried(sent)
            wait = self.rng.uniform(0.002, 0.03) if cut else HOOK_TIMEOUT
            cut = False
            url = f"{self._calls.base()}/webhooks/telegram/{ACCOUNT}"
            try:
                async with self._calls.http.post(
                    url,
                    json=update,
                    headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
                    timeout=aiohttp.ClientTimeout(total=wait),
                ) as answer:
                    if answer.status < 300:
                        self.accepted(sent)
                        return
                    assert answer.status >= 500 or answer.status == 429, await answer.text()
                    self.record.refused(f"webhook {answer.status}")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self.record.refused(f"webhook {type(error).__name__}")
            await asyncio.sleep(pause * self.rng.uniform(0.5, 1.5))
            pause = min(1.5, pause * 1.6)

    def _name(self, step: str) -> tuple[str, int]:
        return f"{self.customer.contact}:{self._api.next_message_id()}", next(self._api.update_ids)

    def _update(self, sent: Sent, saying: Saying) -> dict[str, Any]:
        match saying:
            case Press(_):
                return self._press(sent)
            case Start(payload):
                return self._message(sent, text=f"/start {payload}".strip())
            case Text(_):
                return self._message(sent, text=sent.text)
        raise TypeError(f"not a message of words: {saying}")

    def _press(self, sent: Sent) -> dict[str, Any]:
        sent.external_id = f"cb:{sent.external_id.replace(':', '')}"
        query = {
            "id": sent.external_id.removeprefix("cb:"),
            "from": self._person(),
            "message": self._keyboard,
            "chat_instance": self.customer.contact,
            "data": sent.text,
        }
        return {"update_id": sent.order, "callback_query": query}

    def _photo_update(self, sent: Sent, number: int) -> dict[str, Any]:
        sizes = [
            {
                "file_id": f"photo-{self.customer.contact}-{number}",
                "file_unique_id": "u",
                "width": 160,
                "height": 120,
            }
        ]
        return self._message(sent, photo=sizes, media_group_id=sent.group)

    def _message(self, sent: Sent, **content: Any) -> dict[str, Any]:
        message = {
            "message_id": int(sent.external_id.rpartition(":")[2]),
            "date": int(now()),
            "from": self._person(),
            "chat": {"id": int(self.customer.contact), "type": "private", "first_name": "Chaos"},
            **content,
        }
        return {"update_id": sent.order, "message": message}

    def _person(self) -> dict[str, Any]:
        return {
            "id": int(self.customer.contact),
            "is_bot": False,
            "first_name": self.customer.name,
            "language_code": self._locale,
        }
