"""An account of our own channels whose settings make no adapter: it stands still, others go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from backend.channel_status.repository import all_statuses
from backend.conversations import service as conversations
from backend.customers import service as customers
from backend.kit.clock import FixedClock
from backend.kit.db import Tx
from backend.kit.jobs import listing
from backend.settings import Settings
from bot.channels.base import Adapter, ChannelAccount, ChannelError
from bot.channels.registry import CHANNELS, OWN_CHANNELS
from tests.backend.channel_status.test_status import sign_in
from tests.support.houses import CHANNEL, Hello, hello
from tests.support.vendor import Line, open_line

__all__ = ["hello"]

SHORT, KEY = "short-key", "the-app's-own-key-1"
WRONG = ChannelAccount("a-wrong-app", "app", "App", {"api_key": SHORT})
RIGHT = ChannelAccount("right-app", "app", "App", {"api_key": KEY})
WEB = ChannelAccount(CHANNEL, "webchat", "Shop", {})


def _no_webchat(account: ChannelAccount) -> Adapter:
    raise ChannelError("not_installed", "a package")


@pytest.fixture
async def line(settings: Settings, clock: FixedClock) -> AsyncIterator[Line]:
    factories = {"webchat": _no_webchat}
    async with open_line(
        settings, clock, accounts=[WRONG, RIGHT, WEB], factories=factories
    ) as opened:
        yield opened


async def _app_says(line: Line, key: str) -> int:
    answer = await line.http.post(
        "/api/app/v1/messages?wait=0",
        json={"sender": "u1", "message": "hello"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert key not in answer.text
    return answer.status_code


async def test_people_see_all_accounts_and_what_is_wrong_with_one(line: Line) -> None:
    await line.house.channels.make_all(line.house.db)
    await line.house.channels.watch.flush(line.house.db)
    await sign_in(line)
    answer = await line.http.get("/api/v1/channels")
    assert answer.status_code == 200, answer.text
    assert SHORT not in answer.text
    shown: dict[str, Any] = {item["id"]: item for item in answer.json()["items"]}
    wrong = shown["a-wrong-app"]
    assert (wrong["state"], wrong["error_code"], wrong["fetched"]) == ("down", "bad_settings", True)
    assert wrong["error_detail"] == "api_key: must have at least 16 characters"
    assert (await line.house.db.read(all_statuses)).keys() == {"a-wrong-app", CHANNEL}


async def test_another_account_takes_its_messages(line: Line) -> None:
    assert await _app_says(line, KEY) == 202
    # Whose key it is can't be told: come again once the account is set up.
    assert await _app_says(line, SHORT) == 503
    assert await _app_says(line, "nobody's key at all") == 503


async def test_what_a_visitor_writes_is_refused_for_now(line: Line, hello: Hello) -> None:
    opened = (await line.http.post("/api/chat/v1/sessions", json=hello())).json()
    sent = await line.http.post(
        "/api/chat/v1/messages",
        json={"client_id": "m1", "text": "hello"},
        headers={"Authorization": f"Bearer {opened['token']}"},
    )
    assert (sent.status_code, sent.json()["title"]) == (503, "channel unusable")


async def test_what_is_said_there_is_kept_to_be_fetched(line: Line) -> None:
    def tell(tx: Tx) -> str | None:
        contact = customers.lock_contact(tx, WRONG.id, "u1", "", "en")
        conversation = conversations.get_or_open(tx, contact.id, WRONG.id, "en")
        (told,) = line.house.notifier.tell(tx, conversation.id, "system.error", {})
        return told.delivery

    assert await line.house.db.tx(tell) == "sent"
    assert await line.house.db.read(listing.list_jobs, "new") == []


@pytest.mark.parametrize("channel", sorted(OWN_CHANNELS))
def test_ours_are_fetched_from(channel: str) -> None:
    adapter = CHANNELS[channel](ChannelAccount("a", channel, "A", {"api_key": KEY}))
    assert adapter.capabilities.pulled
