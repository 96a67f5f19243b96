"""Customers of the storm: each asks for a refund over the public chat API and never gives up."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bot.channels.identity import sign_identity
from tests.support.houses import an_order

CHANNEL = "web"
SECRET = "a shop server's secret"
CHANNELS = f"""
- id: {CHANNEL}
  channel: webchat
  settings: {{identity_secret: "{SECRET}"}}
"""
PATIENCE = 120.0
PRICE = 4_900


class Progress:
    """Counts the customers' steps: messages accepted and answers seen."""

    def __init__(self) -> None:
        self._steps = 0
        self._moved = asyncio.Condition()

    async def step(self) -> None:
        """One more."""
        async with self._moved:
            self._steps += 1
            self._moved.notify_all()

    async def further(self, steps: int, *, patience: float) -> None:
        """Wait for so many more, at most `patience` seconds."""
        goal = self._steps + steps
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience), self._moved:
                await self._moved.wait_for(lambda: self._steps >= goal)


@dataclass
class Customer:
    """One customer, his order, and what he was promised: `accepted` client ids got a 202."""

    number: int
    rng: random.Random
    accepted: list[str] = field(default_factory=list)
    conversation_id: str = ""

    @property
    def external_id(self) -> str:
        return f"K{self.number:04d}"

    @property
    def order_number(self) -> str:
        return f"CH{self.number:05d}"


def prepare_orders(settings: dict[str, Any], count: int) -> None:
    """A data folder with the chat's account, and one refundable order for each customer."""
    from backend.commands import import_orders_from
    from backend.settings import Settings

    (Path(settings["data_dir"]) / "channels.yml").write_text(CHANNELS)
    now = datetime.now(UTC)
    file = Path(settings["data_dir"]) / "orders.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(count):
            lines.write(json.dumps(_order_of(Customer(number, random.Random()), now)) + "\n")
    report = import_orders_from(Settings(**settings), file)
    assert report.created == count, report


def _order_of(customer: Customer, now: datetime) -> dict[str, Any]:
    return an_order(customer.order_number, customer.external_id, now)


async def converse(base: str, customer: Customer, progress: Progress) -> None:
    """The whole refund, typed; every step is sent until it is accepted and answered."""
    async with httpx.AsyncClient(base_url=base, timeout=5) as client:
        session = await _call(client, "POST", "/api/chat/v1/sessions", json=_hello(customer))
        customer.conversation_id = session["conversation_id"]
        client.headers["authorization"] = f"Bearer {session['token']}"
        seen = await _answer_after(client, 0)
        for step, text in enumerate(script(customer)):
            client_id = f"{customer.external_id}-{step}"
            sent = await _send(client, customer, client_id, text)
            await progress.step()
            seen = await _answer_after(client, max(seen, sent))
            await progress.step()


def script(customer: Customer) -> list[str]:
    """What he types, one message an answer."""
    return [
        f"I want a refund for order {customer.order_number}",
        "yes, I received it",
        "I no longer want it",
        "yes",
        "thanks",
    ]


def _hello(customer: Customer) -> dict[str, Any]:
    issued_at = int(datetime.now(UTC).timestamp())
    return {
        "channel": CHANNEL,
        "locale": "en",
        "identity": {
            "customer_id": customer.external_id,
            "issued_at": issued_at,
            "signature": sign_identity(SECRET, CHANNEL, customer.external_id, issued_at),
        },
    }


async def _send(client: httpx.AsyncClient, customer: Customer, client_id: str, text: str) -> int:
    """Send until accepted; now and then once more although it was."""
    message = {"client_id": client_id, "text": text}
    accepted = await _call(client, "POST", "/api/chat/v1/messages", json=message)
    customer.accepted.append(client_id)
    if customer.rng.random() < 0.3:
        again = await _call(client, "POST", "/api/chat/v1/messages", json=message)
        assert again["seq"] == accepted["seq"], "a resend became another message"
        assert again["duplicate"]
    return int(accepted["seq"])


async def _answer_after(client: httpx.AsyncClient, seq: int) -> int:
    """Wait for the bot's next words after `seq`; their number."""
    for _ in range(int(PATIENCE / 0.05)):
        page = await _call(client, "GET", f"/api/chat/v1/messages?after={seq}")
        answers = [m["seq"] for m in page["messages"] if m["from"] == "bot"]
        if answers:
            return int(answers[-1])
        await asyncio.sleep(0.05)
    raise TimeoutError(f"no answer after {seq}")


async def _call(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> Any:
    """Until the service answers: it may be dead right now."""
    for _ in range(int(PATIENCE / 0.05)):
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError:
            await asyncio.sleep(0.05)
            continue
        if answer.status_code < 300:
            return answer.json()
        if answer.status_code < 500:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{method} {path}")
