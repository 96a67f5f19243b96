"""A database of one kind, for tests of what no database has a say in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.kit.clock import FixedClock
from backend.kit.db import Database
from backend.migrations.run import migrate
from tests.support.databases import open_at


@pytest.fixture
async def sqlite_database(tmp_path: Path, clock: FixedClock) -> AsyncIterator[Database]:
    url = str(tmp_path / "only.db")
    migrate(url)
    opened = open_at(url, clock)
    yield opened
    await opened.close()
