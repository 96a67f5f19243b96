"""A database of one kind, where the other would show nothing new."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.kit.clock import FixedClock
from backend.kit.db import Database
from tests.support.databases import open_at


@pytest.fixture
async def sqlite_database(
    migrated_sqlite: Path, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[Database]:
    opened = open_at(str(shutil.copy(migrated_sqlite, tmp_path / "only.db")), clock)
    yield opened
    await opened.close()
