"""The line between widget and server: killed, cut, reloaded, blocked; nothing lost or doubled."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.shop import DemoShop


def test_a_killed_server_comes_back_without_loss_or_doubling(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1001")
    chat.says("first, before the kill")
    sending = chat.frame.locator(".mine .sending")
    expect(sending).to_have_count(0, timeout=20_000)
    with shop.killed():
        line = chat.frame.locator("[data-status]")
        expect(line).to_contain_text("Connection lost", timeout=20_000)
        chat.says("second, while it is dead")
        chat.says("third, while it is dead")
        expect(sending).to_have_count(2)
    chat.is_live()
    expect(sending).to_have_count(0, timeout=20_000)
    expect(chat.mine).to_have_text(
        ["first, before the kill", "second, while it is dead", "third, while it is dead"]
    )
    page.reload()
    chat.launcher.click()
    expect(chat.mine).to_have_count(3)


def test_the_history_is_there_after_a_reload(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="zh-CN", customer="C1002")
    chat.says("你好")
    expect(chat.frame.locator(".message:not(.mine) .bubble")).to_have_count(2, timeout=15_000)
    before = chat.frame.locator(".bubble").all_inner_texts()
    page.reload()
    chat.launcher.click()
    expect(chat.frame.locator(".bubble")).to_have_text(before)


def test_another_customer_on_the_same_computer_sees_nothing_of_it(
    shop: DemoShop, page: Page
) -> None:
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1001")
    chat.says("something private")
    expect(chat.mine.last).to_have_text("something private")
    page.select_option("#account", "C1003")
    expect(chat.frame.locator(".bubble").first).to_be_visible(timeout=15_000)
    expect(chat.frame.get_by_text("something private")).to_have_count(0)


def test_an_answer_that_comes_while_closed_shows_on_the_button(
    shop: DemoShop, page: Page, second_page: Page
) -> None:
    """He goes on on another device: what he reads in another tab of this browser is read here."""
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1003")
    chat.is_live()
    chat.launcher.click()
    Chat.on_demo(second_page, shop.url, language="en", customer="C1003").says("hello")
    expect(chat.launcher.locator("b")).to_have_text("1", timeout=15_000)
    expect(chat.launcher).to_have_accessible_name("Chat with us, 1 unread")
    chat.launcher.click()
    expect(chat.launcher.locator("b")).to_be_empty()


def test_where_websockets_are_blocked_it_polls(shop: DemoShop, page: Page) -> None:
    page.route_web_socket("**/api/chat/v1/ws", lambda socket: socket.close())
    chat = Chat.on_demo(page, shop.url, language="en")
    line = chat.frame.locator("[data-status]")
    expect(line).to_have_attribute("data-status", "polling", timeout=20_000)
    chat.says("can you hear me?")
    expect(chat.frame.locator(".message:not(.mine) .bubble")).to_have_count(2, timeout=15_000)
    expect(chat.mine).to_have_text(["can you hear me?"])


def test_offline_is_said_and_what_was_written_is_sent_later(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1002")
    chat.is_live()
    page.context.set_offline(True)
    expect(chat.frame.locator("[data-status]")).to_contain_text("You are offline")
    chat.says("from the tunnel")
    page.context.set_offline(False)
    chat.is_live()
    expect(chat.frame.locator(".mine .sending")).to_have_count(0, timeout=15_000)
    expect(chat.mine.last).to_have_text("from the tunnel")
