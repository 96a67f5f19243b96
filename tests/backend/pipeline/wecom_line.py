"""WeCom in front of a whole house: its customers and members, its callbacks, its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import sqlalchemy as sa

from backend.accounts import service as accounts
from backend.audit import repository as audit
from backend.conversations.models import conversation, message
from backend.house import House, open_house
from backend.kit.actor import SYSTEM, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.jobs import listing
from backend.kit.jobs.worker import Worker
from backend.settings import Settings
from bot.channels.base import ChannelAccount
from bot.channels.registry import AdapterFactory
from bot.channels.wecom.app import WecomAdapter
from bot.channels.wecom.kf import WecomKfAdapter
from tests.channels.wecom.support import KFID, MEMBER, USER, app_account, kf_account
from tests.support.houses import application
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import KEYS, FakeWecom
from tests.support.wecom_world import Delivered, WecomWorld


class Line:
    """One house with both WeCom accounts. `callback` delivers as WeCom does."""

    def __init__(self, house: House, http: httpx.AsyncClient, fake: FakeWecom) -> None:
        self.house = house
        self.http = http
        self.fake = fake
        self.world = fake.world
        self.worker: Worker = house.worker()

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.house.clock, FixedClock)
        return self.house.clock

    async def callback(self, envelope: Envelope, account: str = "wecom_kf/wecom-kf") -> int:
        """Only the callback; nothing is worked yet."""
        answer = await self.http.post(
            f"/webhooks/{account}", params=envelope.query, content=envelope.body
        )
        return answer.status_code

    async def rest(self) -> None:
        """Work all there is."""
        await self.worker.run_until_idle()

    async def says(self, text: str, user: str = USER, menu_id: str = "") -> list[Delivered]:
        """A customer writes; what he gets for it."""
        before = len(self.world.got(user))
        assert await self.callback(self.world.says(KFID, user, text, menu_id)) == 200
        await self.rest()
        return self.world.got(user)[before:]

    async def member_says(self, text: str, member: str = MEMBER) -> list[Delivered]:
        before = len(self.world.got(member))
        assert await self.callback(self.world.member_says(member, text), "wecom/wecom-app") == 200
        await self.rest()
        return self.world.got(member)[before:]

    async def tick(self) -> None:
        """The periodic jobs fall due."""
        self.clock.advance(minutes=10)
        await self.house.db.tx(self.worker.enqueue_crons)
        await self.rest()

    async def log_in(self, role: Role) -> dict[str, str]:
        """Headers of somebody of the shop."""
        _key, text = await self.house.db.tx(accounts.create_key, SYSTEM, f"a {role}", role)
        return {"Authorization": f"Bearer {text}"}

    async def jobs(self, kind: str) -> list[Any]:
        """All jobs of a kind, done or not."""
        listed = await self.house.db.read(listing.list_jobs, None, 1_000)
        return [job for job in listed if job.kind == kind]

    async def audited(self) -> list[str]:
        """What the log says was done."""
        entries = await self.house.db.read(lambda tx: list(audit.all_entries(tx)))
        return [entry.action for entry in entries]

    async def messages(self) -> list[Mapping[str, Any]]:
        """All messages as stored, in order."""
        return await self.house.db.read(_messages)

    async def conversations(self) -> list[Mapping[str, Any]]:
        return await self.house.db.read(_conversations)


@asynccontextmanager
async def open_line(
    settings: Settings, clock: FixedClock, accounts: list[ChannelAccount] | None = None
) -> AsyncIterator[Line]:
    """A house between the fake WeCom's API and its callbacks."""
    fake = FakeWecom(WecomWorld(KEYS, now=lambda: clock.now().timestamp()))
    transport = httpx.ASGITransport(fake.app)
    factories: dict[str, AdapterFactory] = {
        "wecom": lambda account: WecomAdapter(account, transport),
        "wecom_kf": lambda account: WecomKfAdapter(account, transport),
    }
    accounts = [app_account(), kf_account()] if accounts is None else accounts
    house = open_house(settings, accounts, clock=clock, factories=factories)
    await house.prepare()

    app = application(house)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://house"
    ) as http:
        yield Line(house, http, fake)
    await house.close()


def _messages(tx: Tx) -> list[Mapping[str, Any]]:
    query = sa.select(message).order_by(message.c.conversation_id, message.c.seq)
    return [dict(row) for row in tx.conn.execute(query).mappings()]


def _conversations(tx: Tx) -> list[Mapping[str, Any]]:
    query = sa.select(conversation).order_by(conversation.c.created_at)
    return [dict(row) for row in tx.conn.execute(query).mappings()]
