"""Photos in the widget: chosen, refused with a reason, sent, shown again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat
from tests.e2e.shop import DemoShop


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A broken kettle, for a machine's eyes."""
    file = tmp_path / "kettle.png"
    Image.effect_noise((640, 480), 60).convert("RGB").save(file)
    return file


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    """No picture, whatever its name says."""
    file = tmp_path / "photo.jpg"
    file.write_text("not a picture at all")
    return file


def test_evidence_is_sent_and_what_is_no_image_refused(
    shop: DemoShop, page: Page, photo: Path, text_file: Path
) -> None:
    order = shop.add_order("C1003")
    chat = Chat.on_demo(page, shop.url, language="en", customer="C1003")
    chat.presses("Request a refund")
    chat.presses(order)
    chat.presses("Yes, I have it")
    chat.presses("Arrived damaged")
    chat.hears("photo")
    chat.picks(text_file)
    error = chat.frame.locator(".composer [role=alert]")
    expect(error).to_contain_text("JPEG", timeout=15_000)
    chat.picks(photo)
    chat.sends()
    chat.hears("You get back: CN¥59.00")
    expect(error).to_be_visible()  # the refused file stays until it is removed
    chat.frame.get_by_role("button", name="Remove photo.jpg").click()
    expect(error).to_have_count(0)
    expect(chat.frame.locator(".mine .photo img")).to_be_visible()

    chat.presses("Yes, request the refund")
    chat.hears("approved")
    refund = shop.refund_of(order)
    assert refund is not None
    assert len(refund["evidence"]) == 1


def test_several_photos_with_a_caption_are_shown_after_a_reload(
    shop: DemoShop, page: Page, photo: Path
) -> None:
    chat = Chat.on_demo(page, shop.url, language="zh-CN", customer="C1002")
    chat.picks(photo, photo)
    chat.frame.locator("textarea").fill("两张照片")
    chat.sends()
    expect(chat.frame.locator(".mine .photo img")).to_have_count(2)
    page.reload()
    chat.launcher.click()
    images = chat.frame.locator(".mine .photo img")
    expect(images).to_have_count(2)
    chat.frame.get_by_role("button", name="放大照片").first.click()
    dialog = chat.frame.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.frame.locator("textarea")).to_be_visible()  # Escape closed the photo, not the chat


def test_a_broken_transfer_can_be_tried_again(shop: DemoShop, page: Page, photo: Path) -> None:
    chat = Chat.on_demo(page, shop.url, language="en")
    page.route("**/attachments", lambda route: route.abort())
    chat.picks(photo)
    again = chat.frame.get_by_role("button", name="Upload kettle.png again")
    expect(again).to_be_visible()
    page.unroute("**/attachments")
    again.click()
    chat.sends()
    expect(chat.frame.locator(".mine .photo img")).to_be_visible()
