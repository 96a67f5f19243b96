"""What happens to conversations that others act on."""

from __future__ import annotations

from dataclasses import dataclass

from backend.kit.events import Event


@dataclass(frozen=True, slots=True)
class HandedToPeople(Event):
    """The bot gave a conversation to people, or they took it. `reason` as in the conversation."""

    conversation_id: str
    reason: str
