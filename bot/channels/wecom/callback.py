"""A callback's envelope: shown to be WeCom's, not replayed, for this company; opened.

WeCom signs SHA-1 over the sorted token, timestamp, nonce and cipher text, and encrypts AES-256-CBC
with the receiving company's id inside (developer.work.weixin.qq.com, 加解密方案说明).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.enterprise.crypto import PrpCrypto, WeChatCrypto
from wechatpy.enterprise.exceptions import InvalidCorpIdException
from wechatpy.enterprise.parser import parse_message

from bot.channels.base import BadPayload, BadSignature, WebhookRequest
from bot.channels.wecom.settings import WecomSettings

MAX_SKEW = 60.0
"""Seconds that WeCom's clock may be ahead of ours."""


class Callback:
    """Opens the envelopes of one account."""

    def __init__(self, settings: WecomSettings) -> None:
        self._token = settings.token.get_secret_value()
        self._corp_id = settings.corp_id
        self._window = settings.replay_window
        # Checks the key's form; what it holds is what PrpCrypto needs.
        self._key = WeChatCrypto(
            self._token, settings.aes_key.get_secret_value(), settings.corp_id
        ).key

    def handshake(self, request: WebhookRequest) -> str:
        """The decrypted echostr, that WeCom wants back. Raises: BadSignature."""
        return self._open(request, request.query.get("echostr", ""))

    def open(self, request: WebhookRequest) -> str:
        """The plain XML of a call. Raises: BadSignature for all that can't be shown to be WeCom's.

        That includes a body without an envelope, and a validly signed one that holds garbage: who
        has the token and not the key is not WeCom either.
        """
        try:
            envelope = xmltodict.parse(request.body)["xml"]
            encrypted = envelope["Encrypt"]
        except (ExpatError, ValueError, KeyError, TypeError):
            raise BadSignature("no_envelope") from None
        return self._open(request, encrypted)

    def message(self, request: WebhookRequest) -> Mapping[str, Any]:
        """The fields of the message inside. Raises: BadSignature, BadPayload."""
        return read_message(self.open(request))

    def _open(self, request: WebhookRequest, encrypted: Any) -> str:
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not isinstance(encrypted, str) or not encrypted:
            raise BadSignature("no_envelope")
        # Our own comparison, because wechatpy's takes a time that tells how much was right.
        expected = signature_of(self._token, timestamp, nonce, encrypted)
        given = query.get("msg_signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise BadSignature("wrong_signature")
        self._refuse_replay(timestamp, request.at)
        return self._decrypt(encrypted)

    def _refuse_replay(self, timestamp: str, now: datetime | None) -> None:
        if now is None:
            raise BadSignature("no_time", "the call does not say when it reached us")
        try:
            age = now.timestamp() - int(timestamp)
        except (ValueError, OverflowError):
            raise BadSignature("bad_timestamp") from None
        if not -MAX_SKEW <= age <= self._window:
            raise BadSignature("stale", f"signed {age:.0f} seconds ago")

    def _decrypt(self, encrypted: str) -> str:
        decrypt: Callable[[str, str], str] = PrpCrypto(self._key).decrypt
        try:
            return decrypt(encrypted, self._corp_id)
        except InvalidCorpIdException:
            raise BadSignature("other_company", "the message is for another company") from None
        except Exception:  # struct.error, ValueError, IndexError …: garbage fails in many ways
            raise BadSignature("unreadable", "signed, but not encrypted with our key") from None


def signature_of(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The signature WeCom puts beside a call."""
    parts = sorted([token, timestamp, nonce, encrypted])
    return hashlib.sha1("".join(parts).encode("utf-8", "replace")).hexdigest()  # noqa: S324


def read_message(xml: str) -> Mapping[str, Any]:
    """The fields of a decrypted message. Raises: BadPayload.

    Read from `_data`: wechatpy knows neither `kf_msg_or_event` nor `template_card_event`.
    """
    try:
        message = parse_message(xml)
        fields = message._data if message is not None else None
    except Exception:  # it parses what it is given: no XML, a list, a message without a type
        raise BadPayload("bad_message", "not the XML of a message") from None
    if not isinstance(fields, Mapping):
        raise BadPayload("bad_message", "a message without fields")
    return fields
