"""The field in which a customer writes: input methods, limits, long words, pasted photos."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.shop import DemoShop
from tests.support.pictures import scene

PRESS_ENTER = """(field, init) => field.dispatchEvent(
    new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true, ...init}))"""
HAND_OVER = """(target, [kind, name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, {type: "image/png"}));
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
        : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
    target.dispatchEvent(event);
}"""


def test_enter_of_an_input_method_sends_nothing(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="zh-CN")
    field = chat.frame.locator("textarea")
    field.fill("tui'kuan")
    field.evaluate(PRESS_ENTER, {"isComposing": True})
    field.evaluate(PRESS_ENTER, {"keyCode": 229})  # how Safari tells it
    field.press("Shift+Enter")
    expect(field).to_have_value("tui'kuan\n")
    expect(chat.mine).to_have_count(0)
    field.press("Enter")
    expect(chat.mine).to_have_text(["tui'kuan"])


def test_what_is_too_long_stays_in_the_field(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="en")
    chat.says("x" * 5_003)
    expect(chat.frame.get_by_role("alert")).to_have_text("3 characters too long")
    expect(chat.frame.locator("button.send")).to_be_disabled()
    expect(chat.mine).to_have_count(0)


def test_long_words_wrap_and_addresses_are_links(shop: DemoShop, page: Page) -> None:
    chat = Chat.on_demo(page, shop.url, language="en")
    page.set_viewport_size({"width": 320, "height": 560})
    chat.says("https://example.com/" + "a" * 300 + " and <b>no markup</b>")
    link = chat.mine.get_by_role("link")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(chat.mine).to_contain_text("<b>no markup</b>")
    assert page.frames[1].evaluate("document.documentElement.scrollWidth") <= 320


def test_photos_are_pasted_and_dropped(shop: DemoShop, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "cup.png"
    scene(1, (64, 48)).save(file)
    content = base64.b64encode(file.read_bytes()).decode()
    chat = Chat.on_demo(page, shop.url, language="en")
    chat.frame.locator("textarea").evaluate(HAND_OVER, ["paste", "pasted.png", content])
    expect(chat.frame.get_by_role("button", name="Remove pasted.png")).to_be_visible()
    app = chat.frame.locator("main")
    app.evaluate(HAND_OVER, ["dragover", "dropped.png", content])
    expect(chat.frame.get_by_text("Drop the photos here")).to_be_visible()
    app.evaluate(HAND_OVER, ["drop", "dropped.png", content])
    expect(chat.frame.get_by_role("button", name="Remove dropped.png")).to_be_visible()
    chat.sends()
    expect(chat.frame.locator(".mine .photo img")).to_have_count(2)


def test_the_keyboard_is_enough(shop: DemoShop, page: Page) -> None:
    order = shop.add_order("C1039")
    page.goto(f"{shop.url}/demo/?lang=en")
    page.select_option("#account", "C1039")
    chat = Chat(page)
    chat.launcher.focus()
    page.keyboard.press("Enter")
    chat.hears("What can I do for you?")
    expect(chat.frame.locator("textarea")).to_be_focused()
    chat.option("Request a refund").focus()
    page.keyboard.press("Enter")
    chat.option(order).focus()
    expect(chat.option(order)).to_be_focused()
    page.keyboard.press("Space")
    chat.hears("Has the parcel")
    expect(chat.frame.locator("textarea")).to_be_focused()  # not lost with the pressed button
    page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()
