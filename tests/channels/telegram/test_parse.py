"""Captured updates as our messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import BadPayload
from bot.channels.telegram.parse import parse_update
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    Sender,
)
from tests.channels.telegram.support import NOW, call, captured

MAYA = Sender("731204466", "Maya Okafor", "en")
LIN = Sender("5318008123", "晓 林", "zh-hans")
SENT = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)


def parse(update: Any) -> list[InboundMessage]:
    return parse_update(call(update).body, NOW)


def parse_one(name: str) -> InboundMessage:
    (message,) = parse(captured(name))
    return message


def test_text() -> None:
    assert parse_one("text") == InboundMessage(
        external_id="731204466:1841",
        sender=MAYA,
        kind=InboundKind.TEXT,
        sent_at=SENT,
        order=620310041,
        text="Hi, my kettle arrived with a cracked lid.\nOrder NW-20260511-0417",
    )


def test_chinese_text_with_emoji() -> None:
    message = parse_one("text_zh_emoji")
    assert message.sender == LIN
    assert message.text.startswith("你好👋🏽，我的电热水壶收到就是坏的😭")


def test_photo_in_its_largest_size_with_its_caption() -> None:
    message = parse_one("photo")
    assert (message.kind, message.text) == (InboundKind.MEDIA, "Here is the crack")
    assert message.attachments == (
        Attachment(
            AttachmentKind.IMAGE, "AgACAgIAAxkBAAIKettlew", media_type="image/jpeg", size=184320
        ),
    )


def test_largest_photo_is_by_area_not_by_place() -> None:
    update = captured("photo")
    update["message"]["photo"].reverse()
    assert parse(update)[0].attachments[0].source == "AgACAgIAAxkBAAIKettlew"


def test_album_is_messages_of_one_group() -> None:
    messages = [message for update in captured("album") for message in parse(update)]
    assert len(messages) == 3
    assert {message.group_id for message in messages} == {"13947205118234771"}
    assert len({message.external_id for message in messages}) == 3
    assert [message.text for message in messages] == ["三张照片，瓶口都漏了", "", ""]
    assert all(message.kind is InboundKind.MEDIA for message in messages)
    assert len({a.source for message in messages for a in message.attachments}) == 3


def test_image_sent_as_a_file() -> None:
    assert parse_one("document_image").attachments == (
        Attachment(
            AttachmentKind.IMAGE,
            "BQACAgIAAxkBAAIHOriginal",
            media_type="image/jpeg",
            size=3481022,
            name="IMG_2044.HEIC.jpg",
        ),
    )


def test_other_document_is_a_file() -> None:
    update = captured("document_image")
    update["message"]["document"] |= {"mime_type": "application/pdf", "file_name": "invoice.pdf"}
    assert parse(update)[0].attachments[0].kind is AttachmentKind.FILE


def test_voice() -> None:
    message = parse_one("voice")
    assert message.kind is InboundKind.MEDIA
    assert message.attachments == (
        Attachment(
            AttachmentKind.VOICE, "AwACAgIAAxkBAAIHVoice", media_type="audio/ogg", size=18211
        ),
    )


def test_pressed_button_with_its_label() -> None:
    assert parse_one("callback_query") == InboundMessage(
        external_id="cb:22840671209983345",
        sender=LIN,
        kind=InboundKind.CHOICE,
        sent_at=NOW,  # a press carries no time
        order=620310070,
        text="电热水壶 · ¥199.00",
        choice="p7:0",
    )


def test_pressed_button_of_a_message_too_old_to_be_told() -> None:
    message = parse_one("callback_query_old")
    assert (message.kind, message.choice, message.text) == (InboundKind.CHOICE, "p7:1", "")


def test_edit_names_the_message_it_changes() -> None:
    message = parse_one("edited_message")
    assert message.kind is InboundKind.EDIT
    assert message.external_id == "edit:731204466:1841:1779264130"
    assert message.edits == parse_one("text").external_id
    assert message.sent_at == datetime(2026, 5, 20, 8, 2, 10, tzinfo=UTC)
    assert message.text.endswith("0471")
    assert message.order > parse_one("text").order


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        ("/start", InboundKind.START, ""),
        ("/start order_1", InboundKind.START, "order_1"),
        ("/start@northwind_care_bot order_1", InboundKind.START, "order_1"),
        ("/start  two words\nand lines", InboundKind.START, "two words\nand lines"),
        ("/started", InboundKind.TEXT, "/started"),
        ("/help", InboundKind.TEXT, "/help"),
        ("please /start", InboundKind.TEXT, "please /start"),
    ],
)
def test_start_with_and_without_payload(text: str, kind: InboundKind, read: str) -> None:
    update = captured("start_payload")
    update["message"]["text"] = text
    (message,) = parse(update)
    assert (message.kind, message.text) == (kind, read)


def test_start_from_a_deep_link() -> None:
    message = parse_one("start_payload")
    assert (message.kind, message.text) == (InboundKind.START, "order_NW-20260511-0417")


@pytest.mark.parametrize("what", ["sticker", "location", "contact"])
def test_what_we_cannot_read_is_named(what: str) -> None:
    message = parse_one(what)
    assert (message.kind, message.text) == (InboundKind.UNSUPPORTED, what)
    assert message.attachments == ()


@pytest.mark.parametrize(
    "name",
    [
        "group_message",
        "group_callback",
        "my_chat_member_blocked",
        "pinned_notice",
        "from_bot",
    ],
)
def test_what_is_not_a_customers_word_to_us_gives_nothing(name: str) -> None:
    assert parse(captured(name)) == []


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
@pytest.mark.parametrize("name", ["text", "photo", "edited_message", "callback_query", "sticker"])
def test_only_private_chats_are_read(name: str, kind: str) -> None:
    update = captured(name)
    assert len(parse(update)) == 1
    place = update.get("message") or update.get("edited_message") or update["callback_query"]
    place.get("message", place)["chat"]["type"] = kind
    assert parse(update) == []


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 1, "inline_query": {"id": "1", "from": captured("text")["message"]["from"],
                                          "query": "", "offset": ""}},
        {"update_id": 1, "an_update_of_the_future": {"x": 1}},
        {"update_id": 1, "channel_post": captured("text")["message"]},
        {"update_id": 1, "business_message": captured("text")["message"]},
    ],
)  # fmt: skip
def test_other_updates_give_nothing(update: dict[str, Any]) -> None:
    assert parse(update) == []


def test_words_survive_a_part_newer_than_our_types() -> None:
    message = parse_one("unknown_content")
    assert (message.kind, message.text) == (InboundKind.TEXT, "this one please")
    assert (message.external_id, message.sender) == ("731204466:1882", MAYA)


def test_content_newer_than_our_types_is_still_a_message() -> None:
    message = parse_one("unknown_content_wordless")
    assert (message.kind, message.text) == (InboundKind.UNSUPPORTED, "unknown")
    assert message.order == 620310083


def test_shared_location_that_moves_is_no_edit() -> None:
    update = captured("location")
    moved = update.pop("message") | {"edit_date": 1779264170}
    assert parse(update | {"edited_message": moved}) == []


def test_edited_caption_brings_the_photo_along() -> None:
    update = captured("photo")
    edited = update.pop("message") | {"edit_date": 1779264170, "caption": "both cracks"}
    (message,) = parse(update | {"edited_message": edited})
    assert (message.kind, message.text) == (InboundKind.EDIT, "both cracks")
    assert len(message.attachments) == 1


@pytest.mark.parametrize(
    "twist",
    [
        {"update_id": -1},
        {"update_id": 2**63},
        {"update_id": "abc"},
        {"message": {"message_id": "abc"}},
        {"message": {"message_id": 2**63}},
        {"message": {"date": 10**30}},
        {"message": {"date": None}},
        {"message": {"chat": None}},
        {"message": {"from": {"id": 1}}},
        {"message": "text"},
    ],
)
def test_invalid_updates_are_refused(twist: dict[str, Any]) -> None:
    update = captured("text")
    for key, value in twist.items():
        update[key] = update[key] | value if isinstance(value, dict) else value
    with pytest.raises(BadPayload) as caught:
        parse(update)
    assert "cracked lid" not in str(caught.value)


def test_edit_at_an_impossible_time_is_refused() -> None:
    update = captured("edited_message")
    update["edited_message"]["edit_date"] = 10**18
    with pytest.raises(BadPayload):
        parse(update)
