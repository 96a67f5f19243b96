"""Who looks at a conversation sees who else does, and who is typing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from playwright.sync_api import Browser, Page, expect
from websockets.sync.client import connect

from tests.e2e.people import MANAGER, SUPERVISOR, Desk
from tests.e2e.shop import DemoShop
from tests.e2e.test_accessibility import BOTH, LANGUAGES, PHONE, themed, violations

__all__ = ["themed"]
SOON = 15_000
WORDS = {
    "en": ("The customer is online", "Also looking:", "The customer is typing"),
    "zh-CN": ("客户在线", "也在查看：", "客户正在输入"),
}


@contextmanager
def a_visitor(shop: DemoShop) -> Iterator[tuple[str, dict[str, object]]]:
    """His conversation's id and his session's frame of greeting."""
    with httpx.Client(base_url=f"{shop.url}/api/chat/v1", trust_env=False) as client:
        opened = client.post("/sessions", json={"channel": "web-demo", "locale": "en"}).json()
    yield opened["conversation_id"], {"type": "hello", "token": opened["token"], "after": 0}


@BOTH
@LANGUAGES
def test_people_see_who_else_is_there(
    shop: DemoShop, browser: Browser, themed: Page, language: str
) -> None:
    online, looking, typing = WORDS[language]
    with a_visitor(shop) as (conversation_id, hello), browser.new_context() as context:
        page, path = themed, f"conversations/{conversation_id}"
        Desk(page, shop.url).signs_in(SUPERVISOR, path=path)
        company = page.locator(".company")
        expect(company).to_have_count(1)
        expect(company).not_to_contain_text(looking)  # nobody but who reads it
        other = context.new_page()
        Desk(other, shop.url).signs_in(MANAGER, path=path)
        expect(company).to_contain_text(looking, timeout=SOON)
        address = f"{shop.url.replace('http', 'ws')}/api/chat/v1/ws"
        with connect(address, proxy=None) as socket:
            socket.send(json.dumps(hello))
            expect(company).to_contain_text(online, timeout=SOON)
            for _ in range(5):
                socket.send(json.dumps({"type": "typing"}))
                page.wait_for_timeout(700)
            expect(company).to_contain_text(typing)
            assert violations(page) == []
            page.set_viewport_size(PHONE)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        expect(company).not_to_contain_text(typing, timeout=SOON)
