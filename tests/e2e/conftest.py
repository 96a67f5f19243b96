"""Fixtures for tests that drive the real service with a real browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.shop import DemoShop
from tests.support.servers import server_folder

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="session")
def built() -> Path:
    """web/dist, freshly built; nothing is done if no source has changed."""
    subprocess.run([sys.executable, "-m", "tools.build_web", "build"], check=True)
    return WEB / "dist"


@pytest.fixture(scope="module")
def shop(built: Path, request: pytest.FixtureRequest) -> Iterator[DemoShop]:
    """The demo shop, running, with data of its own; a module's ENVIRONMENT is set for it."""
    with server_folder() as folder:
        running = DemoShop(folder, getattr(request.module, "ENVIRONMENT", {}))
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """Without motion: a click on something that still moves lands beside it on a busy machine."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture
def second_page(browser: Browser) -> Iterator[Page]:
    """Another person's browser."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield context.new_page()
