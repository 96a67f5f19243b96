"""The desk beyond approvals: signing in, finding a ticket, the end of a session."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.people import SUPERVISOR, Desk
from tests.e2e.shop import DemoShop


def test_a_wrong_password_is_told_in_the_readers_language(shop: DemoShop, page: Page) -> None:
    desk = Desk(page, shop.url)
    desk.signs_in(SUPERVISOR, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong.")
    page.get_by_text("简体中文").click()
    expect(page.get_by_role("alert")).to_contain_text("邮箱或密码不正确")


def test_a_link_leads_through_the_login_to_its_page(shop: DemoShop, page: Page) -> None:
    Desk(page, shop.url).signs_in(SUPERVISOR, path="tickets?status=completed")
    expect(page).to_have_url(re.compile(r"/desk/tickets\?status=completed$"))
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()


def test_an_ended_session_leads_to_the_login_and_back(shop: DemoShop, page: Page) -> None:
    desk = Desk(page, shop.url)
    desk.signs_in(SUPERVISOR, path="tickets")
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()
    page.context.clear_cookies()
    expect(page.get_by_text("Your session has ended")).to_be_visible(timeout=20_000)
    desk.page.locator("input[type=email]").fill(SUPERVISOR)
    desk.page.locator("input[type=password]").fill("wrong")
    expect(page).to_have_url(re.compile(r"next=%2Ftickets"))


def test_a_tickets_page_shows_the_whole_case(shop: DemoShop, page: Page, second_page: Page) -> None:
    order = shop.add_order("C1003")
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1003")
    chat.presses("Request a refund")
    chat.presses(order)
    chat.presses("Yes, I have it")
    chat.presses("No longer wanted")
    chat.presses("Yes, request the refund")
    chat.hears("paid out")

    desk = Desk(second_page, shop.url)
    desk.signs_in(SUPERVISOR, path="tickets")
    second_page.get_by_role("searchbox").fill(order)
    link = second_page.get_by_role("link", name=re.compile(r"AS\d{8}-\d+"))
    expect(link).to_have_count(1)
    link.click()
    for words in ("Request a refund", "No longer wanted", "Refund paid", "Refund approval"):
        expect(second_page.get_by_text(words).first).to_be_visible()
    expect(second_page.locator(".receipt .total")).to_contain_text("CN¥59.00")


def test_an_unknown_ticket_and_an_unknown_page_say_so(shop: DemoShop, page: Page) -> None:
    desk = Desk(page, shop.url)
    desk.signs_in(SUPERVISOR, path="tickets/AS20200101-1")
    expect(page.get_by_role("alert")).to_contain_text("There is no such ticket.")
    page.goto(f"{shop.url}/desk/nowhere")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_single_keys_walk_the_queue_and_can_be_switched_off(shop: DemoShop, page: Page) -> None:
    for _ in range(2):
        shop.request_refund("C1039", price=40_000)
    desk = Desk(page, shop.url)
    desk.signs_in(SUPERVISOR, path="refunds")
    rows = page.locator(".queue-row")
    expect(rows).to_have_count(2)
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(re.compile("current"))
    page.keyboard.press("Enter")
    expect(desk.drawer.locator(".receipt")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/desk/refunds/\w+$"))
    page.keyboard.press("Escape")
    expect(desk.drawer).to_have_count(0)
    page.locator(".who").click()
    switch = page.get_by_role("switch", name="Single-key shortcuts")
    switch.click()
    expect(switch).not_to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    expect(rows.nth(1)).to_have_class(re.compile("current"))
