"""Albums: however their parts arrive, every photo is fetched and counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest

from backend.conversations import repository
from backend.house import House, open_house
from backend.kit.clock import FixedClock
from backend.pipeline import inbox
from backend.settings import Settings
from bot.channels.base import ChannelAccount, WebhookRequest
from bot.channels.terminal import TerminalAdapter
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender
from tests.support import pictures

ACCOUNT = ChannelAccount("slow", "slow", "Slow photos", {})


class SlowPhotos(TerminalAdapter):
    """A vendor whose first photo takes until `go_on` is set."""

    def __init__(self, account: ChannelAccount) -> None:
        super().__init__(account)
        self.fetching = asyncio.Event()
        self.go_on = asyncio.Event()

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        return ()

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        self.fetching.set()
        await self.go_on.wait()
        return pictures.photo(len(attachment.source), (64, 48))


@pytest.fixture
async def slow_house(settings: Settings, clock: FixedClock) -> AsyncIterator[House]:
    opened = open_house(settings, [ACCOUNT], clock=clock, factories={"slow": SlowPhotos})
    await opened.prepare()
    yield opened
    await opened.close()


def photo(number: int, colour: str, clock: FixedClock) -> InboundMessage:
    return InboundMessage(
        external_id=f"m{number}",
        sender=Sender("somebody", "Somebody", "en"),
        kind=InboundKind.MEDIA,
        sent_at=clock.now(),
        order=number,
        attachments=(Attachment(AttachmentKind.IMAGE, source=colour),),
        group_id="album",
    )


async def test_a_photo_that_comes_while_the_first_is_fetched_is_fetched_too(
    slow_house: House, clock: FixedClock
) -> None:
    db, adapter = slow_house.db, slow_house.channels.adapter(ACCOUNT.id)
    assert isinstance(adapter, SlowPhotos)
    first = await db.tx(inbox.accept, ACCOUNT, photo(1, "red", clock), "en")
    clock.advance(seconds=2)
    working = asyncio.create_task(slow_house.worker().run_until_idle())
    await asyncio.wait_for(adapter.fetching.wait(), 10)

    await db.tx(inbox.accept, ACCOUNT, photo(2, "blue", clock), "en")
    adapter.go_on.set()
    await working
    clock.advance(seconds=5)
    await slow_house.worker().run_until_idle()

    rows = await db.read(repository.page_after, first.message.conversation_id, 0, 100)
    photos = [row for row in rows if row.author == "customer"]
    assert [row.turn_state for row in photos] == ["done", "done"]
    assert all(item["ref"] for row in photos for item in row.body["attachments"])
