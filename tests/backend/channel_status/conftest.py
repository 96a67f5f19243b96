"""A house behind a made-up vendor, and the people of the shop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backend.kit.clock import FixedClock
from backend.settings import Settings
from tests.support.houses import house, http, settings
from tests.support.vendor import Line, open_line

__all__ = ["house", "http", "line", "settings"]


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    async with open_line(settings, clock) as opened:
        yield opened
