"""WeCom, played by the tests' fake API server: customer service accounts, and an app's members.

A callback is delivered until it is answered. WeCom itself gives up after three retries; then the
next callback, or the tick, finds the message of a customer service account, and a member writes
again. Here senders do not give up, so that every conversation can be compared with a calm one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Callable
from typing import Any

import aiohttp
from starlette.requests import ClientDisconnect

from tests.chaos.phone import Calls, Heard, Phone
from tests.chaos.photos import photo
from tests.chaos.plan import VendorFaults
from tests.chaos.record import Customer, Receipt, Record, Sent, now
from tests.chaos.scripts import Photos, Press, Saying, Start, Text
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import (
    AES_KEY,
    CORP_ID,
    KEYS,
    TOKEN,
    FakeWecom,
    Fault,
    Faults,
    run_wecom,
)
from tests.support.wecom_world import Delivered, WecomWorld

KF, APP = "chaos-kf", "chaos-wecom"
KFID = "wkChaos"
TIMEOUT = 3.0
"""Seconds our side waits for WeCom's API."""
CALLBACK_TIMEOUT = 5.0
"""WeCom's own."""


class _World(WecomWorld):
    """Tells of each message that a person got."""

    on_delivered: Callable[[Delivered], None] = staticmethod(lambda _: None)

    def _deliver(
        self, kfid: str, user: str, msgid: str, body: dict[str, Any], by: str
    ) -> dict[str, Any]:
        answer = super()._deliver(kfid, user, msgid, body, by)
        self.on_delivered(self.delivered[-1])
        return answer

    def app_send(self, body: dict[str, Any]) -> dict[str, Any]:
        before = len(self.delivered)
        answer = super().app_send(body)
        if len(self.delivered) > before:
            self.on_delivered(self.delivered[-1])
        return answer


class _Faults(Faults):
    """Counts what went wrong."""

    def __init__(self, record: Record, chance: random.Random) -> None:
        super().__init__(random=chance)
        self._record = record

    def next(self, path: str) -> Fault | None:
        fault = super().next(path)
        if fault is not None:
            self._record.refused(f"wecom {fault.kind}")
        return fault


class Wecom:
    """The vendor's side, in a thread of its own."""

    def __init__(self, record: Record, seed: int) -> None:
        self.record = record
        self.world = _World(KEYS, accounts={KFID: "Chaos"}, members=set())
        self.phones: dict[str, WecomPhone] = {}
        self.orders = itertools.count(1)
        self._fake = FakeWecom(self.world, _Faults(record, random.Random(f"wecom {seed}")))
        self._stack = contextlib.ExitStack()
        self.url = ""

    def start(self) -> None:
        """Listen on a port of its own; what is delivered is told to this thread's event loop."""
        loop = asyncio.get_running_loop()

        def tell(got: Delivered) -> None:
            loop.call_soon_threadsafe(self._delivered, got)

        self.world.on_delivered = tell
        logging.getLogger("uvicorn.error").addFilter(_is_no_hang_up)
        self.url = self._stack.enter_context(run_wecom(self._fake))

    async def stop(self) -> None:
        """Let go of the port."""
        await asyncio.to_thread(self._stack.close)
        logging.getLogger("uvicorn.error").removeFilter(_is_no_hang_up)

    def behave(self, faults: VendorFaults) -> None:
        """Fail at these rates, in WeCom's own ways."""
        self._fake.faults.rates = {
            "limit": faults.quota,
            "status": faults.error,
            "busy": faults.error,
            "hang": faults.sent_then_time_out,
            "break": faults.sent_then_cut + faults.sent_then_error,
            "stale_token": faults.time_out,
        }

    def channels_yml(self) -> str:
        """Both channel accounts, as the shop configures them."""
        common = (
            f'corp_id: "{CORP_ID}", secret: "app-secret", token: "{TOKEN}", '
            f'aes_key: "{AES_KEY}", base_url: "{self.url}", timeout: {TIMEOUT}'
        )
        return f"""
- id: {KF}
  channel: wecom_kf
  settings: {{{common}}}
- id: {APP}
  channel: wecom
  settings: {{{common}, agent_id: {self.world.agent_id}}}
"""

    def _delivered(self, got: Delivered) -> None:
        phone = self.phones[got.to]
        words, options = _read(got.body)
        to, channel = phone.customer.contact, phone.customer.channel
        self.record.receipts.append(Receipt(channel, to, words, now(), key=got.msgid))
        phone.hear(Heard(0, words, options))


