"""The loader on a foreign shop's page under a strict Content-Security-Policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.shop import DemoShop
from tests.support.servers import server_folder

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title>
<script src="{shop}/widget/loader.js" data-channel="web-demo" data-locale="en" async></script>
</head><body><h1>A shop that trusts nobody</h1></body></html>"""
# What private windows do to a foreign frame; some browsers to the page itself as well.
NO_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("no storage here", "SecurityError") }})"""
POLICY = "default-src 'none'; script-src {shop}; frame-src {shop}; base-uri 'none'"


@pytest.fixture(scope="module")
def foreign_shop(built: Path) -> Iterator[tuple[str, DemoShop]]:
    """A page on another origin that allows our scripts and frames only, and our service."""
    with server_folder() as folder:
        shop = DemoShop(folder)

        class StrictPage(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Security-Policy", POLICY.format(shop=shop.url))
                self.end_headers()
                self.wfile.write(PAGE.format(shop=shop.url).encode())

            def log_message(self, *_: object) -> None:
                """Quietly."""

        # `localhost` is another site than 127.0.0.1: the frame's storage is a third party's.
        server = ThreadingHTTPServer(("127.0.0.1", 0), StrictPage)
        origin = f"http://localhost:{server.server_port}"
        shop.environment["AFTERCARE_FRAME_ANCESTORS"] = origin
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shop.start()
        yield origin, shop
        shop.stop()
        server.shutdown()


def test_the_chat_works_without_storage_and_violates_nothing(
    foreign_shop: tuple[str, DemoShop], page: Page
) -> None:
    origin, _ = foreign_shop
    complaints: list[str] = []
    page.add_init_script(NO_STORAGE)
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(origin)
    chat = Chat(page)
    chat.open()
    chat.says("hello from elsewhere")
    expect(chat.frame.locator(".message:not(.mine) .bubble")).to_have_count(2, timeout=15_000)
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_a_page_that_is_not_allowed_may_not_frame_it(
    foreign_shop: tuple[str, DemoShop], page: Page
) -> None:
    _, shop = foreign_shop
    answer = page.request.get(f"{shop.url}/widget/frame.html")
    assert f"frame-ancestors {foreign_shop[0]}" in answer.headers["content-security-policy"]


def test_the_frame_believes_only_the_page_it_was_opened_by(
    foreign_shop: tuple[str, DemoShop], page: Page
) -> None:
    origin, _ = foreign_shop
    page.goto(origin)
    chat = Chat(page)
    chat.open()
    # From within its own origin, not from the parent: an attacker's frame would look the same.
    frame = page.frames[1]
    frame.evaluate("window.postMessage({type: 'aftercare:init', identity: null, open: true}, '*')")
    chat.says("still the same chat")
    expect(chat.mine).to_have_text(["still the same chat"])
