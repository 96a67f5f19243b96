"""The whole house: inbox, turns, rules, refunds and outbox on a real database and real photos."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from backend.catalog.schemas import ProductIn
from backend.catalog.service import upsert_products
from backend.conversations.models import conversation, message
from backend.house import House, open_house
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.errors import DomainError
from backend.kit.images import MAX_BYTES
from backend.kit.money import Money
from backend.migrations.run import migrate
from backend.orders.importing import import_file
from backend.orders.models import order
from backend.pipeline import inbox
from backend.refunds import approval
from backend.refunds.history import record_past_refund
from backend.refunds.models import refund
from backend.settings import Settings
from backend.tickets.models import ticket
from bot.channels.base import (
    BadSignature,
    Capabilities,
    ChannelAccount,
    SendContext,
    Sent,
    WebhookRequest,
)
from bot.channels.registry import AdapterFactory
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    OutboundMessage,
    Sender,
    VerifiedIdentity,
)
from tests.conversations.script import Script
from tests.conversations.world import Shown, TicketSeen
from tests.support import pictures

SHOP = Path(__file__).with_name("shop.yml")
ACCOUNT = ChannelAccount("golden", "golden", "Golden", {})


def _bomb() -> bytes:
    """A PNG that claims 100,000 × 100,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def file_named(name: str) -> bytes:
    """The bytes of a file a conversation names."""
    if name == "not_an_image.txt":
        return b"I am a text, whatever my name says."
    if name == "huge.jpg":
        return pictures.photo(1) + b"\x00" * MAX_BYTES
    if name == "bomb.png":
        return _bomb()
    return pictures.photo(zlib.crc32(name.encode()))


class GoldenAdapter:
    """A channel with buttons whose photos are the files that conversations name."""

    capabilities = Capabilities(
        buttons=True,
        pickers=True,
        photos_in=True,
        photos_out=False,
        typing=False,
        edits=True,
        idempotent_send=True,
        max_text=4096,
        max_options=50,
    )

    def __init__(self, account: ChannelAccount) -> None:
        self.account = account
        self.sent: list[str] = []

    def verify(self, request: WebhookRequest) -> None:
        raise BadSignature("not_reachable")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        return ()

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        return file_named(attachment.source)

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        self.sent.append(context.idempotency_key)
        return Sent()

    async def typing(self, contact_external_id: str) -> None:
        """Not shown."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing waits."""

    async def close(self) -> None:
        """Nothing is open."""


def _settings(folder: Path, shop: Mapping[str, Any], **changes: Any) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=folder,
        shop_name=shop["name"],
        shop_timezone=shop["timezone"],
        demo_payments="slow_seconds=0",
        secret="golden",
        **changes,
    )


def open_shop(
    folder: Path,
    clock: FixedClock,
    accounts: Sequence[ChannelAccount] = (ACCOUNT,),
    factories: Mapping[str, AdapterFactory] | None = None,
    **changes: Any,
) -> House:
    """The house of the built shop, reached by `accounts`; `changes` of its settings."""
    shop = yaml.safe_load(SHOP.read_text("utf-8"))
    return open_house(
        _settings(folder, shop, **changes),
        accounts,
        clock=clock,
        factories=factories or {"golden": GoldenAdapter},
    )


def shop_clock() -> FixedClock:
    return FixedClock(yaml.safe_load(SHOP.read_text("utf-8"))["now"])


def build_shop(folder: Path) -> Path:
    """A database with the shop of shop.yml, to be copied for each conversation."""
    folder.mkdir(parents=True, exist_ok=True)
    migrate(str(folder / "aftercare.db"))
    asyncio.run(_fill(folder))
    return folder


async def _fill(folder: Path) -> None:
    shop = yaml.safe_load(SHOP.read_text("utf-8"))
    house = open_shop(folder, shop_clock())
    await house.prepare()
    products = [ProductIn.model_validate(product) for product in shop["products"]]
    await house.db.tx(upsert_products, SYSTEM, products)
    file = folder / "orders.jsonl"
    file.write_text("\n".join(json.dumps(one, default=_iso) for one in shop["orders"]), "utf-8")
    report = await import_file(house.db, file)
    assert not report.errors, report.errors
    for past in shop["past_refunds"]:
        await house.db.tx(record_past_refund, past["order"], past["amount_minor"], past["at"])
    await house.close()


def _iso(value: datetime) -> str:
    return value.isoformat()


