"""A house behind a made-up vendor."""

from __future__ import annotations

from tests.backend.channel_status.conftest import line, settings

__all__ = ["line", "settings"]
