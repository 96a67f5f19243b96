"""What a customer does in the widget, in a customer's words."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SLOW = 15_000
"""Milliseconds for what passes through the bot."""


class Chat:
    """The widget on a page. Customer and language are set by the demo page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frame = page.frame_locator("iframe")

    @classmethod
    def on_demo(cls, page: Page, url: str, *, language: str, customer: str = "") -> Chat:
        """Open the demo page as this customer ("": a visitor), and the chat on it."""
        page.goto(f"{url}/demo/?lang={language}")
        expect(page.locator("#account option").nth(1)).to_be_attached()
        if customer:
            page.select_option("#account", customer)
            expect(page.locator(".orders")).to_be_visible()
        chat = cls(page)
        chat.open()
        return chat

    def open(self) -> None:
        """Press the button at the bottom right, and wait for the bot's greeting."""
        self.page.locator("aftercare-chat button").click()
        expect(self.frame.locator(".bubble").first).to_be_visible(timeout=SLOW)

    @property
    def launcher(self) -> Locator:
        return self.page.locator("aftercare-chat button")

    @property
    def mine(self) -> Locator:
        """The customer's own bubbles."""
        return self.frame.locator(".mine .bubble")

    def hears(self, words: str | re.Pattern[str]) -> Locator:
        """Wait until the shop has said it; returns the bubble."""
        bubble = self.frame.locator(".message:not(.mine) .bubble", has_text=words).last
        expect(bubble).to_be_visible(timeout=SLOW)
        return bubble

    def says(self, words: str) -> None:
        """Type and send."""
        field = self.frame.locator("textarea")
        field.fill(words)
        field.press("Enter")

    def presses(self, label: str | re.Pattern[str]) -> None:
        """Press an open option of the newest message."""
        self.option(label).click(timeout=SLOW)

    def option(self, label: str | re.Pattern[str]) -> Locator:
        return self.frame.locator(".options:not(.closed) button", has_text=label).last

    def ticks(self, *labels: str) -> None:
        """Tick items and go on."""
        for label in labels:
            self.frame.locator(".options:not(.closed) label", has_text=label).click(timeout=SLOW)
        self.frame.locator(".options:not(.closed) .primary").click()

    def picks(self, *files: Path) -> None:
        """Choose files; they are uploaded at once."""
        self.frame.locator("input[type=file]").first.set_input_files(files)

    def sends(self) -> None:
        """Press the send button, as soon as the uploads allow it."""
        button = self.frame.locator("button.send")
        expect(button).to_be_enabled(timeout=SLOW)
        button.click()

    def is_live(self) -> None:
        """Wait until the line stands."""
        line = self.frame.locator("[data-status]")
        expect(line).to_have_attribute("data-status", "live", timeout=SLOW * 2)
