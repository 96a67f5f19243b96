"""How golden conversations are read and played: as `aftercare converse` does it."""

from __future__ import annotations

from backend.replay.player import Mismatch, Player
from backend.replay.script import Script

__all__ = ["Mismatch", "Player", "Script"]
