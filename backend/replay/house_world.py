"""The whole house: inbox, turns, rules, refunds and outbox on a database of its own."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.house import House
from backend.integrations.payments.demo import DemoProvider
from backend.integrations.payments.registry import DEMO_BOOKS
from backend.kit.actor import Actor, Role
from backend.kit.clock import FixedClock
from backend.kit.errors import DomainError
from backend.pipeline import inbox
from backend.refunds import approval
from backend.replay import repository
from backend.replay.channel import ACCOUNT
from backend.replay.script import Script
from backend.replay.world import Shown, TicketSeen
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    Sender,
    VerifiedIdentity,
)


class HouseWorld:
    """One customer of the shop in one chat of a house that is all his.

    `deliveries`: how often the vendor tells each message; nobody may notice more than one.
    """

    def __init__(
        self, script: Script, house: House, clock: FixedClock, *, deliveries: int = 1
    ) -> None:
        self.house = house
        self.clock = clock
        self.deliveries = deliveries
        self.worker = house.worker()
        name = script.customer
        self.sender = Sender(
            f"customer:{name}" if name else "visitor:replay",
            locale_hint=script.locale,
            identity=VerifiedIdentity(name) if name else None,
        )
        self.typed: list[str] = []
        self.numbers = itertools.count(1)

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
        newest = await self.house.db.read(repository.newest_refund)
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
        return await self.house.db.read(repository.shown)

    async def tickets(self) -> Sequence[TicketSeen]:
        return await self.house.db.read(repository.tickets)

    async def paid_back(self) -> Mapping[str, int]:
        books = DemoProvider(self.house.settings.data_dir / DEMO_BOOKS)
        orders = await self.house.db.read(repository.orders_by_payment)
        paid: Counter[str] = Counter()
        for effect in books.effects():
            paid[orders[effect.payment_ref]] += effect.amount
        return paid

    async def handed_off(self) -> str | None:
        return await self.house.db.read(repository.handed_off)

    async def _take(self, kind: InboundKind, **parts: Any) -> str:
        one = self._message(kind, **parts)
        for _ in range(self.deliveries):
            await self._accept(one)
        await self._rest()
        return one.external_id

    def _message(self, kind: InboundKind, **parts: Any) -> InboundMessage:
        number = next(self.numbers)
        return InboundMessage(
            external_id=f"replay:{number}",
            sender=self.sender,
            kind=kind,
            sent_at=self.clock.now(),
            order=number,
            **parts,
        )

    async def _accept(self, one: InboundMessage) -> None:
        locale = self.sender.locale_hint or self.house.settings.shop_locale
        await self.house.db.tx(inbox.accept, ACCOUNT, one, locale)

    async def _rest(self) -> None:
        await self.worker.run_until_idle()
        self.clock.advance(seconds=2)  # an album waits a moment for more
        await self.worker.run_until_idle()
