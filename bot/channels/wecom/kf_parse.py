"""What sync_msg tells of a customer service account (微信客服), as our messages and notices.

Shapes: developer.work.weixin.qq.com/document/path/94670 (接收消息和事件). An item that can't be
read is left out and counted, never an error: the cursor must get past it.

A contact is one WeChat user at one customer service account: `<open_kfid>/<external_userid>`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Undeliverable
from bot.channels.fetched import (
    MayWriteFirst,
    Notice,
    SaidElsewhere,
    SendFailed,
    Session,
    SessionChanged,
)
from bot.channels.text import storable
from bot.channels.wecom.errors import FAIL_TYPES
from bot.channels.wecom.ids import key_of
from bot.messages import (
    Attachment,
    AttachmentKind,
    InboundKind,
    InboundMessage,
    OutboundMessage,
    Sender,
)

Item = InboundMessage | Notice
Fields = Mapping[str, Any]

_MAX_CONTACT = 128
"""Characters of a contact's id that can be stored; WeCom's own make half of it."""
_MAX_CODE = 200

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5
"""`origin` of an item."""

_MEDIA = {
    "image": (AttachmentKind.IMAGE, None),
    "voice": (AttachmentKind.VOICE, "audio/amr"),
    "video": (AttachmentKind.VIDEO, "video/mp4"),
    "file": (AttachmentKind.FILE, None),
}
_DETAILS = {
    # What people should see of a kind that the bot can't read.
    "location": ("name", "address", "latitude", "longitude"),
    "link": ("title", "desc", "url"),
    "business_card": ("userid",),
    "miniprogram": ("title", "pagepath"),
    "channels_shop_product": ("title", "sales_price", "product_id"),
    "channels_shop_order": ("order_id", "product_titles", "state"),
    "merged_msg": ("title",),
    "channels": ("nickname", "title"),
}
_SESSIONS = {
    # change_type: taken from the pool, passed on, ended, taken up again
    1: Session.SERVICER,
    2: Session.SERVICER,
    3: Session.ENDED,
    4: Session.SERVICER,
}
_LATEST = 32_503_680_000

_log = logging.getLogger(__name__)


def contact_of(open_kfid: str, external_userid: str) -> str:
    """The contact's id, from which an answer finds its way back."""
    return f"{open_kfid}/{external_userid}"


def address_of(contact: str) -> tuple[str, str]:
    """(open_kfid, external_userid) of a contact. Raises: Undeliverable `bad_contact`."""
    open_kfid, slash, user = contact.partition("/")
    if not (open_kfid and slash and user):
        raise Undeliverable("bad_contact", "not a contact of a customer service account")
    return open_kfid, user


def read_items(items: Sequence[Any]) -> list[Item]:
    """The readable ones of a page's `msg_list`, in its order."""
    read: list[Item] = []
    for item in items:
        try:
            read.extend(_read(item))
        except _Unreadable as error:
            _log.warning("left out an item of sync_msg: %s", error)
    return read


class _Unreadable(Exception):
    """Says which field is missing, never what was in it."""


def _read(item: Any) -> list[Item]:
    if not isinstance(item, Mapping):
        raise _Unreadable("not an object")
    if item.get("msgtype") == "event":
        event = item.get("event")
        return _event(item, event) if isinstance(event, Mapping) else []
    origin = item.get("origin")
    if origin == CUSTOMER:
        return [_message(item)]
    if origin == SERVICER:
        return [_said_elsewhere(item)]
    return []


def _message(item: Fields) -> InboundMessage:
    kind = _text(item, "msgtype")
    content = item.get(kind)
    content = content if isinstance(content, Mapping) else {}
    parts: dict[str, Any]
    if kind == "text" and _text(content, "menu_id"):
        parts = {
            "kind": InboundKind.CHOICE,
            "choice": _text(content, "menu_id"),
            "text": _text(content, "content"),
        }
    elif kind == "text":
        parts = {"kind": InboundKind.TEXT, "text": _text(content, "content")}
    elif kind in _MEDIA and _text(content, "media_id"):
        parts = {"kind": InboundKind.MEDIA, "attachments": (_attachment(kind, content),)}
    else:
        parts = {"kind": InboundKind.UNSUPPORTED, "text": _described(kind, content)}
    return InboundMessage(
        external_id=_needed(item, "msgid"),
        sender=Sender(_contact(item)),
        sent_at=_time(item),
        order=int(_time(item).timestamp()) * 1000,
        **parts,
    )


