"""A customer gets his refund in a real browser, in Chinese and in English."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.shop import DemoShop

ENVIRONMENT = {"AFTERCARE_UNDERSTANDING": "local"}
TICKET = re.compile(r"AS\d{8}-\d+")


def wait_for_payment(shop: DemoShop, order: str) -> dict[str, object]:
    """The refund of the order, once the provider has paid it."""
    for _ in range(100):
        refund = shop.refund_of(order)
        if refund is not None and refund["status"] == "succeeded":
            return refund
        time.sleep(0.1)
    raise AssertionError(f"not paid: {refund}")


def test_signed_in_in_chinese_by_buttons(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1004", title="玻璃水壶")
    chat = Chat.on_demo(page, shop.url, language="zh-CN", customer="C1004")
    chat.presses("申请退款")
    chat.presses(order)
    chat.presses("已收到")
    chat.presses("不想要了")
    chat.hears("退款合计：¥59.00")
    chat.presses("确认申请退款")
    chat.hears(re.compile(r"已通过.*AS\d{8}-\d+"))
    chat.hears("已打出")
    assert wait_for_payment(shop, order)["amount"] == {
        "minor": 5_900,
        "currency": "CNY",
        "text": "CNY 59.00",
    }


def test_signed_in_in_english_by_buttons(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1003", price=2_000, currency="USD")
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1003")
    chat.presses("Request a refund")
    chat.presses(order)
    chat.presses("Yes, I have it")
    chat.presses("No longer wanted")
    chat.hears("You get back: $20.00")
    chat.presses("Yes, request the refund")
    chat.hears(TICKET)
    chat.hears("paid out")
    wait_for_payment(shop, order)


def test_visitor_in_english_by_typing(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1002", price=1_500, currency="USD", phone="13800135678")
    chat = Chat.on_demo(page, shop.url, language="en")
    chat.says("Hi, I want my money back please")
    chat.hears("order number")
    chat.says(order)
    chat.hears("last four digits")
    chat.says("5678")
    chat.hears("Has the parcel")
    chat.says("yes, it came yesterday")
    chat.hears("What is the reason?")
    chat.says("I don't want it any more")
    chat.hears("You get back: $15.00")
    chat.says("yes")
    chat.hears(TICKET)
    wait_for_payment(shop, order)


def test_visitor_in_chinese_by_typing(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1002", title="电热水壶", phone="13800135678")
    chat = Chat.on_demo(page, shop.url, language="zh-CN")
    chat.says("你好，我要退款")
    chat.hears("订单号")
    chat.says(order)
    chat.hears("后四位")
    chat.says("5678")
    chat.hears("收到了吗")
    chat.says("收到了")
    chat.hears("原因")
    chat.says("不想要了")
    chat.hears("¥59.00")
    chat.says("确认")
    chat.hears(TICKET)
    wait_for_payment(shop, order)


def test_options_that_were_answered_are_history(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1039")
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1039")
    chat.presses("Request a refund")
    chat.presses(order)
    chat.hears("Has the parcel")
    greeting = chat.frame.locator(".options").first
    expect(greeting.locator("button").first).to_be_disabled()
    expect(greeting.locator(".chosen")).to_contain_text("Request a refund")
