"""Notices to customers: nothing that happened is undone because they can't be told."""

from __future__ import annotations

import dataclasses

import httpx

from backend.house import House
from backend.kit.jobs import listing
from backend.pipeline.bodies import inbound_from_json, inbound_to_json
from backend.pipeline.channels import Channels
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender
from tests.support.houses import Hello


async def test_a_channel_that_left_the_configuration_holds_nothing_back(
    house: House, http: httpx.AsyncClient, hello: Hello
) -> None:
    opened = (await http.post("/api/chat/v1/sessions", json=hello())).json()
    await house.worker().run_until_idle()
    without = dataclasses.replace(house.notifier, channels=Channels([]))
    (told,) = await house.db.tx(without.tell, opened["conversation_id"], "system.error", {})
    assert told.delivery == "pending"
    (job,) = await house.db.read(listing.list_jobs, "new")
    assert (job.kind, job.payload) == ("deliver", {"message_id": told.id})


def test_what_a_vendor_says_of_a_file_is_storable(house: House) -> None:
    file = Attachment(AttachmentKind.FILE, "f1", media_type="image/\x00png", name="a\x00.png")
    message = InboundMessage(
        "m1", Sender("s"), InboundKind.MEDIA, house.clock.now(), 1, attachments=(file,)
    )
    body = inbound_to_json(message)
    read = inbound_from_json(
        body, external_id="m1", sender=message.sender, sent_at=message.sent_at, order=1
    )
    assert (read.attachments[0].media_type, read.attachments[0].name) == ("image/png", "a.png")
