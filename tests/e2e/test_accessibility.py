"""Axe on every screen, in both languages and both themes: no violations at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, ViewportSize, expect

from tests.e2e.chat import Chat
from tests.e2e.people import MANAGER, Desk
from tests.e2e.shop import DemoShop

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
PHONE: ViewportSize = {"width": 320, "height": 640}
BOTH = pytest.mark.parametrize("theme", ["light", "dark"])
# A conversation stays in its language, so each run needs a customer of its own.
CUSTOMERS = {
    ("zh-CN", "light"): "C1001",
    ("zh-CN", "dark"): "C1002",
    ("en", "light"): "C1003",
    ("en", "dark"): "C1039",
}
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])


def violations(target: Page | Frame) -> list[str]:
    """What axe finds, one line each."""
    target.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = target.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {json.dumps([node['html'][:160] for node in rule['nodes']])}"
        for rule in found["violations"]
    ]


@pytest.fixture
def themed(browser: Browser, theme: str, language: str) -> Iterator[Page]:
    """A page in this theme and language. CSP is off: axe itself is the script from outside."""
    with browser.new_context(
        color_scheme=theme,  # type: ignore[arg-type]  # "light" or "dark"
        locale=language,
        bypass_csp=True,
        reduced_motion="reduce",
    ) as context:
        yield context.new_page()


@BOTH
@LANGUAGES
def test_the_chat(shop: DemoShop, themed: Page, language: str, theme: str) -> None:
    customer = CUSTOMERS[language, theme]
    order = shop.add_order(customer)
    chat = Chat.on_demo(themed, shop.url, language=language, customer=customer)
    assert violations(themed) == []
    frame = themed.frames[1]
    assert violations(frame) == []
    chat.frame.locator(".options:not(.closed) button").first.click()
    chat.option(order).wait_for()
    assert violations(frame) == []  # cards of orders
    chat.presses(order)
    chat.frame.locator(".buttons:not(.closed) button").first.click()
    expect(chat.frame.locator(".reasons:not(.closed) button").first).to_be_visible()
    themed.set_viewport_size(PHONE)
    assert violations(frame) == []  # reasons, and history above, on a small phone
    assert frame.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@BOTH
@LANGUAGES
def test_the_desk(shop: DemoShop, themed: Page, language: str) -> None:
    page = themed
    page.goto(f"{shop.url}/desk/")
    expect(page.locator("input[type=password]")).to_be_visible()
    assert violations(page) == []
    shop.request_refund("C1005", price=500_000)
    desk = Desk(page, shop.url)
    desk.signs_in(MANAGER, path="refunds")
    page.locator(".queue-row").first.wait_for()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.locator(".receipt").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.goto(f"{shop.url}/desk/tickets")
    page.locator("table a").first.wait_for()
    assert violations(page) == []
    page.locator("table a").first.click()
    page.locator(".ticket-grid").wait_for()
    assert violations(page) == []
    page.goto(f"{shop.url}/desk/conversations")
    page.locator("table a").first.wait_for()
    assert violations(page) == []
    page.get_by_role("searchbox").fill("%%%")
    page.locator(".empty").wait_for()
    assert violations(page) == []
    page.get_by_role("searchbox").fill("")
    page.locator("table a").first.click()
    page.locator(".transcript li").first.wait_for()
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    page.go_back()
    page.locator("table a").first.wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".who").click()
    page.locator(".preferences").wait_for()
    assert violations(page) == []
