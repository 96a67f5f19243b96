"""The whole house behind real channels: what the customer does goes in as his vendor tells it.

Each world plays the same conversations. What a channel has no way to say (an edit at WeCom, an
album) is left out by `can_play`; all else must end with the same tickets and payments.
"""

from __future__ import annotations

import itertools
import shutil
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from teremok import MockedSession

from backend.conversations.models import message
from backend.customers import service as customers
from backend.kit.db import Tx
from bot.channels.base import ChannelAccount
from bot.channels.identity import sign_identity
from bot.channels.registry import AdapterFactory
from bot.channels.telegram import TelegramAdapter
from bot.channels.telegram.adapter import SECRET_HEADER
from bot.channels.webchat import WebchatAdapter
from bot.channels.wecom.app import WecomAdapter
from bot.channels.wecom.kf import WecomKfAdapter
from bot.messages import Attachment
from tests.channels.telegram.support import SECRET, captured
from tests.channels.telegram.support import account as telegram_account
from tests.channels.wecom.support import KFID, MEMBER, USER, app_account, kf_account
from tests.conversations.fake_world import REJECTED
from tests.conversations.house_world import HouseWorld, file_named, open_shop, shop_clock
from tests.conversations.script import Script
from tests.conversations.world import Shown
from tests.support.houses import application
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import KEYS, FakeWecom
from tests.support.wecom_world import WecomWorld


def says_nobody(script: Script, *steps: str) -> bool:
    """Whether no step of the script is one of these."""
    return not any(name in step for step in script.steps for name in steps)


def one_at_a_time(script: Script) -> bool:
    """Whether he picks and sends one thing at a time."""
    many = ("picks", "sends")
    return not any(isinstance(step.get(name), list) for step in script.steps for name in many)


def files_of(script: Script) -> set[str]:
    return {str(step["sends"]) for step in script.steps if "sends" in step}


