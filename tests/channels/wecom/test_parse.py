"""Payloads in the vendor's shapes (its documentation's examples, with our values in them)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import BadPayload
from bot.channels.fetched import MayWriteFirst, SaidElsewhere, SendFailed, Session, SessionChanged
from bot.channels.wecom.app_parse import parse_app_message
from bot.channels.wecom.callback import read_message
from bot.channels.wecom.kf_parse import Item, read_items
from bot.messages import AttachmentKind, InboundKind, InboundMessage
from tests.channels.wecom.support import fake_wecom, kf_adapter, sealed

FIXTURES = Path(__file__).with_name("fixtures")
AT = datetime(2026, 5, 20, 4, 0, tzinfo=UTC)
CONTACT = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q/wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"


def app(name: str, **options: Any) -> InboundMessage | None:
    xml = (FIXTURES / f"app_{name}.xml").read_text("utf-8")
    return parse_app_message(read_message(xml), 1000002, **options)


def kf(name: str) -> list[Item]:
    return read_items([json.loads((FIXTURES / f"kf_{name}.json").read_text("utf-8"))])


def kf_message(name: str) -> InboundMessage:
    (message,) = kf(name)
    assert isinstance(message, InboundMessage)
    return message


@pytest.mark.parametrize(
    ("name", "kind", "text", "choice"),
    [
        ("text", InboundKind.TEXT, "水壶漏水", None),
        ("image", InboundKind.MEDIA, "", None),
        ("voice", InboundKind.MEDIA, "", None),
        ("video", InboundKind.MEDIA, "", None),
        ("location", InboundKind.UNSUPPORTED, "location: 广州市海珠区, 23.134, 113.358", None),
        (
            "link",
            InboundKind.UNSUPPORTED,
            "link: Kettle, A kettle, https://shop.example/kettle",
            None,
        ),
        ("unknown", InboundKind.UNSUPPORTED, "hologram", None),
        ("event_subscribe", InboundKind.START, "", None),
        ("event_click", InboundKind.START, "refund", None),
        ("event_template_card_event", InboundKind.CHOICE, "", "p1:0"),
        ("event_template_card_list", InboundKind.CHOICE, "", "p1:0,p1:2"),
    ],
)
def test_an_apps_call(name: str, kind: InboundKind, text: str, choice: str | None) -> None:
    message = app(name)
    assert message is not None
    assert (message.kind, message.text, message.choice) == (kind, text, choice)
    assert (message.sender.external_id, message.sent_at) == ("lisi", AT)
    assert message.order == 1_779_249_600_000


def test_calls_nobody_waits_an_answer_to() -> None:
    assert app("event_unsubscribe") is None
    assert app("event_enter_agent") is None
    greeted = app("event_enter_agent", greet_on_enter=True)
    assert greeted is not None
    assert greeted.kind is InboundKind.START


def test_what_is_attached() -> None:
    kinds = {}
    for name in ("image", "voice", "video"):
        message = app(name)
        assert message is not None
        (attachment,) = message.attachments
        assert attachment.source == "media_id"
        kinds[name] = (attachment.kind, attachment.media_type)
    assert kinds == {
        "image": (AttachmentKind.IMAGE, None),
        "voice": (AttachmentKind.VOICE, "audio/amr"),
        "video": (AttachmentKind.VIDEO, "video/mp4"),
    }


def test_another_app_of_the_company_is_not_ours() -> None:
    fields = read_message((FIXTURES / "app_text.xml").read_text("utf-8"))
    with pytest.raises(BadPayload, match="wrong_agent"):
        parse_app_message(fields, 1000003)


def test_the_callback_of_a_customer_service_account() -> None:
    adapter = kf_adapter(fake_wecom())
    call = sealed((FIXTURES / "app_kf_callback.xml").read_bytes())
    adapter.verify(call)
    assert adapter.parse(call, AT) == []
    (news,) = adapter.news(call)
    assert (news.source, news.token[:8]) == ("wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q", "ENCApHxn")


@pytest.mark.parametrize(
    ("name", "kind", "text", "choice"),
    [
        ("text", InboundKind.TEXT, "水壶漏水,订单 LL20260510-0003", None),
        ("menu_click", InboundKind.CHOICE, "退款", "p1:0"),
        ("image", InboundKind.MEDIA, "", None),
        ("voice", InboundKind.MEDIA, "", None),
        ("video", InboundKind.MEDIA, "", None),
        ("file", InboundKind.MEDIA, "", None),
        ("business_card", InboundKind.UNSUPPORTED, "business_card: zhangsan", None),
        ("miniprogram", InboundKind.UNSUPPORTED, "miniprogram: TITLE, index.html", None),
        ("merged_msg", InboundKind.UNSUPPORTED, "merged_msg: 群聊的聊天记录", None),
        ("note", InboundKind.UNSUPPORTED, "note", None),
        ("unknown", InboundKind.UNSUPPORTED, "hologram", None),
        (
            "channels_shop_order",
            InboundKind.UNSUPPORTED,
            "channels_shop_order: 3700000000000000000, 水壶, 已完成",
            None,
        ),
    ],
)
def test_a_customers_item(name: str, kind: InboundKind, text: str, choice: str | None) -> None:
    message = kf_message(name)
    assert (message.kind, message.text, message.choice) == (kind, text, choice)
    assert (message.sender.external_id, message.sent_at) == (CONTACT, AT)
    assert message.external_id == "4WjjZVmdni5oc5PoFfy6UBHtzhW5HjYccrZHdmM4xYxY"


def test_a_place_is_told_in_words() -> None:
    for name, words in (("location", "广州国际媒体港"), ("link", "https://shop.example/kettle")):
        message = kf_message(name)
        assert message.kind is InboundKind.UNSUPPORTED
        assert words in message.text


def test_opening_the_chat() -> None:
    first, start = kf("event_enter_session")
    assert isinstance(start, InboundMessage)
    assert first == MayWriteFirst(CONTACT, start.external_id, "aaaaaa", AT)
    assert isinstance(start, InboundMessage)
    assert (start.kind, start.text) == (InboundKind.START, "order_LL20260510-0003")
    assert kf("event_enter_session_again") == []  # nothing new, and nothing may be sent


def test_what_else_is_told() -> None:
    assert kf("event_msg_send_fail") == [
        SendFailed("019e639225af7000aabbccddeeff0011", 2, "blocked", "fail_type 10")
    ]
    taken = SessionChanged(CONTACT, "evt1", Session.SERVICER, AT, "zhangsan")
    assert kf("event_session_taken") == [taken]
    assert kf("event_session_ended") == [SessionChanged(CONTACT, "evt1", Session.ENDED, AT)]
    (said,) = kf("servicer_text")
    assert isinstance(said, SaidElsewhere)
    assert (said.author, said.message.text) == ("zhangsan", "我来处理")
    assert kf("event_servicer_status") == kf("event_user_recall") == []


def test_an_unreadable_item_does_not_stop_the_rest() -> None:
    good = json.loads((FIXTURES / "kf_text.json").read_text("utf-8"))
    bad: list[Any] = [
        None,
        7,
        {},
        {**good, "msgid": ""},
        {**good, "send_time": "yesterday"},
        {**good, "send_time": 10**20},
        {**good, "external_userid": None},
        {**good, "open_kfid": "k" * 64, "external_userid": "u" * 64},  # no database holds both
        {"msgtype": "event", "event": {"event_type": "session_status_change", "change_type": 9}},
    ]
    assert len(read_items([*bad, good])) == 1