class HouseWorld:
    """One customer of the shop in one chat, on a copy of the built shop."""

    def __init__(self, script: Script, built: Path, folder: Path) -> None:
        shutil.copytree(built, folder, dirs_exist_ok=True)
        self.clock = shop_clock()
        self.house = open_shop(folder, self.clock)
        self.worker = self.house.worker()
        name = script.customer
        self.sender = Sender(
            f"customer:{name}" if name else "visitor:golden",
            locale_hint=script.locale,
            identity=VerifiedIdentity(name) if name else None,
        )
        self.typed: list[str] = []
        self.numbers = itertools.count(1)

    async def close(self) -> None:
        """Every message that was stored has gone out by its channel, once."""
        adapter = self.house.channels.adapter(ACCOUNT.id)
        assert isinstance(adapter, GoldenAdapter)
        sent = Counter(adapter.sent)
        stored = await self.house.db.read(_outgoing_ids)
        await self.house.close()
        assert sent == Counter(stored)

    async def say(self, text: str) -> None:
        self.typed.append(await self._take(InboundKind.TEXT, text=text))

    async def press(self, values: Sequence[str]) -> None:
        await self._take(InboundKind.CHOICE, choice=",".join(values))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        """Several files come as an album does: one message each, tied together, in disorder."""
        group = f"album{next(self.numbers)}" if len(names) > 1 else None
        messages = [
            self._message(
                InboundKind.MEDIA,
                text="" if number else caption,
                attachments=(Attachment(AttachmentKind.IMAGE, source=name, name=name),),
                group_id=group,
            )
            for number, name in enumerate(names)
        ]
        for one in reversed(messages):
            await self._accept(one)
        await self._rest()

    async def edit(self, number: int, text: str) -> None:
        await self._take(InboundKind.EDIT, text=text, edits=self.typed[number - 1])

    async def start(self, payload: str) -> None:
        await self._take(InboundKind.START, text=payload)

    async def send_unreadable(self) -> None:
        await self._take(InboundKind.UNSUPPORTED)

    async def decide(self, verdict: str, by: str, reason: str) -> str:
        actor = Actor("account", by, by, Role(by))
        act = approval.approve_refund if verdict == "approve" else approval.reject_refund
        newest = await self.house.db.read(_newest_refund)
        note = {"note": reason} if verdict == "reject" else {}
        try:
            await self.house.db.tx(act, newest, actor, reason or "decided", **note)
        except DomainError as error:
            return error.code
        await self._rest()
        return ""

    async def wait(self, time: timedelta) -> None:
        self.clock.advance(seconds=time.total_seconds())
        await self._rest()

    async def shown(self) -> Sequence[Shown]:
        return await self.house.db.read(_shown)

    async def tickets(self) -> Sequence[TicketSeen]:
        return await self.house.db.read(_tickets)

    async def paid_back(self) -> Mapping[str, int]:
        from backend.integrations.payments.demo import DemoProvider
        from backend.integrations.payments.registry import DEMO_BOOKS

        books = DemoProvider(self.house.settings.data_dir / DEMO_BOOKS)
        orders = await self.house.db.read(_orders_by_payment)
        paid: Counter[str] = Counter()
        for effect in books.effects():
            paid[orders[effect.payment_ref]] += effect.amount
        return paid

    async def handed_off(self) -> str | None:
        return await self.house.db.read(_handed_off)

    async def _take(self, kind: InboundKind, **parts: Any) -> str:
        one = self._message(kind, **parts)
        await self._accept(one)
        # The vendor tells it twice: nobody may notice.
        await self._accept(one)
        await self._rest()
        return one.external_id

    def _message(self, kind: InboundKind, **parts: Any) -> InboundMessage:
        number = next(self.numbers)
        return InboundMessage(
            external_id=f"golden:{number}",
            sender=self.sender,
            kind=kind,
            sent_at=self.clock.now(),
            order=number,
            **parts,
        )

    async def _accept(self, one: InboundMessage) -> None:
        locale = self.sender.locale_hint or "zh-CN"
        await self.house.db.tx(inbox.accept, ACCOUNT, one, locale)

    async def _rest(self) -> None:
        await self.worker.run_until_idle()
        self.clock.advance(seconds=2)  # an album waits a moment for more
        await self.worker.run_until_idle()


def _outgoing_ids(tx: Tx) -> list[str]:
    query = sa.select(message.c.id).where(message.c.author != "customer")
    return list(tx.conn.execute(query).scalars())


def _newest_refund(tx: Tx) -> str:
    query = sa.select(refund.c.id).order_by(refund.c.requested_at.desc(), refund.c.id.desc())
    return str(tx.conn.execute(query.limit(1)).scalar_one())


def _shown(tx: Tx) -> list[Shown]:
    query = sa.select(message.c.body).where(message.c.author != "customer").order_by(message.c.seq)
    return [
        Shown(
            body["template_key"],
            body["text"],
            {option["label"]: option["value"] for option in body["options"]},
        )
        for body in tx.conn.execute(query).scalars()
    ]


def _tickets(tx: Tx) -> list[TicketSeen]:
    query = (
        sa.select(ticket, order.c.number.label("order_number"))
        .join(order, order.c.id == ticket.c.order_id)
        .where(ticket.c.conversation_id.is_not(None))
        .order_by(ticket.c.created_at, ticket.c.id)
    )
    return [
        TicketSeen(
            number=row.number,
            order=row.order_number,
            kind=row.kind,
            state=row.state,
            amount=Money(row.amount, row.currency).plain(),
        )
        for row in tx.conn.execute(query)
    ]


def _orders_by_payment(tx: Tx) -> dict[str, str]:
    from backend.orders.models import payment

    query = sa.select(payment.c.provider_ref, order.c.number).join(
        order, order.c.id == payment.c.order_id
    )
    return {row.provider_ref: row.number for row in tx.conn.execute(query)}


def _handed_off(tx: Tx) -> str | None:
    found: str | None = tx.conn.execute(sa.select(conversation.c.handoff_reason)).scalar()
    return found
