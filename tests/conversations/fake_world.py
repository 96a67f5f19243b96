"""A world without a backend: the bot between the fakes at its ports. Fast, and the bot's alone."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from babel.numbers import get_currency_precision

from bot.dialogs.actions import Refused
from bot.dialogs.observer import Observer
from bot.dialogs.state import DialogState, view_of
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender
from bot.ports import Money, Passage, Ports
from bot.rendering import render, wording
from bot.replies import Reply
from bot.turn import Turn, take_turn
from bot.understanding.base import Understanding, Understood
from bot.understanding.local import LocalUnderstanding
from bot.understanding.normalise import for_matching
from knowledge.embedding import shared_embedder
from knowledge.hybrid import HybridIndex
from knowledge.loader import load_articles
from templates_i18n.catalog import Catalog
from tests.bot.fakes import ActionRefused, FakeShop
from tests.conversations.script import Script
from tests.conversations.world import Shown, TicketSeen

CONTACT = "contact"
CATALOG = Catalog.load()
INDEX = HybridIndex.build(load_articles(), shared_embedder())
UNDERSTANDING = LocalUnderstanding.shipped("zh-CN")
REJECTED = {
    "not_an_image.txt": "not_an_image",
    "huge.jpg": "too_large",
    "bomb.png": "too_many_pixels",
    "blank.jpg": "blank",
    "dark.jpg": "too_dark",
}


class ShippedArticles:
    """The articles that come with the product."""

    def answer(self, question: str, locale: str) -> Passage | None:
        found = INDEX.answer(for_matching(question), locale)
        return Passage(found.title, found.text, found.confidence) if found else None


class FakeWorld:
    """One customer of the fake shop in one chat. `understanding` in the shipped one's place;
    `observer` is told of the steps visited."""

    def __init__(
        self,
        script: Script,
        understanding: Understanding | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.understanding = understanding
        self.observer = observer
        self.shop = FakeShop.load()
        self.shop.contacts[CONTACT] = script.customer
        self.hint = script.locale
        self.state = DialogState()
        self.got: list[Shown] = []
        self.typed: list[str] = []
        self.to_pay: list[Reply] = []
        self.numbers = itertools.count(1)

    async def say(self, text: str) -> None:
        message = self._message(InboundKind.TEXT, text=text)
        self.typed.append(message.external_id)
        await self._take(message)

    async def press(self, values: Sequence[str]) -> None:
        await self._take(self._message(InboundKind.CHOICE, choice=",".join(values)))

    async def send_files(self, names: Sequence[str], caption: str = "") -> None:
        attachments = tuple(
            Attachment(AttachmentKind.IMAGE, rejected=REJECTED[name])
            if name in REJECTED
            else Attachment(AttachmentKind.IMAGE, ref=f"{name}-{next(self.numbers)}")
            for name in names
        )
        await self._take(self._message(InboundKind.MEDIA, text=caption, attachments=attachments))

    async def edit(self, number: int, text: str) -> None:
        await self._take(self._message(InboundKind.EDIT, text=text, edits=self.typed[number - 1]))

    async def start(self, payload: str) -> None:
        await self._take(self._message(InboundKind.START, text=payload))

    async def send_unreadable(self) -> None:
        await self._take(self._message(InboundKind.UNSUPPORTED))

    async def decide(self, verdict: str, by: str, reason: str) -> str:
        number = self.shop.tickets[-1].number
        try:
            if verdict == "approve":
                self._house(self.shop.approve(number, by))
            else:
                self._house(self.shop.reject(number, reason))
        except ActionRefused as refused:
            return refused.code
        self._pay_out()
        return ""

    async def wait(self, time: timedelta) -> None:
        self.shop.now += time

    async def shown(self) -> Sequence[Shown]:
        return self.got

    async def tickets(self) -> Sequence[TicketSeen]:
        return [
            TicketSeen(
                number=ticket.number,
                order=ticket.order,
                kind=ticket.kind,
                state=ticket.state,
                amount=_plain(ticket.amount),
            )
            for ticket in self.shop.tickets
        ]

    async def paid_back(self) -> Mapping[str, int]:
        orders = self.shop.orders.values()
        return {one.view.number: one.paid_back for one in orders if one.paid_back}

    async def handed_off(self) -> str | None:
        return self.shop.handed_off.get(CONTACT)

    def _message(
        self,
        kind: InboundKind,
        *,
        text: str = "",
        choice: str | None = None,
        attachments: tuple[Attachment, ...] = (),
        edits: str | None = None,
    ) -> InboundMessage:
        number = next(self.numbers)
        return InboundMessage(
            external_id=f"m{number}",
            sender=Sender(CONTACT, locale_hint=self.hint),
            kind=kind,
            sent_at=self.shop.now,
            order=number,
            text=text,
            choice=choice,
            attachments=attachments,
            edits=edits,
        )

    async def _take(self, message: InboundMessage) -> None:
        view = view_of(self.state, message, wording(CATALOG))
        if self.understanding is None:
            understood = UNDERSTANDING.read(message, view)
        else:
            understood = await self.understanding.understand(message, view)
        ports = self._ports()
        turn = self._turn(message, understood, ports)
        try:
            self._act(turn)
        except ActionRefused as error:
            refused = Refused(turn.actions[-1], error.code, error.params)
            turn = self._turn(message, understood, ports, refused)
            self._act(turn)
        self._finish(turn)
        while turn.continues:
            turn = self._turn(None, None, self._ports())
            self._act(turn)
            self._finish(turn)
        self._pay_out()

    def _turn(
        self,
        message: InboundMessage | None,
        understood: Understood | None,
        ports: Ports,
        refused: Refused | None = None,
    ) -> Turn:
        return take_turn(self.state, message, understood, ports, refused, observer=self.observer)

    def _ports(self) -> Ports:
        return replace(self.shop.ports(CONTACT), articles=ShippedArticles())

    def _act(self, turn: Turn) -> None:
        locale = turn.state.locale
        for action in turn.actions:
            self._house(self.shop.carry_out(CONTACT, action), locale)

    def _finish(self, turn: Turn) -> None:
        # Through JSON, as a stored state would go.
        self.state = DialogState.from_json(turn.state.to_json())
        for reply in turn.replies:
            self._show(reply, self.state.locale)

    def _house(self, said: list[tuple[str, dict[str, object]]], locale: str = "") -> None:
        for key, params in said:
            if key == "refund.paid":
                self.to_pay.append(Reply(key, params))
            else:
                self._show(Reply(key, params), locale or self.state.locale)

    def _pay_out(self) -> None:
        """Money is paid by a job of its own, after the turn."""
        for reply in self.to_pay:
            self._show(reply, self.state.locale)
        self.to_pay.clear()

    def _show(self, reply: Reply, locale: str) -> None:
        message = render(reply, locale, CATALOG, self.shop.timezone, numbered=False)
        options = {option.label: option.value for option in message.options}
        self.got.append(Shown(reply.key, message.text, options))


def _plain(amount: Money) -> str:
    digits = get_currency_precision(amount.currency)
    return f"{amount.currency} {amount.minor / 10**digits:.{digits}f}"
