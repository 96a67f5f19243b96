"""Photograph the chat and the desk of the demo shop into docs/images.

    python -m tools.screenshots

It starts the shop on a folder of its own, has customers ask for refunds, and drives a real Chromium
as the browser tests do. Look at what it made before it is committed.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.e2e.chat import Chat
from tests.e2e.people import MANAGER, Desk
from tests.e2e.shop import DemoShop
from tests.support.browser import ARGUMENTS
from tools.build_web import main as build_web
from tools.chromium import find_chromium

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 375, "height": 720}
REQUESTS = (
    ("C1005", "Linen lounge chair", 899_900),
    ("C1004", "Morning-mist kettle 1.5 L", 249_900),
    ("C1006", "Pine-needle face cream 50 g", 16_800),
    ("C1002", "Desk lamp, warm white", 29_900),
)
"""Customer, what he gives back, its price in minor units: enough for people to decide on."""


def photograph(shop: DemoShop, browser: Browser) -> None:
    """All pictures."""
    for name, size, customer in (("chat", WIDE, "C1001"), ("chat-phone", PHONE, "C1003")):
        _chat(shop, browser, size, customer, IMAGES / f"{name}.png")
    for customer, title, price in REQUESTS:
        shop.request_refund(customer, title=title, price=price)
    _desk(shop, browser)


def _chat(
    shop: DemoShop, browser: Browser, size: dict[str, int], customer: str, file: Path
) -> None:
    """A customer is about to say yes to his refund."""
    order = shop.add_order(customer, title="晨雾电热水壶 1.5L")
    with browser.new_context(viewport=size, locale="zh-CN") as context:  # type: ignore[arg-type]
        page = context.new_page()
        chat = Chat.on_demo(page, shop.url, language="zh-CN", customer=customer)
        for answer in ("申请退款", order, "已收到", "不想要了"):
            chat.presses(answer)
        chat.hears("请您核对一下")
        page.wait_for_timeout(500)  # until it has scrolled there
        page.screenshot(path=file)
    _make_small(file)


def _desk(shop: DemoShop, browser: Browser) -> None:
    """A manager looks at the largest refund that waits."""
    with browser.new_context(viewport=WIDE, locale="en") as context:  # type: ignore[arg-type]
        page = context.new_page()
        Desk(page, shop.url).signs_in(MANAGER, path="refunds")
        page.locator(".queue-row").nth(len(REQUESTS) - 1).wait_for()
        page.keyboard.press("Enter")
        expect(page.locator(".receipt")).to_be_visible()
        page.wait_for_timeout(500)  # until the drawer stands still
        page.screenshot(path=IMAGES / "desk.png")
    _make_small(IMAGES / "desk.png")


def _make_small(file: Path) -> None:
    """256 colours are enough for flat areas and text, and a third of the bytes."""
    Image.open(file).convert("RGB").quantize(256).save(file, optimize=True)


def main() -> None:
    """Build, start, photograph."""
    build_web("build")
    chromium = find_chromium()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        shop = DemoShop(Path(folder))
        shop.start()
        browser = playwright.chromium.launch(
            executable_path=chromium.executable,
            args=ARGUMENTS,
            env={**os.environ, **chromium.environment},
        )
        try:
            photograph(shop, browser)
        finally:
            browser.close()
            shop.stop()


if __name__ == "__main__":
    main()
