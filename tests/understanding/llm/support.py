"""What the tests of the language model share: a local understanding that blocks, and a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.dialogs.commands import Clarify, Command
from bot.messages import InboundKind, InboundMessage, Option, Sender, VerifiedIdentity
from bot.understanding.base import DialogView, Understood
from bot.understanding.llm.breaker import Breaker
from bot.understanding.llm.budget import Budget, Prices
from bot.understanding.llm.guarded import GuardedModel
from bot.understanding.llm.model import ChatModel
from bot.understanding.llm.understanding import LlmUnderstanding
from tests.conversations.fake_world import UNDERSTANDING
from tests.support.llm_server import LlmServer

START = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)


@dataclass
class Ticking:
    """A clock to move."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Shipped:
    """The shipped understanding, without a thread for its vectors."""

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        return UNDERSTANDING.read(message, view)


@dataclass
class Knowing:
    """A local understanding that says what it is told to."""

    commands: tuple[Command, ...] = (Clarify(),)
    confidence: float = 0.2
    asked: int = 0

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        self.asked += 1
        return Understood("en", self.commands, self.confidence, "local")


@dataclass
class Counts:
    """What was observed."""

    calls: list[tuple[str, int, int]] = field(default_factory=list)
    proposals: list[str] = field(default_factory=list)

    def call(self, outcome: str, seconds: float, tokens_in: int, tokens_out: int) -> None:
        self.calls.append((outcome, tokens_in, tokens_out))


def guarded(model: ChatModel, now: Ticking | None = None, **changes: Any) -> GuardedModel:
    """A guarded model with the defaults of an installation."""
    now = now or Ticking()
    parts: dict[str, Any] = {"breaker": Breaker(now), "budget": Budget(now), **changes}
    # Under load the library alone may take longer to answer than a customer would wait.
    return GuardedModel(model, deadline=parts.pop("deadline", 30.0), **parts)


def understanding(server: LlmServer, local: Any = None, **changes: Any) -> LlmUnderstanding:
    """An understanding that asks the scripted server, unless `model` answers in its place."""
    prices = changes.pop("prices", Prices())
    model = changes.pop("model", None) or server.chat(30)
    return LlmUnderstanding(local or Knowing(), guarded(model, **changes), prices)


def said(text: str, name: str = "", **changes: Any) -> InboundMessage:
    """A typed message of `name`."""
    identity = VerifiedIdentity("C1", name) if name else None
    sender = Sender("contact", name, identity=identity)
    return InboundMessage(
        **{
            "external_id": "m1",
            "sender": sender,
            "kind": InboundKind.TEXT,
            "sent_at": START,
            "order": 1,
            "text": text,
            **changes,
        }
    )


def options(*labels: str) -> tuple[Option, ...]:
    """Options as the dialog offers them."""
    return tuple(Option(f"p7:{number}", label) for number, label in enumerate(labels))