def _is_no_hang_up(line: logging.LogRecord) -> bool:
    """Callers that are killed while they speak are what this is about."""
    return not (line.exc_info and isinstance(line.exc_info[1], ClientDisconnect))


def _read(body: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Words and options (label -> value) of what was sent."""
    match body["msgtype"]:
        case "text":
            return str(body["text"]["content"]), {}
        case "msgmenu":
            items = [item["click"] for item in body["msgmenu"]["list"]]
            options = {item["content"]: item["id"] for item in items}
            return str(body["msgmenu"]["head_content"]), options
        case "template_card":
            card = body["template_card"]
            words = str(card.get("sub_title_text") or card["main_title"]["title"])
            return words, {each["text"]: each["key"] for each in card.get("button_list", ())}
        case kind:
            return f"[{kind}]", {}


class WecomPhone(Phone):
    """A WeChat user at the customer service account, or a member in the app."""

    def __init__(
        self, customer: Customer, record: Record, calls: Calls, rng: random.Random, wecom: Wecom
    ) -> None:
        super().__init__(customer, record, rng)
        self._calls = calls
        self._wecom = wecom
        self._late: list[asyncio.Task[None]] = []
        self._user = customer.contact.rpartition("/")[2]
        wecom.phones[self._user] = self
        if customer.account == APP:
            wecom.world.members.add(self._user)

    async def open(self) -> None:
        """The chat is there."""

    async def close(self) -> None:
        """Until what is still delivered has been delivered."""
        await asyncio.gather(*self._late)

    async def come_back(self) -> None:
        """WeCom brings everything by itself: there is nothing to fetch."""

    async def _utter(self, sent: Sent, saying: Saying) -> None:
        envelope = self._kf(sent, saying) if self.customer.account == KF else self._app(sent)
        once = [self._until_taken(sent, envelope)]
        if self._draws("twice_at_once"):
            once.append(self._until_taken(sent, envelope))
        await asyncio.gather(*once)
        if self._draws("again"):
            sent.again += 1
            self._late.append(asyncio.create_task(self._once_more(sent, envelope)))

    def _kf(self, sent: Sent, saying: Saying) -> Envelope:
        world = self._wecom.world
        match saying:
            case Text(_):
                envelope = world.says(KFID, self._user, sent.text)
            case Press(label):
                envelope = world.says(KFID, self._user, label, menu_id=sent.text)
            case Photos(_):
                envelope = world.sends_file(KFID, self._user, "image", photo(self.customer.contact))
            case Start(_):
                raise TypeError("a customer service account is entered, not started")
        sent.external_id = str(world.log[KFID][-1]["msgid"])
        return envelope

    def _app(self, sent: Sent) -> Envelope:
        message_id = sent.external_id.rpartition(":")[2]
        fields = {"MsgType": "text", "Content": sent.text, "MsgId": int(message_id)}
        sent.external_id = message_id
        return self._wecom.world.member_calls(self._user, fields)

    async def _once_more(self, sent: Sent, envelope: Envelope) -> None:
        await asyncio.sleep(self.rng.uniform(0, 3))
        await self._until_taken(sent, envelope)

    async def _until_taken(self, sent: Sent, envelope: Envelope) -> None:
        pause, cut = 0.1, self._draws("cut")
        kind = "wecom_kf" if self.customer.account == KF else "wecom"
        while True:
            self.tried(sent)
            wait = self.rng.uniform(0.002, 0.03) if cut else CALLBACK_TIMEOUT
            cut = False
            url = f"{self._calls.base()}/webhooks/{kind}/{self.customer.account}"
            try:
                async with self._calls.http.post(
                    url,
                    params=envelope.query,
                    data=envelope.body,
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
            # More patient than WeCom, whose signature would be too old in the end.
            world = self._wecom.world
            envelope = world.keys.sign_anew(envelope, int(world.now()))

    def _name(self, step: str) -> tuple[str, int]:
        order = next(self._wecom.orders)
        return f"{self._user}:{20_000_000_000 + order}", order
