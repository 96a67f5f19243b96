"""The short campaign on Postgres; a file of its own, so that two workers share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.short import weather_the_storm


@pytest.mark.timeout(500)
async def test_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    await weather_the_storm("postgres", tmp_path)
