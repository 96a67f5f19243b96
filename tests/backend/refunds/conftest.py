"""A bench for each test, on one schema for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.backend.refunds.support import Bench, bench_on, memory_engine


@pytest.fixture(scope="session")
def engine() -> sa.Engine:
    """The schema is laid out once; each bench rolls back."""
    return memory_engine()


@pytest.fixture
def bench(engine: sa.Engine) -> Iterator[Bench]:
    with bench_on(engine) as opened:
        yield opened
