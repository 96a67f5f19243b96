"""What golden conversations see of the world they happen in."""

from __future__ import annotations

from backend.replay.world import Shown, TicketSeen, World

__all__ = ["Shown", "TicketSeen", "World"]
