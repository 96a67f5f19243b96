"""The web chat's own rules, beyond the contract."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import (
    BadPayload,
    BadSignature,
    ChannelAccount,
    SendContext,
    Sent,
    WebhookRequest,
)
from bot.channels.webchat import WebchatAdapter, proven_headers
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    OutboundMessage,
    Sender,
    VerifiedIdentity,
)

NOW = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def adapter() -> WebchatAdapter:
    return WebchatAdapter(ChannelAccount("web-demo", "webchat", "Shop", {}))


def call(content: dict[str, Any], **proven: str) -> WebhookRequest:
    body = json.dumps({"client_id": "a1B2_-", **content}).encode()
    return WebhookRequest(headers=proven_headers("v-1", **proven), query={}, body=body)


def parse_one(adapter: WebchatAdapter, request: WebhookRequest) -> InboundMessage:
    (message,) = adapter.parse(request, NOW)
    return message


def test_reads_a_text(adapter: WebchatAdapter) -> None:
    assert parse_one(adapter, call({"text": "我要退款"})) == InboundMessage(
        external_id="v-1:a1B2_-",
        sender=Sender("v-1"),
        kind=InboundKind.TEXT,
        sent_at=NOW,
        order=int(NOW.timestamp() * 1000),
        text="我要退款",
    )


def test_reads_several_choices_with_their_label(adapter: WebchatAdapter) -> None:
    message = parse_one(adapter, call({"choice": "p3:0,p3:2", "label": "Kettle, Filter"}))
    assert message.kind is InboundKind.CHOICE
    assert (message.choice, message.text) == ("p3:0,p3:2", "Kettle, Filter")


def test_reads_photos_with_a_caption(adapter: WebchatAdapter) -> None:
    message = parse_one(adapter, call({"attachments": ["up1", "up2"], "text": "the crack"}))
    assert message.kind is InboundKind.MEDIA
    assert message.text == "the crack"
    assert message.attachments == (
        Attachment(AttachmentKind.IMAGE, ref="up1"),
        Attachment(AttachmentKind.IMAGE, ref="up2"),
    )


@pytest.mark.parametrize("payload", ["", "product=K-200"])
def test_reads_the_opening(adapter: WebchatAdapter, payload: str) -> None:
    message = parse_one(adapter, call({"kind": "start", "text": payload}))
    assert (message.kind, message.text) == (InboundKind.START, payload)


def test_knows_a_customer_only_by_what_was_proven(adapter: WebchatAdapter) -> None:
    claims = {"text": "hi", "visitor": "v-2", "identity": {"customer_id": "C9"}, "customer": "C9"}
    anonymous = parse_one(adapter, call(claims))
    assert anonymous.sender == Sender("v-1")
    proven = parse_one(adapter, call(claims, customer="C1001", name="林晓", locale="zh-CN"))
    assert proven.sender == Sender(
        "v-1", "林晓", "zh-CN", identity=VerifiedIdentity("C1001", "林晓")
    )


def test_reads_nothing_that_the_chat_api_did_not_hand_over(adapter: WebchatAdapter) -> None:
    outside = {"x-aftercare-visitor": "v-1", "x-aftercare-customer": "C1001"}
    with pytest.raises(BadSignature):
        adapter.parse(replace(call({"text": "hi"}), headers=outside), NOW)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({}, "exactly one"),
        ({"text": " \n"}, "exactly one"),
        ({"text": "\0"}, "exactly one"),
        ({"text": "a", "choice": "b"}, "exactly one"),
        ({"choice": "b", "attachments": ["c"]}, "exactly one"),
        ({"kind": "start", "choice": "b"}, "kind is start"),
        ({"kind": "text", "choice": "b"}, "kind is text"),
        ({"kind": "edit", "text": "b"}, "kind:"),
        ({"client_id": "", "text": "a"}, "client_id:"),
        ({"client_id": "a" * 65, "text": "a"}, "client_id:"),
        ({"client_id": "a:b", "text": "a"}, "client_id:"),
        ({"client_id": "a\n", "text": "a"}, "client_id:"),
        ({"client_id": None, "text": "a"}, "client_id:"),
        ({"text": "a" * 20_001}, "text:"),
        ({"text": 5}, "text:"),
        ({"choice": ""}, "choice:"),
        ({"choice": "a,"}, "choice:"),
        ({"choice": "退" * 22}, "choice:"),
        ({"choice": ",".join(["a" * 64] * 70)}, "choice:"),
        ({"choice": "a", "label": "x" * 501}, "label:"),
        ({"attachments": ["a"] * 11}, "attachments:"),
        ({"attachments": ["../a"]}, "attachments.0:"),
        ({"attachments": "abc"}, "attachments:"),
    ],
)
def test_refuses_by_field_and_reason(
    adapter: WebchatAdapter, content: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadPayload) as caught:
        adapter.parse(call(content), NOW)
    assert reason in caught.value.detail
    assert len(caught.value.detail) < 300  # the client's words are not repeated


def test_takes_the_longest_text(adapter: WebchatAdapter) -> None:
    assert len(parse_one(adapter, call({"text": "退" * 20_000})).text) == 20_000


def test_order_goes_on_when_the_clock_goes_back(adapter: WebchatAdapter) -> None:
    times = [NOW, NOW, NOW - timedelta(seconds=9), NOW + timedelta(seconds=1)]
    orders = [adapter.parse(call({"text": "a"}), now)[0].order for now in times]
    start = int(NOW.timestamp() * 1000)
    assert orders == [start, start + 1, start + 2, start + 1000]


async def test_delivery_is_the_stored_message(adapter: WebchatAdapter) -> None:
    assert adapter.capabilities.idempotent_send
    assert await adapter.send(OutboundMessage("hi"), SendContext("v-1", "k")) == Sent()
