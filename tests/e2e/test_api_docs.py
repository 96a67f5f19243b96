"""The API's page works on a closed network."""

from __future__ import annotations

from playwright.sync_api import Page, Request, expect

from tests.e2e.shop import DemoShop


def test_it_shows_every_endpoint_and_asks_no_other_host(page: Page, shop: DemoShop) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    page.goto(f"{shop.url}/api/docs")
    expect(page.locator("#api")).to_contain_text("/api/v1/refunds/{refund_id}/approve")
    expect(page.locator("#api")).to_contain_text("/api/chat/v1/messages")
    foreign = [address for address in asked if not address.startswith((shop.url, "data:"))]
    assert foreign == []
