"""A large refund: two different people agree in the desk, and the customer hears of it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.people import MANAGER, SUPERVISOR, Desk
from tests.e2e.shop import DemoShop


def ask_for_refund(shop: DemoShop, page: Page, customer: str, price: int) -> tuple[Chat, str]:
    """Ask for a refund that needs people; returns the chat and the ticket's number."""
    order = shop.add_order(customer, price=price)
    chat = Chat.on_demo(page, shop.url, language="en", customer=customer)
    chat.presses("Request a refund")
    chat.presses(order)
    chat.presses("Yes, I have it")
    chat.presses("No longer wanted")
    chat.presses("Yes, request the refund")
    said = chat.hears("A colleague looks at it").inner_text()
    ticket = re.search(r"AS\d{8}-\d+", said)
    assert ticket, said
    return chat, ticket[0]


def test_two_people_approve_and_the_customer_hears_it(
    shop: DemoShop, page: Page, second_page: Page
) -> None:
    chat, ticket = ask_for_refund(shop, page, "C1003", price=500_000)

    first = Desk(second_page, shop.url)
    first.signs_in(SUPERVISOR)
    first.opens_refund(ticket)
    first.approves("")
    expect(first.drawer.get_by_role("alert")).to_contain_text("Write a reason first")
    first.approves("Photos and order fit")
    expect(first.page.get_by_text("A second person has to approve")).to_be_visible()
    expect(first.drawer.get_by_role("alert")).to_contain_text("must come from a different person")
    expect(first.drawer.get_by_role("button", name="Approve")).to_have_count(0)

    browser = second_page.context.browser
    assert browser is not None
    with browser.new_context() as context:
        second = Desk(context.new_page(), shop.url)
        second.signs_in(MANAGER)
        second.opens_refund(ticket)
        expect(second.drawer).to_contain_text("It takes one more person")
        second.approves("Agreed")
        expect(second.page.get_by_text("The refund is on its way")).to_be_visible()

    chat.hears(f"your request {ticket} is approved")
    chat.hears("paid out")
    # The first one sees it without doing anything.
    expect(first.drawer.get_by_text("Paid").first).to_be_visible(timeout=15_000)


def test_a_rejection_reaches_the_customer_with_its_note(
    shop: DemoShop, page: Page, second_page: Page
) -> None:
    chat, ticket = ask_for_refund(shop, page, "C1039", price=50_000)
    desk = Desk(second_page, shop.url)
    desk.signs_in(SUPERVISOR)
    desk.opens_refund(ticket)
    desk.rejects("Seal is broken", "The seal was broken when it came back.")
    chat.hears("The seal was broken when it came back.")
    expect(desk.page.get_by_text("Rejected. The customer is told.")).to_be_visible()
