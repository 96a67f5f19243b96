"""WeCom by an app of the shop's own (自建应用): members write to the app, the app writes back."""

from __future__ import annotations

import logging
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import httpx

from bot.channels.base import (
    AccountStatus,
    Capabilities,
    ChannelAccount,
    ChannelError,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.wecom import media
from bot.channels.wecom.app_parse import parse_app_message, response_code_of
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.cards import MAX_OPTIONS, Part, words_and_card
from bot.channels.wecom.client import Refused, WecomClient
from bot.channels.wecom.errors import REPEATED_TASK_ID
from bot.channels.wecom.ids import msgid_of
from bot.channels.wecom.settings import AppSettings
from bot.channels.wecom.words import MAX_TEXT, check_values
from bot.messages import Attachment, InboundMessage, OutboundMessage

DUPLICATE_CHECK: Final = 1800
"""Seconds in which WeCom drops a repeated request, its default; up to twice that, see below."""

_REMEMBERED = 1_000
_PRESSED = "✓"

_log = logging.getLogger(__name__)


class WecomAdapter:
    """One app. Settings: `settings.AppSettings`. Raises: ChannelError `bad_settings`.

    `transport` replaces the network, for tests.
    """

    capabilities = Capabilities(
        buttons=True,
        pickers=True,
        photos_in=True,
        photos_out=True,
        typing=False,
        edits=False,
        idempotent_send=True,
        max_text=MAX_TEXT,
        max_options=MAX_OPTIONS,
    )

    def __init__(
        self, account: ChannelAccount, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.account = account
        self._settings = AppSettings.read(account.settings)
        self._callback = Callback(self._settings)
        self._client = WecomClient(self._settings, transport)
        self._pressed: OrderedDict[str, str] = OrderedDict()

    def answer_handshake(self, request: WebhookRequest) -> str:
        """The decrypted echostr. Raises: BadSignature."""
        return self._callback.handshake(request)

    def verify(self, request: WebhookRequest) -> None:
        """Signature, age, key and company. Raises: BadSignature."""
        self._callback.open(request)

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """The message in a verified call, if it holds one. Raises: BadPayload."""
        fields = self._callback.message(request)
        message = parse_app_message(
            fields, self._settings.agent_id, greet_on_enter=self._settings.greet_on_enter
        )
        if message is None:
            return []
        if code := response_code_of(fields):
            self._remember(message.external_id, code)
        return [message]

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See `Adapter.fetch`. Raises: Undeliverable (`too_large`, `unavailable`), RetryLater."""
        return await media.fetch(self._client, attachment, limit)

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Attachments first, then the words; options as a card under the last of them.

        Raises: Undeliverable (`blocked`, `rejected`, `bad_option`, `empty_text` …), RetryLater.
        """
        check_values(message.options)
        files = media.sendable(message.attachments)
        parts: list[Attachment | Part] = [*files, *words_and_card(message)]
        if not parts:
            raise Undeliverable("empty_text", "WeCom has no message without words")
        sent: list[str] = []
        for number, part in enumerate(parts, start=1):
            if number <= context.done_parts:
                continue
            try:
                external_id = await self._send_part(part, number, context)
            except Refused as refusal:
                raise refusal.translated() from None
            sent.append(external_id)
            if context.on_part is not None:
                await context.on_part(number, external_id)
        return Sent(tuple(sent))

    async def typing(self, contact_external_id: str) -> None:
        """Nothing: WeCom has no such sign."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Mark the pressed card as pressed. WeCom allows it once, within 72 hours: best effort."""
        code = self._pressed.pop(message.external_id, None)
        if code is None:
            return
        body = {
            "userids": [message.sender.external_id],
            "agentid": self._settings.agent_id,
            "response_code": code,
            "button": {"replace_name": _PRESSED},
        }
        try:
            await self._client.post("message/update_template_card", body)
        except (ChannelError, Refused) as error:
            _log.info("wecom %s: could not mark a card: %s", self.account.id, _reason(error))

    async def check(self) -> AccountStatus:
        """Ask WeCom for the app. Raises: ChannelError."""
        try:
            app = await self._client.get("agent/get", {"agentid": self._settings.agent_id})
        except Refused as refusal:
            raise refusal.translated() from None
        return AccountStatus(identity=str(app.get("name", "")))

    async def set_webhook(self, url: str) -> None:
        """WeCom's callback is set in its admin console only. Raises: ChannelError."""
        raise ChannelError("set_in_console", f"设置API接收 → URL {url}")

    async def close(self) -> None:
        """Free connections."""
        await self._client.close()

    def _remember(self, external_id: str, code: str) -> None:
        self._pressed[external_id] = code
        while len(self._pressed) > _REMEMBERED:
            self._pressed.popitem(last=False)

    async def _send_part(self, part: Attachment | Part, number: int, context: SendContext) -> str:
        key = msgid_of(context.idempotency_key, number)
        if isinstance(part, Attachment):
            kind, media_id = await media.upload(self._client, part, context)
            part = {"msgtype": kind, kind: {"media_id": media_id}}
        if part["msgtype"] == "template_card":
            part = {**part, "template_card": {**part["template_card"], "task_id": key}}
        body = {
            "touser": context.contact_external_id,
            "agentid": self._settings.agent_id,
            **part,
            # WeCom compares whole requests. A number of its own for each message keeps two that
            # say the same apart, and a repeat of one the same.
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _interval(key),
        }
        try:
            answer = await self._client.post("message/send", body)
        except Refused as refusal:
            if refusal.code == REPEATED_TASK_ID and part["msgtype"] == "template_card":
                return key  # an earlier attempt had reached WeCom
            raise
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise Undeliverable("blocked", "WeCom knows no such member who may be written to")
        return str(answer.get("msgid") or key)


def _interval(key: str) -> int:
    return DUPLICATE_CHECK + zlib.crc32(key.encode()) % DUPLICATE_CHECK


def _reason(error: ChannelError | Refused) -> str:
    return str(error.translated() if isinstance(error, Refused) else error)
