"""What people of the shop do in the desk."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from backend.demo import PASSWORD

SUPERVISOR = "supervisor@demo.local"
MANAGER = "manager@demo.local"


class Desk:
    """The desk on a page. Labels are English unless a test switches."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def signs_in(self, email: str, password: str = PASSWORD, path: str = "") -> None:
        """Go to a page of the desk and give the credentials it asks for."""
        self.page.goto(f"{self.url}/desk/{path}")
        self.page.locator("input[type=email]").fill(email)
        self.page.locator("input[type=password]").fill(password)
        self.page.keyboard.press("Enter")

    def opens_refund(self, ticket: str) -> None:
        """From the queue."""
        self.page.get_by_role("link", name="Approvals").first.click()
        self.page.get_by_role("button", name=ticket).click()
        expect(self.drawer.locator(".receipt")).to_be_visible()

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("dialog")

    def approves(self, reason: str) -> None:
        """With the keyboard, as somebody with a long queue would."""
        self.drawer.locator("textarea").fill(reason)
        self.page.keyboard.press("Control+Enter")

    def rejects(self, reason: str, note: str) -> None:
        """With a word for the customer."""
        self.drawer.locator("textarea").fill(reason)
        self.drawer.locator("input[type=text]").fill(note)
        self.drawer.get_by_role("button", name="Reject").click()
