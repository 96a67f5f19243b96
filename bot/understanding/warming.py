"""What understanding needs once in a process, done before a customer waits for it.

Loading the encoder takes two seconds. Besides, the first message in a language compiles patterns
and reads word lists and models: 50–100 ms of CPU that everybody would wait.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.messages import InboundKind, InboundMessage, Sender
from bot.understanding.base import DialogView, Understood

Read = Callable[[InboundMessage, DialogView], Understood]

SAID: Final = (
    "Hello, I bought a ketle and it makes a strange noise, and nobody told me what to do with it",
    "Where is my order, and can I get a refund?",
    "你好，我想退款，水壶坏了，还有我的快递到哪了",
    "买来才两天就不转了，你们看看该怎么弄",
    "您好，我要退貨，請問多久會退款",
    "Hallo, ich möchte mein Geld zurück, das Paket ist beschädigt",
    "Bonjour, je voudrais être remboursé, le colis est abîmé",
    "Hola, quiero devolver el pedido, llegó roto",
    "こんにちは、返金をお願いします。商品が壊れていました",
)
"""A greeting, a wish; in two, words the rules do not know and a slip of the pen."""


def warm(read: Read, at: datetime) -> None:
    """Read what customers might say at `at`, for nothing. Blocks for seconds."""
    for number, text in enumerate(SAID):
        message = InboundMessage(
            external_id=f"warm-{number}",
            sender=Sender("warm"),
            kind=InboundKind.TEXT,
            sent_at=at,
            order=number,
            text=text,
        )
        read(message, DialogView())
