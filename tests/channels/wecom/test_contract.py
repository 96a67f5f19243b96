"""Both WeCom adapters keep the contract; a fake WeCom enforces its documented limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import pytest
import xmltodict

from bot.channels.base import Adapter, BadPayload, BadSignature, SendContext, WebhookRequest
from bot.channels.wecom.app import WecomAdapter
from bot.channels.wecom.kf import WecomKfAdapter
from bot.channels.wecom.kf_parse import read_items
from bot.channels.wecom.words import utf8_width
from bot.messages import InboundMessage, Option, OutboundMessage
from tests.channels.contract import NOW, Delivery, VendorContract
from tests.channels.wecom.support import (
    KFID,
    MEMBER,
    USER,
    app_adapter,
    call_of,
    fake_wecom,
    kf_adapter,
    options_of,
    sealed,
    words_of,
)
from tests.support.wecom_crypto import BLOCK, xml_of
from tests.support.wecom_server import CORP_ID, KEYS, FakeWecom

CREATED = int(NOW.timestamp())
_XML_CANNOT = "".join(map(chr, (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)))


class WecomContract(VendorContract):
    """What both have in common: the envelope, and counting in bytes."""

    width = staticmethod(utf8_width)
    fakes: ClassVar[WeakKeyDictionary[Adapter, FakeWecom]] = WeakKeyDictionary()

    def with_body(self, body: bytes) -> WebhookRequest:
        return sealed(body, NOW)

    def read(
        self, adapter: Adapter, call: WebhookRequest, now: datetime = NOW
    ) -> Sequence[InboundMessage]:
        try:
            return self.read_call(adapter, call, now)
        except BadSignature as refusal:  # what nobody with the key would have written is forged
            raise BadPayload(refusal.code) from None

    def read_call(
        self, adapter: Adapter, call: WebhookRequest, now: datetime
    ) -> Sequence[InboundMessage]:
        return adapter.parse(call, now)

    def forgeries(self) -> Sequence[WebhookRequest]:
        call = self.own_call()
        other = {**call.query, "msg_signature": "0" * 40}
        encrypted = xmltodict.parse(call.body)["xml"]["Encrypt"]
        garbage = KEYS.encrypt_raw(b"\x07" * BLOCK * 2)
        stranger = KEYS.encrypt(b"<xml><MsgType>text</MsgType></xml>", "ww-another")
        return [
            replace(call, query={}),
            replace(call, query=other),
            replace(call, query={**call.query, "msg_signature": "\u00e9\ud800"}),
            replace(call, query={**call.query, "nonce": "1"}),
            replace(call, body=b""),
            replace(call, body=b"<xml></xml>"),
            replace(call, body=b"{}"),
            replace(call, body=b"<xml>" * 5_000),
            replace(call, body=call.body.replace(encrypted[:4].encode(), b"AAAA")),
            replace(call, at=None),
            replace(call, at=NOW + timedelta(minutes=11)),
            replace(call, at=NOW - timedelta(minutes=2)),
            # Validly signed, but not encrypted by whoever has the key, or for somebody else.
            signed(garbage),
            signed(KEYS.encrypt_raw(b"\0" * BLOCK)),
            signed(stranger),
            signed("not base64!"),
            signed("AAAA"),
        ]

    def test_shows_its_address_to_be_ours(self) -> None:
        adapter = self.make_adapter()
        assert isinstance(adapter, WecomAdapter | WecomKfAdapter)
        echo = KEYS.encrypt(b"6215461867")
        query = {**KEYS.sign(echo, CREATED), "echostr": echo}
        call = WebhookRequest({}, query, b"", at=NOW)
        assert adapter.answer_handshake(call) == "6215461867"
        for forged in ({}, {**query, "msg_signature": "0" * 40}, {**query, "echostr": "x"}):
            with pytest.raises(BadSignature):
                adapter.answer_handshake(replace(call, query=forged))

    async def test_sent_again_it_arrives_once(self, adapter: Adapter) -> None:
        message = OutboundMessage("Which one?", (Option("p1:0", "Kettle"),))
        first = await adapter.send(message, self.context())
        again = await adapter.send(message, self.context())
        assert len(self.delivered(adapter)) == 1
        assert len(first.external_ids) == len(again.external_ids) == 1

    async def test_the_same_words_again_are_another_message(self, adapter: Adapter) -> None:
        for key in ("m1", "m2"):
            await adapter.send(OutboundMessage("OK"), SendContext(self.contact, key))
        assert [each.text for each in self.delivered(adapter)] == ["OK", "OK"]

    def delivered(self, adapter: Adapter) -> Sequence[Delivery]:
        return [
            Delivery(words_of(each), tuple(options_of(each).values()))
            for each in self.fakes[adapter].world.delivered
        ]


def signed(encrypted: str) -> WebhookRequest:
    body = f"<xml><ToUserName>{CORP_ID}</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    return WebhookRequest({}, KEYS.sign(encrypted, CREATED), body.encode(), at=NOW)


class TestWecomApp(WecomContract):
    contact = MEMBER

    def make_adapter(self) -> Adapter:
        fake = fake_wecom(NOW)
        adapter = app_adapter(fake)
        self.fakes[adapter] = fake
        return adapter

    def _call(self, number: int, fields: dict[str, object]) -> WebhookRequest:
        message = {"FromUserName": MEMBER, "CreateTime": CREATED + number, **fields}
        return sealed(xml_of({"ToUserName": CORP_ID, **message, "AgentID": 1000002}), NOW)

    def text_call(self, text: str, number: int) -> WebhookRequest:
        text = text.translate(dict.fromkeys(map(ord, _XML_CANNOT)))
        return self._call(number, {"MsgType": "text", "Content": text, "MsgId": 10**10 + number})

    def choice_call(self, value: str, number: int) -> WebhookRequest:
        event = {"MsgType": "event", "Event": "template_card_event", "EventKey": value}
        return self._call(number, {**event, "TaskId": "t", "ResponseCode": f"code{number}"})

    def opened(self, call: WebhookRequest) -> Any:
        return xmltodict.parse(KEYS.decrypt(xmltodict.parse(call.body)["xml"]["Encrypt"]))

    def closed(self, value: Any) -> WebhookRequest:
        # What XML can't say, JSON says: it must do no harm either.
        try:
            body = xmltodict.unparse(value).encode()
        except Exception:  # an odd value is no document
            body = json.dumps(value).encode()
        return self.with_body(body)

    def arrives(self, text: str) -> str:
        """XML has no control characters and one line end; wechatpy's parser trims."""
        text = text.translate(dict.fromkeys(map(ord, _XML_CANNOT)))
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class TestWecomKf(WecomContract):
    contact = f"{KFID}/{USER}"

    def make_adapter(self) -> Adapter:
        fake = fake_wecom(NOW)
        adapter = kf_adapter(fake)
        fake.world.says(KFID, USER, "hello")
        fake.world.customers[KFID, USER].sent_since = -10_000  # the window is another test's
        self.fakes[adapter] = fake
        return adapter

    def own_call(self) -> WebhookRequest:
        return call_of(fake_wecom(NOW).world.callback(KFID), NOW)

    def _page(self, number: int, content: dict[str, str]) -> WebhookRequest:
        item = {
            "msgid": f"msg{number}",
            "open_kfid": KFID,
            "external_userid": USER,
            "send_time": CREATED + number,
            "origin": 3,
            "msgtype": "text",
            "text": content,
        }
        return self.closed({"msg_list": [item]})

    def text_call(self, text: str, number: int) -> WebhookRequest:
        return self._page(number, {"content": text})

    def choice_call(self, value: str, number: int) -> WebhookRequest:
        return self._page(number, {"content": "It", "menu_id": value})

    def closed(self, value: Any) -> WebhookRequest:
        return WebhookRequest({"page": "sync_msg"}, {}, json.dumps(value).encode())

    def read_call(
        self, adapter: Adapter, call: WebhookRequest, now: datetime
    ) -> Sequence[InboundMessage]:
        if "page" not in call.headers:
            assert isinstance(adapter, WecomKfAdapter)
            adapter.news(call)
            return adapter.parse(call, now)
        page = json.loads(call.body)
        items = page.get("msg_list") if isinstance(page, dict) else None
        read = read_items(items if isinstance(items, list) else [])
        return [item for item in read if isinstance(item, InboundMessage)]

    def test_a_call_names_the_account_with_news(self) -> None:
        fake = fake_wecom(NOW)
        (news,) = kf_adapter(fake).news(call_of(fake.world.callback(KFID), NOW))
        assert news.source == KFID
        assert news.token in fake.world.msgtokens
        other = kf_adapter(fake, open_kfids=["wkOther"])
        assert other.news(call_of(fake.world.callback(KFID), NOW)) == []