class ChannelWorld(HouseWorld):
    """A house with one channel account, reached by HTTP as its vendor does."""

    pace = 2.0
    """Seconds that pass between what he does."""

    def __init__(self, script: Script, built: Path, folder: Path) -> None:
        shutil.copytree(built, folder, dirs_exist_ok=True)
        self.script = script
        self.clock = shop_clock()
        self.account, factory = self.channel()
        factories = {self.account.channel: factory}
        self.house = open_shop(
            folder, self.clock, [self.account], factories, shop_locale=script.locale
        )
        self.worker = self.house.worker()
        self.numbers = itertools.count(1)
        self.typed: list[str] = []
        self.http = self._client()

    @staticmethod
    def can_play(script: Script) -> bool:
        """Whether the channel has a way to say all that is in the script."""
        return one_at_a_time(script) and says_nobody(script, "edits", "caption")

    @abstractmethod
    def channel(self) -> tuple[ChannelAccount, AdapterFactory]:
        """The account, and what makes its adapter."""

    @abstractmethod
    async def begin(self) -> None:
        """Make the customer known, as far as the script says."""

    @abstractmethod
    async def delivered_twice(self) -> Sequence[object]:
        """What the vendor was asked to deliver more than once."""

    async def close(self) -> None:
        """Every message went out, once, or waits for the customer and says so."""
        states = await self.house.db.read(_states)
        twice = await self.delivered_twice()
        await self.http.aclose()
        await self.house.close()
        assert states <= {"sent", "held"}
        assert not twice

    async def bind(self, contact: str) -> None:
        """The contact is the script's customer, by a proof the shop had before."""

        def bind(tx: Tx) -> None:
            found = customers.lock_contact(tx, self.account.id, contact, "", self.script.locale)
            if self.script.customer is not None:
                customers.bind_contact(tx, found.id, self.script.customer)

        await self.house.db.tx(bind)

    async def hook(
        self,
        body: bytes,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The vendor calls, and calls again."""
        path = f"/webhooks/{self.account.channel}/{self.account.id}"
        for _ in range(2):
            answer = await self.http.post(path, content=body, params=query, headers=headers)
            assert answer.status_code == 200, answer.text

    async def rest(self) -> None:
        """Until nothing is to be done."""
        await self._rest()
        self.clock.advance(seconds=self.pace)

    def _client(self) -> httpx.AsyncClient:
        app = application(self.house)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house")


class _WecomWorld(ChannelWorld):
    pace = 15.0  # a member gets 30 messages a minute, what is more is dropped

    def wecom(self) -> FakeWecom:
        self.fake = FakeWecom(WecomWorld(KEYS, now=lambda: self.clock.now().timestamp()))
        return self.fake

    @staticmethod
    def can_play(script: Script) -> bool:
        return ChannelWorld.can_play(script) and "huge.jpg" not in files_of(script)

    async def call(self, envelope: Envelope) -> None:
        await self.hook(envelope.body, envelope.query)
        await self.rest()

    async def delivered_twice(self) -> Sequence[object]:
        return self.fake.world.dropped

    async def edit(self, number: int, text: str) -> None:
        raise NotImplementedError("WeCom has no edits")


class WecomAppChannel(_WecomWorld):
    """A member of the company writes to the shop's app."""

    def channel(self) -> tuple[ChannelAccount, AdapterFactory]:
        transport = httpx.ASGITransport(self.wecom().app)
        return app_account(), lambda account: WecomAdapter(account, transport)

    async def begin(self) -> None:
        await self.bind(MEMBER)

    async def say(self, text: str) -> None:
        await self.call(self.fake.world.member_says(MEMBER, text))

    async def press(self, values: Sequence[str]) -> None:
        await self.call(self.fake.world.member_presses(MEMBER, list(values)))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        for name in names:
            media_id = self.fake.world.add_media("image", name, file_named(name))
            await self.call(self.fake.world.member_sends(MEMBER, "image", MediaId=media_id))

    async def start(self, payload: str) -> None:
        event = {"MsgType": "event", "Event": "click", "EventKey": payload}
        await self.call(self.fake.world.member_calls(MEMBER, dict(event)))

    async def send_unreadable(self) -> None:
        await self.call(self.fake.world.member_sends(MEMBER, "location", Label="Hangzhou"))


class WecomKfChannel(_WecomWorld):
    """A WeChat user writes to a customer service account."""

    def channel(self) -> tuple[ChannelAccount, AdapterFactory]:
        transport = httpx.ASGITransport(self.wecom().app)
        return kf_account(handoff="none"), lambda account: WecomKfAdapter(account, transport)

    async def begin(self) -> None:
        await self.bind(f"{KFID}/{USER}")

    async def say(self, text: str) -> None:
        await self.call(self.fake.world.says(KFID, USER, text))

    async def press(self, values: Sequence[str]) -> None:
        (value,) = values
        await self.call(self.fake.world.says(KFID, USER, "pressed", value))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        for name in names:
            content = file_named(name)
            await self.call(self.fake.world.sends_file(KFID, USER, "image", content))

    async def start(self, payload: str) -> None:
        await self.call(self.fake.world.enters(KFID, USER, payload))

    async def send_unreadable(self) -> None:
        place = {"latitude": 30.2, "longitude": 120.1, "name": "Hangzhou", "address": ""}
        await self.call(self.fake.world.sends(KFID, USER, "location", place))


class _Telegram(TelegramAdapter):
    """Whose files are those that conversations name."""

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return file_named(attachment.source)


class TelegramChannel(ChannelWorld):
    """A private chat with the shop's bot."""

    def channel(self) -> tuple[ChannelAccount, AdapterFactory]:
        self.session = MockedSession()
        return telegram_account(), lambda account: _Telegram(account, session=self.session)

    async def begin(self) -> None:
        await self.bind(str(captured("text")["message"]["chat"]["id"]))

    async def update(self, kind: str, **message: Any) -> None:
        update, number = captured(kind), next(self.numbers)
        update["update_id"] = 10_000 + number
        sent_at = int(self.clock.now().timestamp())
        chat = captured("text")["message"]
        who = {**chat["from"], "language_code": self.script.locale}
        if kind == "callback_query":
            press = update["callback_query"]
            press |= {"id": f"9{number}", "from": who, **message}
            press["message"] |= {"chat": chat["chat"]}
        else:
            place = {"message_id": 1_000 + number, "date": sent_at}
            update["message"] |= {**place, "from": who, "chat": chat["chat"], **message}
        body = httpx.Request("POST", "http://x", json=update).content
        await self.hook(body, headers={SECRET_HEADER: SECRET})
        await self.rest()

    @staticmethod
    def can_play(script: Script) -> bool:
        # Telegram's apps send what is longer as several messages, which are answered one by one.
        short = not any(isinstance(step.get("customer"), dict) for step in script.steps)
        return ChannelWorld.can_play(script) and short

    async def say(self, text: str) -> None:
        await self.update("text", text=text)

    async def press(self, values: Sequence[str]) -> None:
        await self.update("callback_query", data=",".join(values))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        for name in names:
            sizes = [{"file_id": name, "file_unique_id": "u", "width": 320, "height": 240}]
            await self.update("photo", photo=sizes, caption=caption or None)

    async def start(self, payload: str) -> None:
        await self.update("text", text=f"/start {payload}".strip(), entities=None)

    async def send_unreadable(self) -> None:
        await self.update("sticker")

    async def delivered_twice(self) -> Sequence[object]:
        return []  # Telegram takes no key; that it is asked once shows in the states


class WebchatChannel(ChannelWorld):
    """A visitor of the shop's page, by the chat API."""

    secret = "golden's secret"

    @staticmethod
    def can_play(script: Script) -> bool:
        # Its uploads are judged before there is a message: only photos come through.
        readable = not (REJECTED.keys() & files_of(script))
        return readable and says_nobody(script, "edits", "sends_voice")

    def channel(self) -> tuple[ChannelAccount, AdapterFactory]:
        settings = {"identity_secret": self.secret}
        return ChannelAccount("web", "webchat", "Shop", settings), WebchatAdapter

    async def begin(self) -> None:
        """He comes when he first says something."""
        self.auth: dict[str, str] = {}
        self.greeted = 0

    async def open(self) -> None:
        """He opens the page, once; it greets, and the scripts begin behind that."""
        if self.auth:
            return
        asked: dict[str, Any] = {"channel": "web", "locale": self.script.locale}
        if (customer := self.script.customer) is not None:
            at = int(self.clock.now().timestamp())
            signature = sign_identity(self.secret, "web", customer, at)
            asked["identity"] = {
                "customer_id": customer,
                "issued_at": at,
                "signature": signature,
            }
        answer = await self.http.post("/api/chat/v1/sessions", json=asked)
        self.auth = {"Authorization": f"Bearer {answer.json()['token']}"}
        await self.rest()
        self.greeted = len(await super().shown())

    async def shown(self) -> Sequence[Shown]:
        return (await super().shown())[self.greeted :]

    async def send(self, **content: Any) -> None:
        await self.open()
        sent = {"client_id": f"c{next(self.numbers)}", **content}
        for _ in range(2):
            answer = await self.http.post("/api/chat/v1/messages", json=sent, headers=self.auth)
            assert answer.status_code == 202, answer.text
        await self.rest()

    async def say(self, text: str) -> None:
        await self.send(text=text)

    async def press(self, values: Sequence[str]) -> None:
        await self.send(choice=",".join(values))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        await self.open()
        refs = []
        for name in names:
            files = {"file": (name, file_named(name), "image/jpeg")}
            path = "/api/chat/v1/attachments"
            answer = await self.http.post(path, files=files, headers=self.auth)
            refs.append(answer.json()["id"])
        await self.send(attachments=refs, text=caption)

    async def start(self, payload: str) -> None:
        await self.send(kind="start", text=payload)

    async def delivered_twice(self) -> Sequence[object]:
        return []  # storing is delivering


WORLDS: Mapping[str, type[ChannelWorld]] = {
    "wecom": WecomAppChannel,
    "wecom_kf": WecomKfChannel,
    "telegram": TelegramChannel,
    "webchat": WebchatChannel,
}


def _states(tx: Tx) -> set[str]:
    query = sa.select(message.c.delivery).where(message.c.author != "customer").distinct()
    return set(tx.conn.execute(query).scalars())
