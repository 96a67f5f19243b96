"""The desk's lists: finding tickets and conversations, and what is shown when there are none."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.people import SUPERVISOR, Desk
from tests.e2e.shop import DemoShop

LONG = 20_000
"""Milliseconds: a search finds what was said half a minute ago, the test waits for the index."""


def test_a_ticket_is_found_and_the_address_tells_how(shop: DemoShop, page: Page) -> None:
    order = shop.request_refund("C1039", title="Porcelain teapot")
    shop.request_refund("C1039", title="Wooden spoon")
    Desk(page, shop.url).signs_in(SUPERVISOR, path="tickets")
    expect(page.get_by_text(re.compile(r"^\d+ tickets$"))).to_be_visible()
    search = page.get_by_role("searchbox")
    tail = order.removeprefix("LL-")  # whole: a demo order may end in the same four digits
    for words in ("teapot", "porc tea", order, tail):
        search.fill(words)
        expect(page.get_by_text("1 ticket", exact=True)).to_be_visible()
        expect(page.locator("tbody")).to_contain_text(order)
    expect(page).to_have_url(re.compile(rf"q=.*{tail}"))
    page.reload()
    expect(search).to_have_value(tail)
    expect(page.get_by_text("1 ticket", exact=True)).to_be_visible()
    search.fill("spoon teapot")
    expect(page.get_by_text("No tickets found")).to_be_visible()
    page.get_by_role("link", name="Tickets").click()
    expect(search).to_have_value("")
    expect(page.get_by_text(re.compile(r"^\d+ tickets$"))).to_be_visible()


def test_a_conversation_is_found_and_read(shop: DemoShop, page: Page) -> None:
    order = shop.request_refund("C1039")
    Desk(page, shop.url).signs_in(SUPERVISOR, path="refunds")
    page.get_by_role("link", name="Conversations").click()
    expect(page.get_by_text(re.compile(r"^\d+ conversations?$"))).to_be_visible()
    page.get_by_text("With the assistant").first.click()
    expect(page).to_have_url(re.compile(r"status=bot"))
    page.get_by_role("searchbox").fill(f"refund {order}")
    found = page.locator("table a")
    expect(found).to_have_count(1, timeout=LONG)
    found.click()
    expect(page.locator(".transcript")).to_contain_text(f"refund for order {order}")
    expect(page.locator("textarea")).to_have_count(0)
    page.get_by_role("link", name="All conversations").click()
    page.get_by_text("With a person").first.click()
    expect(page.get_by_text("No conversations found")).to_be_visible()


def test_a_long_list_says_so_and_goes_on(shop: DemoShop, page: Page) -> None:
    shop.request_refund("C1039")

    def many(route: Route) -> None:
        """As if the house had more tickets than are counted."""
        asked = route.request.url
        body = route.fetch(url=asked.replace("cursor=on", "")).json()
        start = 1 if "cursor" in asked else 0
        ticket = body["items"][0]
        rows = [ticket | {"id": f"t{start}{row}", "number": f"AS1-{start}{row}"} for row in "ab"]
        rest = {"next_cursor": None if start else "on", "total": 10_000, "total_is_exact": False}
        lag = {"index_behind_seconds": 75}
        route.fulfill(json=body | {"items": rows} | rest | lag)

    page.route(re.compile(r"/api/v1/tickets\?"), many)
    Desk(page, shop.url).signs_in(SUPERVISOR, path="tickets")
    expect(page.get_by_text("more than 10,000 tickets")).to_be_visible()
    expect(page.get_by_text("The search is 75 s behind")).to_be_visible()
    expect(page.locator("tbody a")).to_have_count(2)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("tbody a")).to_have_count(4)
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)


def test_a_list_that_can_not_be_read_can_be_tried_again(shop: DemoShop, page: Page) -> None:
    shop.request_refund("C1039")
    failing = re.compile(r"/api/v1/conversations\?")
    page.route(
        failing, lambda route: route.fulfill(status=500, json={"title": "Something went wrong"})
    )
    Desk(page, shop.url).signs_in(SUPERVISOR, path="conversations")
    expect(page.get_by_role("alert")).to_contain_text("This could not be loaded")
    page.unroute(failing)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("table a").first).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline")).to_be_visible()
    page.context.set_offline(False)


def test_an_unknown_conversation_says_so(shop: DemoShop, page: Page) -> None:
    Desk(page, shop.url).signs_in(SUPERVISOR, path="conversations/nothing")
    expect(page.get_by_role("alert")).to_be_visible()
