"""Fixtures that drive a real Chromium through Playwright's synchronous interface.

Playwright keeps an event loop running in the thread for as long as it is started, so a module that
uses `browser` or `page` must hold plain `def` tests only; serve the pages from another process.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools.chromium import find_chromium

ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, and open pages of our own only
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]

# What is expected comes at once on an idle machine; a busy one is no reason to fail.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; open a context of your own for a locale, a phone or a second person."""
    chromium = find_chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=ARGUMENTS,
            env={**os.environ, **chromium.environment},
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; the test fails at its end if a script on it threw and nobody caught it."""
    errors: list[str] = []
    with browser.new_context() as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
    assert errors == []
