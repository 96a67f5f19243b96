"""The page of channels and system: a dead token is red, and what was given up is tried again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.bot_api import BotApi, run_bot_api
from tests.e2e.people import SUPERVISOR, Desk
from tests.e2e.shop import DemoShop
from tests.e2e.test_accessibility import BOTH, LANGUAGES, PHONE, themed, violations
from tests.support.servers import server_folder

__all__ = ["themed"]
AGENT = "agent@demo.local"
CHANNELS = """
- id: tg-care
  channel: telegram
  name: Lumo Care
  settings:
    bot_token: "7012345678:AAH3n0tARealTokenJustForTheseTests0"
    webhook_secret: hook-secret_1
    base_url: {url}
"""


@dataclass
class Line:
    """The demo shop with a Telegram bot."""

    shop: DemoShop
    api: BotApi

    def bury(self, reason: str) -> int:
        """A job that was given up; its number."""
        database = self.shop.folder / "data" / "aftercare.db"
        with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
            cursor = connection.execute(
                "INSERT INTO job (kind, payload, state, due_at, attempt, last_error, created_at)"
                " VALUES ('prune', '{}', 'dead', datetime('now'), 3, ?, datetime('now'))",
                (reason,),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid

    def bury_a_turn_that_was_answered(self) -> int:
        """The number of a turn that was given up, after which a person of the shop spoke."""
        database = self.shop.folder / "data" / "aftercare.db"
        with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
            connection.executescript(ANSWERED)
            cursor = connection.execute(
                "INSERT INTO job (kind, payload, state, due_at, attempt, last_error, created_at)"
                " VALUES ('turn', ?, 'dead', datetime('now'), 5, 'RuntimeError: boom',"
                " datetime('now'))",
                ('{"conversation_id": "answered"}',),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid


ANSWERED = """
    INSERT INTO contact (id, channel_account, external_id, display_name, created_at)
    VALUES ('c', 'web-demo', 'visitor:c', '', '2026-01-01 00:00:00.000000');
    INSERT INTO conversation (id, channel_account, contact_id, status, locale, state_version,
        last_seq, handoff_reason, created_at, updated_at)
    VALUES ('answered', 'web-demo', 'c', 'human', 'en', 1, 1, 'error',
        '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000');
    INSERT INTO message (id, conversation_id, seq, channel_account, external_id, author, body,
        sent_at) VALUES ('m', 'answered', 1, 'web-demo', 'm', 'agent', '{"text": "Hello"}',
        '2026-01-01 00:00:00.000000');
"""


@pytest.fixture(scope="module")
def line(built: Path) -> Iterator[Line]:
    with server_folder() as folder, run_bot_api() as api:
        data = folder / "data"
        data.mkdir()
        (data / "channels.yml").write_text(CHANNELS.format(url=api.url))
        shop = DemoShop(folder)
        shop.start()
        yield Line(shop, api)
        shop.stop()


def test_a_dead_token_is_red_until_the_vendor_takes_it(line: Line, page: Page) -> None:
    line.api.takes_token = False
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
    row = page.get_by_role("row", name="Lumo Care")
    check = row.get_by_role("button", name="Check now: Lumo Care")
    check.click()
    expect(row).to_contain_text("Down")
    expect(row).to_contain_text("The vendor refuses the token")
    expect(row).to_contain_text("Unauthorized")
    expect(row).to_contain_text("since")
    expect(page.get_by_role("link", name="Channels a channel is down")).to_be_visible()
    expect(page.get_by_role("row", name="Demo shop")).to_contain_text("Works")

    line.api.takes_token = True
    check.click()
    expect(row).to_contain_text("Works")
    expect(row).to_contain_text("@lumo_care_bot")
    expect(page.get_by_role("link", name="Channels", exact=True)).to_be_visible()


def test_a_web_chat_just_written_to_shows_so(line: Line, page: Page) -> None:
    with httpx.Client(base_url=f"{line.shop.url}/api/chat/v1", trust_env=False) as client:
        opened = client.post("/sessions", json={"channel": "web-demo", "locale": "en"}).json()
        auth = {"authorization": f"Bearer {opened['token']}"}
        client.post("/messages", json={"client_id": "c", "text": "hi"}, headers=auth)
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
    row = page.get_by_role("row", name="Demo shop")
    expect(row).to_contain_text("in: just now", timeout=15_000)
    expect(row).to_contain_text("out: fetched by the client")
    expect(page.get_by_role("row", name="Lumo Care")).to_contain_text("out: none yet")


def test_what_was_given_up_is_tried_again(line: Line, page: Page) -> None:
    number = line.bury("unreachable: no route to the vendor")
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
    row = page.get_by_role("row", name="no route to the vendor")
    expect(row).to_be_visible()
    expect(page.get_by_text("1 worker is at work.")).to_be_visible()
    row.get_by_role("button", name=f"Try again: job {number}").click()
    expect(page.get_by_text(f"Job {number} is tried again.")).to_be_visible()
    expect(row).to_have_count(0)
    expect(page.get_by_text("Nothing was given up.")).to_be_visible()


def test_what_a_person_has_answered_is_not_tried_again(line: Line, page: Page) -> None:
    number = line.bury_a_turn_that_was_answered()
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
    row = page.get_by_role("row").filter(has_text=str(number)).filter(has_text="RuntimeError")
    expect(row).to_contain_text("A person has answered since.")
    expect(row.get_by_role("button")).to_have_count(0)


def test_agents_neither_see_the_way_nor_the_page(line: Line, page: Page) -> None:
    Desk(page, line.shop.url).signs_in(AGENT, path="tickets")
    expect(page.get_by_role("heading", name="Tickets")).to_be_visible()
    expect(page.get_by_role("link", name="Channels")).to_have_count(0)
    page.goto(f"{line.shop.url}/desk/channels")
    expect(page.get_by_role("alert")).to_contain_text("This takes a supervisor.")


def test_a_server_that_is_away_is_told_and_what_is_shown_stays(
    line: Line, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
        expect(page.get_by_role("row", name="Demo shop")).to_be_visible()
        page.route("**/api/v1/channels", lambda route: route.abort())
        expect(page.get_by_role("alert").first).to_contain_text("can't be reached", timeout=40_000)
        expect(page.get_by_role("row", name="Demo shop")).to_be_visible()


@BOTH
@LANGUAGES
def test_everybody_can_read_it(line: Line, themed: Page) -> None:
    line.api.takes_token = False
    line.bury("unreachable: no route")
    page = themed
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path="channels")
    page.locator(".channel-state").first.wait_for()
    page.locator(".table-box button").first.click()
    page.locator(".channel-state .tag-bad").wait_for()
    page.locator(".why").first.wait_for()
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
