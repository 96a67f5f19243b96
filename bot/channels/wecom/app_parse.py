"""A callback of an app (自建应用) as our messages.

Shapes: developer.work.weixin.qq.com, 接收消息与事件 (消息格式, 事件格式). WeCom calls again when
we are slow: messages are told apart by MsgId, events by who, when and what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import BadPayload
from bot.channels.text import storable
from bot.messages import Attachment, AttachmentKind, InboundKind, InboundMessage, Sender

_MEDIA = {
    "image": (AttachmentKind.IMAGE, None),
    "voice": (AttachmentKind.VOICE, "audio/amr"),
    "video": (AttachmentKind.VIDEO, "video/mp4"),
    "shortvideo": (AttachmentKind.VIDEO, "video/mp4"),
    "file": (AttachmentKind.FILE, None),
}
_LATEST = 32_503_680_000
"""Seconds until the year 3000: what is later is no time."""

Fields = Mapping[str, Any]


def parse_app_message(
    fields: Fields, agent_id: int, *, greet_on_enter: bool = False
) -> InboundMessage | None:
    """The message in a callback's fields; None for what nobody waits to be answered.

    `order` is CreateTime in milliseconds. Raises: BadPayload.
    """
    if text_of(fields, "AgentID", str(agent_id)) != str(agent_id):
        raise BadPayload("wrong_agent", "the call is for another app of the company")
    kind = text_of(fields, "MsgType").lower()
    if kind == "event":
        return _event(fields, greet_on_enter=greet_on_enter)
    msgid = text_of(fields, "MsgId")
    if not msgid or len(msgid) > 100:
        raise BadPayload("bad_message", "MsgId is missing")
    if kind == "text":
        return _message(fields, msgid, InboundKind.TEXT, text=text_of(fields, "Content"))
    if kind in _MEDIA and text_of(fields, "MediaId"):
        return _message(fields, msgid, InboundKind.MEDIA, attachments=(_attachment(kind, fields),))
    return _message(fields, msgid, InboundKind.UNSUPPORTED, text=_described(kind, fields))


def response_code_of(fields: Fields) -> str:
    """What lets us change the card that was pressed, once."""
    return text_of(fields, "ResponseCode")


def text_of(fields: Fields, name: str, default: str = "") -> str:
    """A field's text. A repeated or nested one has none: it is not the vendor's."""
    value = fields.get(name)
    return storable(value) if isinstance(value, str) else default


def _event(fields: Fields, *, greet_on_enter: bool) -> InboundMessage | None:
    event = text_of(fields, "Event").lower()
    key = text_of(fields, "EventKey")
    selected = _selected(fields)
    digest = hashlib.sha256("\n".join([key, *selected]).encode("utf-8", "replace"))
    who, when = text_of(fields, "FromUserName")[:64], text_of(fields, "CreateTime")[:16]
    external_id = f"{event[:40]}:{who}:{when}:{digest.hexdigest()[:24]}"
    if event == "template_card_event":
        choice = ",".join(selected) if selected else key
        if not choice:
            raise BadPayload("bad_message", "a pressed card without a key")
        return _message(fields, external_id, InboundKind.CHOICE, choice=choice)
    if event == "click":
        return _message(fields, external_id, InboundKind.START, text=key)
    if event == "subscribe" or (event == "enter_agent" and greet_on_enter):
        return _message(fields, external_id, InboundKind.START)
    return None


def _selected(fields: Fields) -> list[str]:
    """The options picked in a card with a list, in the order of the questions."""
    return [
        storable(option)
        for item in _listed(fields.get("SelectedItems"), "SelectedItem")
        for option in _listed(item.get("OptionIds"), "OptionId", texts=True)
    ]


def _listed(value: Any, name: str, *, texts: bool = False) -> Sequence[Any]:
    """XML's children called `name`: one or several."""
    inner = value.get(name) if isinstance(value, Mapping) else None
    many = inner if isinstance(inner, list) else [inner]
    wanted = str if texts else Mapping
    return [item for item in many if isinstance(item, wanted)]


def _message(
    fields: Fields,
    external_id: str,
    kind: InboundKind,
    *,
    text: str = "",
    choice: str | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> InboundMessage:
    member = text_of(fields, "FromUserName")
    if not member or len(member) > 128:
        raise BadPayload("bad_message", "FromUserName is missing")
    seconds = _seconds(fields)
    return InboundMessage(
        external_id=external_id,
        sender=Sender(member),
        kind=kind,
        sent_at=datetime.fromtimestamp(seconds, UTC),
        order=seconds * 1000,
        text=text,
        choice=choice,
        attachments=attachments,
    )


def _seconds(fields: Fields) -> int:
    given = text_of(fields, "CreateTime")
    if not (given.isascii() and given.isdecimal()) or int(given[:16]) > _LATEST:
        raise BadPayload("bad_message", "CreateTime is no time")
    return int(given)


def _attachment(kind: str, fields: Fields) -> Attachment:
    what, media_type = _MEDIA[kind]
    name = text_of(fields, "Title") or text_of(fields, "FileName")
    return Attachment(
        what,
        text_of(fields, "MediaId"),
        media_type=media_type,
        name=name[:200] if what is AttachmentKind.FILE and name else None,
    )


def _described(kind: str, fields: Fields) -> str:
    """What it was, for people to read; the bot can't."""
    details = {
        "location": ("Label", "Location_X", "Location_Y"),
        "link": ("Title", "Description", "Url"),
    }.get(kind, ())
    said = [text_of(fields, name) for name in details]
    return ": ".join([kind[:40] or "unknown", *filter(None, [", ".join(filter(None, said))])])
