"""What web chats and apps of a shop have in common: messages shown by number, and resends by id."""

from __future__ import annotations

import asyncio
import random
from abc import abstractmethod
from typing import Any

from tests.chaos.phone import Calls, Heard, Phone
from tests.chaos.record import Customer, Record, Sent, Shown


class ScreenPhone(Phone):
    """Shows messages by their number; hands a message over again under the same client id."""

    def __init__(
        self, customer: Customer, record: Record, calls: Calls, rng: random.Random
    ) -> None:
        super().__init__(customer, record, rng)
        self._calls = calls
        self._last_order = 0

    @property
    def last_seq(self) -> int:
        """The highest number that was shown."""
        return max(self.customer.seen, default=0)

    @abstractmethod
    async def _first(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        """Hand over until accepted: `id`, `seq` and `duplicate` of the answer."""

    @abstractmethod
    async def _post(self, sent: Sent, body: dict[str, Any]) -> dict[str, Any]:
        """The same by HTTP."""

    @abstractmethod
    async def _page(self) -> dict[str, Any]:
        """The messages after the last one that was shown."""

    async def _hand_over(self, sent: Sent, body: dict[str, Any]) -> None:
        """Once, or twice at once, or once more: it has to stay one message."""
        if self._draws("twice_at_once"):
            first, second = await asyncio.gather(self._post(sent, body), self._post(sent, body))
            if not (first["duplicate"] or second["duplicate"]):
                self.customer.complaints.append(f"{sent.external_id}: accepted anew twice")
            self._compare(sent, first, second)
            return
        accepted = await self._first(sent, body)
        if self._draws("again"):
            sent.again += 1
            repeated = await self._post(sent, body)
            if not repeated["duplicate"]:
                self.customer.complaints.append(f"{sent.external_id}: a resend was taken anew")
            self._compare(sent, accepted, repeated)

    def _compare(self, sent: Sent, one: dict[str, Any], other: dict[str, Any]) -> None:
        if (one["id"], one["seq"]) != (other["id"], other["seq"]):
            self.customer.complaints.append(f"{sent.external_id}: {one} is not {other}")

    async def come_back(self) -> None:
        """He left after his last word's answer, and some things were said after that (that he was
        paid). He asks on from the last number he has, as a client that kept its messages does, and
        not from the first: what was passed over earlier stays missing, and is found."""
        await self._read_page()

    async def _read_page(self) -> None:
        page = await self._page()
        for message in page["messages"]:
            self._show(message)

    def _show(self, message: dict[str, Any]) -> None:
        known = self.customer.seen.get(message["seq"])
        shown = Shown(message["id"], message["text"])
        if known is not None:
            if known != shown:
                self.customer.complaints.append(f"number {message['seq']} was {known} before")
            return
        self.customer.seen[message["seq"]] = shown
        if message["from"] == "bot":
            options = {option["label"]: option["value"] for option in message["options"]}
            self.hear(Heard(message["seq"], message["text"], options))

    def _name(self, step: str) -> tuple[str, int]:
        # The service numbers these messages itself, as it accepts them: one after another.
        self._last_order += 1
        client_id = f"{self.customer.name}-{step.replace('.', '-')}"
        return f"{self.customer.contact}:{client_id}", self._last_order
