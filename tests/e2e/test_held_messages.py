"""What a vendor does not let through: in the desk with its reason, and sent from there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import SUPERVISOR, Desk
from tests.e2e.shop import DemoShop
from tests.e2e.test_accessibility import BOTH, LANGUAGES, PHONE, themed, violations
from tests.support.servers import server_folder
from tests.support.wecom_crypto import Envelope
from tests.support.wecom_server import AES_KEY, CORP_ID, TOKEN, FakeWecom, run_wecom

__all__ = ["themed"]
KFID = "wkKettles"
CHANNELS = f"""
- id: wecom-kf
  channel: wecom_kf
  name: Lumo Care
  settings:
    corp_id: {CORP_ID}
    secret: app-secret
    token: {TOKEN}
    aes_key: {AES_KEY}
    handoff: none
    base_url: {{url}}
"""


@dataclass
class Line:
    """The demo shop with a customer service account of WeCom."""

    shop: DemoShop
    fake: FakeWecom
    customers: int = 0

    def call(self, envelope: Envelope) -> None:
        url = f"{self.shop.url}/webhooks/wecom_kf/wecom-kf"
        answer = httpx.post(url, params=envelope.query, content=envelope.body)
        assert answer.status_code == 200, answer.text

    def customer_beyond_his_window(self) -> str:
        """Somebody whom we may not answer any more; his conversation's id."""
        self.customers += 1
        user = f"wm{self.customers}"
        hello = self.fake.world.says(KFID, user, "你好，我想问一下订单")
        self.fake.world.customers[KFID, user].sent_since = 5
        self.call(hello)
        return self._conversation_of(user)

    def says(self, user: str, text: str) -> None:
        self.call(self.fake.world.says(KFID, user, text))

    def window_counts_anew(self) -> None:
        """As if we had counted wrong."""
        with closing(self._database()) as connection, connection:
            connection.execute("UPDATE reply_window SET used = 0")
        for customer in self.fake.world.customers.values():
            customer.sent_since = 0

    def _conversation_of(self, user: str) -> str:
        query = (
            "SELECT c.id FROM conversation c JOIN contact t ON t.id = c.contact_id"
            " JOIN message m ON m.conversation_id = c.id"
            " WHERE t.external_id = ? AND m.delivery = 'held'"
        )
        for _ in range(200):
            with closing(self._database()) as connection:
                row = connection.execute(query, (f"{KFID}/{user}",)).fetchone()
            if row:
                return str(row[0])
            time.sleep(0.05)
        raise AssertionError("nothing was held")

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.shop.folder / "data" / "aftercare.db", timeout=20)


@pytest.fixture(scope="module")
def line(built: Path) -> Iterator[Line]:
    fake = FakeWecom()
    with server_folder() as folder, run_wecom(fake) as url:
        data = folder / "data"
        data.mkdir()
        (data / "channels.yml").write_text(CHANNELS.format(url=url))
        shop = DemoShop(folder)
        shop.start()
        yield Line(shop, fake)
        shop.stop()


def test_why_it_waits_and_the_way_out(line: Line, page: Page) -> None:
    conversation = line.customer_beyond_his_window()
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path=f"conversations/{conversation}")
    expect(page.get_by_text("Can't be sent now: all messages the channel allows")).to_be_visible()
    send = page.get_by_role("button", name="Send now")
    expect(send).to_have_count(0)

    line.window_counts_anew()
    expect(page.get_by_text("1 message waits and can be sent now.")).to_be_visible(timeout=30_000)
    send.click()
    expect(page.get_by_text("On its way")).to_be_visible()
    expect(page.get_by_text("Can't be sent now")).to_have_count(0, timeout=30_000)
    assert [each.to for each in line.fake.world.delivered] == ["wm1"]


def test_it_goes_out_when_the_customer_writes(line: Line, page: Page) -> None:
    conversation = line.customer_beyond_his_window()
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path=f"conversations/{conversation}")
    held = page.get_by_text("Can't be sent now: all messages the channel allows")
    expect(held).to_be_visible()
    line.says(f"wm{line.customers}", "在吗")
    expect(held).to_have_count(0, timeout=30_000)


@BOTH
@LANGUAGES
def test_everybody_can_read_it(line: Line, themed: Page) -> None:
    conversation = line.customer_beyond_his_window()
    page = themed
    Desk(page, line.shop.url).signs_in(SUPERVISOR, path=f"conversations/{conversation}")
    page.locator(".unsent").wait_for()
    assert violations(page) == []
    page.set_viewport_size(PHONE)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
