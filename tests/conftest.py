"""Fixtures for all tests: real servers and a real browser."""

import os
from pathlib import Path

import pytest

# Photos are read where that is what is tested: it takes a whole processor for seconds.
os.environ.setdefault("AFTERCARE_PHOTO_CHECKS", "blank,reused")

from tests.support.scratch import use_memory

use_memory()

HERE = Path(__file__).parent

pytest_plugins = [
    "tests.support.servers",
    "tests.support.browser",
    "tests.support.databases",
]


FIRST = ("chaos/test_on_sqlite", "scaled", "chaos/test_on_postgres", "backend/running", "e2e")
"""Tests that take long, begun before all others: at the end a second worker would have nothing to
do beside them. Each worker is handed every other file, so that the two storms don't meet."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(HERE).as_posix()
        return next((n for n, name in enumerate(FIRST) if path.startswith(name)), len(FIRST))

    items.sort(key=rank)