def _said_elsewhere(item: Fields) -> SaidElsewhere:
    kind = _text(item, "msgtype")
    content = item.get(kind)
    content = content if isinstance(content, Mapping) else {}
    text = _text(content, "content") if kind == "text" else _described(kind, content)
    return SaidElsewhere(
        contact_external_id=_contact(item),
        external_id=_needed(item, "msgid"),
        author=_text(item, "servicer_userid"),
        message=OutboundMessage(text),
        at=_time(item),
    )


def _event(item: Fields, event: Fields) -> list[Item]:
    match _text(event, "event_type"):
        case "enter_session":
            return _entered(item, event)
        case "msg_send_fail":
            return _failed(event)
        case "session_status_change":
            return _changed(item, event)
        case _:  # recalls, servicers' hours: nothing here depends on them
            return []


def _entered(item: Fields, event: Fields) -> list[Item]:
    """A welcome code lets us greet. Without one we greet only who follows a link of the shop."""
    contact, at = _contact(event), _time(item)
    code, payload = _text(event, "welcome_code"), _text(event, "scene_param")
    if len(code) > _MAX_CODE:
        raise _Unreadable("welcome_code")
    if not (code or payload):
        return []
    external_id = _needed(item, "msgid")
    start = InboundMessage(
        external_id=external_id,
        sender=Sender(contact),
        kind=InboundKind.START,
        sent_at=at,
        order=int(at.timestamp()) * 1000,
        text=payload,
    )
    first: list[Item] = [MayWriteFirst(contact, external_id, code, at)] if code else []
    return [*first, start]


def _failed(event: Fields) -> list[Item]:
    found = key_of(_needed(event, "fail_msgid"))
    if found is None:
        return []  # not a message of ours
    number = event.get("fail_type")
    kind = number if isinstance(number, int) else 0
    return [SendFailed(found[0], found[1], FAIL_TYPES.get(kind, "unknown"), f"fail_type {kind}")]


def _changed(item: Fields, event: Fields) -> list[Item]:
    change = event.get("change_type")
    session = _SESSIONS.get(change) if isinstance(change, int) else None
    if session is None:
        raise _Unreadable("change_type")
    return [
        SessionChanged(
            _contact(event),
            _needed(item, "msgid"),
            session,
            _time(item),
            _text(event, "new_servicer_userid")[:64],
        )
    ]


def _attachment(kind: str, content: Fields) -> Attachment:
    what, media_type = _MEDIA[kind]
    return Attachment(what, _text(content, "media_id"), media_type=media_type)


def _described(kind: str, content: Fields) -> str:
    values = (content.get(name) for name in _DETAILS.get(kind, ()))
    said = [storable(str(value)) for value in values if isinstance(value, str | int | float)]
    return ": ".join([kind[:40] or "unknown", *filter(None, [", ".join(filter(None, said))])])


def _contact(fields: Fields) -> str:
    contact = contact_of(_needed(fields, "open_kfid"), _needed(fields, "external_userid"))
    if len(contact) > _MAX_CONTACT:
        raise _Unreadable("external_userid")
    return contact


def _needed(fields: Fields, name: str) -> str:
    value = _text(fields, name)
    if not value or len(value) > 100:
        raise _Unreadable(name)
    return value


def _time(item: Fields) -> datetime:
    seconds = item.get("send_time")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds <= _LATEST:
        raise _Unreadable("send_time")
    return datetime.fromtimestamp(seconds, UTC)


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return storable(value) if isinstance(value, str) else ""
