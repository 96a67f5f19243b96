"""Our crypto and Tencent's understand each other, in both directions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import xmltodict
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.channels.base import BadSignature, WebhookRequest
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.settings import WecomSettings
from tests.channels.wecom.support import COMMON, NOW
from tests.channels.wecom.tencent import Tencent, run_tencent
from tests.support.wecom_server import AES_KEY, CORP_ID, KEYS, TOKEN

AT = int(NOW.timestamp())
NONCE = "1597212914"
MESSAGES = [
    "",
    "6215461867",
    "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[退款]]></Content></xml>",
    "水壶坏了👍🏽👨‍👩‍👧 & <b>\r\n\t" * 40,
    *("x" * length for length in range(10, 60)),  # around the edges of blocks
    "长" * 100_000,
]


@pytest.fixture(scope="module")
def tencent() -> Iterator[Tencent]:
    with run_tencent(KEYS) as running:
        yield running


@pytest.fixture
def callback() -> Callback:
    return Callback(WecomSettings.read(COMMON))


def call(encrypted: str, signature: str) -> WebhookRequest:
    query = {"msg_signature": signature, "timestamp": str(AT), "nonce": NONCE}
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    return WebhookRequest({}, {**query, "echostr": encrypted}, body.encode(), at=NOW)


def test_we_read_what_tencent_seals(tencent: Tencent, callback: Callback) -> None:
    for message in MESSAGES:
        sealed = tencent.seal(message, AT, NONCE, CORP_ID)
        request = call(sealed["encrypted"], sealed["signature"])
        assert callback.open(request) == message
        assert callback.handshake(request) == message


def test_a_message_for_another_company_is_refused(tencent: Tencent, callback: Callback) -> None:
    sealed = tencent.seal("hello", AT, NONCE, "ww-another")
    with pytest.raises(BadSignature, match="other_company"):
        callback.open(call(sealed["encrypted"], sealed["signature"]))


def test_tencent_reads_what_wechatpy_seals(tencent: Tencent) -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    for message in MESSAGES[1:]:
        sealed = xmltodict.parse(crypto.encrypt_message(message, NONCE, str(AT)))["xml"]
        opened = tencent.open(sealed["Encrypt"], AT, NONCE)
        assert (opened["message"], opened["id"]) == (message, CORP_ID)
        assert opened["signature"] == sealed["MsgSignature"]


def test_tencent_reads_what_our_fake_seals(tencent: Tencent) -> None:
    """The fake WeCom of the other tests speaks as the real one does."""
    for message in MESSAGES:
        envelope = KEYS.seal(message.encode(), AT)
        encrypted = xmltodict.parse(envelope.body)["xml"]["Encrypt"]
        opened = tencent.open(encrypted, AT, envelope.query["nonce"])
        assert (opened["message"], opened["id"]) == (message, CORP_ID)
        assert opened["signature"] == envelope.query["msg_signature"]
