"""What happened to tickets."""

from __future__ import annotations

from dataclasses import dataclass

from backend.kit.events import Event


@dataclass(frozen=True, slots=True)
class TicketMoved(Event):
    """A ticket was opened (`before` is empty) or moved to another state."""

    ticket_id: str
    ticket_number: str
    conversation_id: str | None
    before: str
    state: str
    status: str
