"""python-telegram-bot builds the updates that we read.

An implementation that shares no code with aiogram has its own idea of what an update looks like;
both must be understood alike.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import telegram as ptb

from bot.channels.telegram.parse import parse_update
from bot.messages import AttachmentKind, InboundKind, InboundMessage
from tests.channels.telegram.support import NOW

SENT = datetime(2026, 5, 20, 7, 59, 58, tzinfo=UTC)
USER = ptb.User(5318008123, "晓", False, last_name="林", language_code="zh-hans")
BOT = ptb.User(7012345678, "Northwind Care", True)
PLACE = ptb.Location(13.4, 52.5)
CHAT = ptb.Chat(5318008123, ptb.Chat.PRIVATE)


def message(**content: object) -> ptb.Message:
    defaults: dict[str, object] = {"from_user": USER}
    return ptb.Message(41, SENT, CHAT, **(defaults | content))  # type: ignore[arg-type]


def parse(**update: object) -> list[InboundMessage]:
    built = ptb.Update(620310041, **update)  # type: ignore[arg-type]
    return parse_update(built.to_json().encode(), NOW)


def parse_message(**content: object) -> InboundMessage:
    (read,) = parse(message=message(**content))
    return read


def test_text() -> None:
    read = parse_message(text="我要退款 👍🏽 <b>&amp;")
    assert read.external_id == "5318008123:41"
    assert read.sender.display_name == USER.full_name
    assert (read.sender.locale_hint, read.sent_at) == ("zh-hans", SENT)
    assert (read.kind, read.text) == (InboundKind.TEXT, "我要退款 👍🏽 <b>&amp;")


def test_start() -> None:
    entity = ptb.MessageEntity(ptb.MessageEntity.BOT_COMMAND, 0, 6)
    read = parse_message(text="/start order_7", entities=[entity])
    assert (read.kind, read.text) == (InboundKind.START, "order_7")


def test_album_photo() -> None:
    sizes = [ptb.PhotoSize(f"p{n}", f"u{n}", n * 100, n * 75, n * 1000) for n in (1, 8, 3)]
    read = parse_message(photo=sizes, caption="漏了", media_group_id="g1")
    assert (read.kind, read.text, read.group_id) == (InboundKind.MEDIA, "漏了", "g1")
    assert [(a.source, a.size) for a in read.attachments] == [("p8", 8000)]


@pytest.mark.parametrize(
    ("content", "kind", "source", "name"),
    [
        ({"document": ptb.Document("d", "u", "a", "image/png")}, AttachmentKind.IMAGE, "d", "a"),
        ({"document": ptb.Document("d", "u")}, AttachmentKind.FILE, "d", None),
        ({"voice": ptb.Voice("v", "u", 3)}, AttachmentKind.VOICE, "v", None),
        ({"audio": ptb.Audio("a", "u", 3, file_name="x.mp3")}, AttachmentKind.FILE, "a", "x.mp3"),
        ({"video": ptb.Video("w", "u", 6, 4, 3)}, AttachmentKind.VIDEO, "w", None),
        ({"video_note": ptb.VideoNote("n", "u", 9, 3)}, AttachmentKind.VIDEO, "n", None),
        (
            {
                "animation": ptb.Animation("g", "u", 6, 4, 3),
                "document": ptb.Document("g", "u", "a.gif", "image/gif"),
            },
            AttachmentKind.VIDEO,
            "g",
            None,
        ),
    ],
)  # fmt: skip
def test_files(
    content: dict[str, object], kind: AttachmentKind, source: str, name: str | None
) -> None:
    read = parse_message(**content)
    assert read.kind is InboundKind.MEDIA
    assert [(a.kind, a.source, a.name) for a in read.attachments] == [(kind, source, name)]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"sticker": ptb.Sticker("s", "u", 9, 9, True, False, "regular")}, "sticker"),
        ({"location": PLACE}, "location"),
        ({"contact": ptb.Contact("+49152", "Maya")}, "contact"),
        ({"dice": ptb.Dice(3, "🎲")}, "dice"),
        ({"venue": ptb.Venue(PLACE, "Shop", "Street"), "location": PLACE}, "venue"),
    ],
)
def test_unsupported(content: dict[str, object], named: str) -> None:
    read = parse_message(**content)
    assert (read.kind, read.text) == (InboundKind.UNSUPPORTED, named)


@pytest.mark.parametrize(
    "content",
    [
        {"delete_chat_photo": True},
        {"new_chat_title": "x"},
        {"text": "hi", "from_user": BOT},
    ],
)
def test_notices_and_bots_give_nothing(content: dict[str, object]) -> None:
    assert parse(message=message(**content)) == []


def test_press() -> None:
    keyboard = ptb.InlineKeyboardMarkup([[ptb.InlineKeyboardButton("是", callback_data="yes")]])
    shown = message(text="退这件吗？", from_user=BOT, reply_markup=keyboard)
    (read,) = parse(callback_query=ptb.CallbackQuery("99", USER, "1", message=shown, data="yes"))
    assert (read.external_id, read.kind) == ("cb:99", InboundKind.CHOICE)
    assert (read.choice, read.text, read.order) == ("yes", "是", 620310041)


def test_press_on_an_inaccessible_message() -> None:
    gone = ptb.InaccessibleMessage(CHAT, 40)
    (read,) = parse(callback_query=ptb.CallbackQuery("98", USER, "1", message=gone, data="no"))
    assert (read.choice, read.text) == ("no", "")


def test_press_on_a_message_of_inline_mode_gives_nothing() -> None:
    query = ptb.CallbackQuery("97", USER, "1", inline_message_id="i", data="no")
    assert parse(callback_query=query) == []


def test_edit() -> None:
    edited = message(text="new words", edit_date=SENT)
    (read,) = parse(edited_message=edited)
    assert (read.kind, read.edits) == (InboundKind.EDIT, "5318008123:41")
    assert read.sent_at == SENT


def test_blocked_bot() -> None:
    changed = ptb.ChatMemberUpdated(
        CHAT,
        USER,
        SENT,
        ptb.ChatMemberMember(BOT),
        ptb.ChatMemberBanned(BOT, SENT),
    )
    assert parse(my_chat_member=changed) == []
