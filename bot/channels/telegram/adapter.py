"""The Telegram adapter: verifies, sends, fetches; what an update says is read in `parse`."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from math import ceil
from typing import TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.base import BaseSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ChatAction
from aiogram.exceptions import ClientDecodeError
from aiogram.methods import (
    AnswerCallbackQuery,
    GetFile,
    GetMe,
    GetWebhookInfo,
    SendChatAction,
    SendMessage,
    SetWebhook,
    TelegramMethod,
)

from bot.channels.base import (
    AccountStatus,
    BadSignature,
    Capabilities,
    ChannelAccount,
    ChannelError,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.telegram.errors import FAILURES, translate
from bot.channels.telegram.keyboard import MAX_OPTIONS, inline_keyboard
from bot.channels.telegram.parse import ALLOWED_UPDATES, parse_update
from bot.channels.telegram.settings import TelegramSettings
from bot.channels.text import split_text, storable, utf16_width
from bot.messages import Attachment, InboundKind, InboundMessage, OutboundMessage

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (a header's name)

MAX_TEXT = 4096
"""Of one message, counted in UTF-16 units.

Telegram speaks of "characters after entities parsing". Reports differ on whether its server counts
UTF-16 units or code points; units are never the fewer, so this count is right by both.
"""

MAX_DOWNLOAD = 20_000_000
"""Bytes of the largest file a bot may fetch ("up to 20 MB")."""

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class TelegramAdapter:
    """One bot. Holds one HTTP session, opened by the first call and freed by `close`.

    `session` replaces aiogram's own, for tests. Raises: ChannelError `bad_settings`.
    """

    capabilities = Capabilities(
        buttons=True,
        pickers=False,
        photos_in=True,
        photos_out=False,
        typing=True,
        edits=True,
        idempotent_send=False,
        max_text=MAX_TEXT,
        max_options=MAX_OPTIONS,
    )

    def __init__(self, account: ChannelAccount, session: BaseSession | None = None) -> None:
        self.account = account
        self._settings = TelegramSettings.read(account.settings)
        self._token = self._settings.bot_token.get_secret_value()
        self._bot = Bot(
            token=self._token,
            session=session
            or AiohttpSession(
                api=TelegramAPIServer.from_base(str(self._settings.base_url)),
                timeout=self._settings.timeout,
            ),
        )

    def verify(self, request: WebhookRequest) -> None:
        """Check the secret that `set_webhook` told Telegram to send along. Raises: BadSignature."""
        secret = self._settings.webhook_secret.get_secret_value()
        given = request.headers.get(SECRET_HEADER, "")
        if not secret:
            raise BadSignature("no_secret", "the channel account has no webhook_secret")
        # As bytes: compare_digest refuses strings beyond ASCII.
        if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
            raise BadSignature("wrong_secret")

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """The message in a verified update, if it holds one for us. Raises: BadPayload."""
        return parse_update(request.body, now)

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Send the text in parts, the options as buttons under the last one.

        Parts up to `context.done_parts` are skipped and not in the result. No part is formatted
        (`parse_mode`), so a name or a product title can't inject anything.
        Raises: Undeliverable (`blocked`, `rejected`, `bad_option`, `empty_text`), RetryLater.
        """
        parts = split_text(storable(message.text), MAX_TEXT, utf16_width)
        if not parts:
            raise Undeliverable("empty_text", "Telegram has no message without words")
        keyboard = inline_keyboard(message.options, message.presentation)
        sent: list[str] = []
        for number, text in enumerate(parts, start=1):
            if number <= context.done_parts:
                continue
            call = SendMessage(
                chat_id=context.contact_external_id,
                text=text,
                reply_markup=keyboard if number == len(parts) else None,
            )
            external_id = await self._send_part(call)
            sent.append(external_id)
            if context.on_part is not None:
                await context.on_part(number, external_id)
        return Sent(tuple(sent))

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See `Adapter.fetch`. Raises: Undeliverable (`too_large`, `unavailable`), RetryLater."""
        cap = min(limit, MAX_DOWNLOAD)
        _refuse_beyond(cap, attachment.size)
        try:
            file = await self._call(GetFile(file_id=attachment.source))
        except Undeliverable as refusal:
            code = "too_large" if "too big" in refusal.detail.lower() else "unavailable"
            raise Undeliverable(code, refusal.detail) from None
        _refuse_beyond(cap, file.file_size)
        if not file.file_path:
            raise Undeliverable("unavailable", "Telegram names no path")
        return await self._download(file.file_path, cap)

    async def typing(self, contact_external_id: str) -> None:
        """Show "typing…" for up to 5 seconds, Telegram's own time."""
        await self._try(SendChatAction(chat_id=contact_external_id, action=ChatAction.TYPING))

    async def acknowledge(self, message: InboundMessage) -> None:
        """Stop the spinner on a pressed button. Telegram refuses after some minutes: never mind."""
        if message.kind is InboundKind.CHOICE:
            query_id = message.external_id.removeprefix("cb:")
            await self._try(AnswerCallbackQuery(callback_query_id=query_id))

    async def set_webhook(self, url: str) -> None:
        """Have Telegram deliver to `url`, with the account's secret. Raises: ChannelError."""
        secret = self._settings.webhook_secret.get_secret_value()
        if not secret:
            raise ChannelError("bad_settings", "webhook_secret: needed, calls without are refused")
        await self._call(
            SetWebhook(url=url, secret_token=secret, allowed_updates=list(ALLOWED_UPDATES))
        )

    async def check(self) -> AccountStatus:
        """Ask Telegram who the bot is and how delivery goes. Raises: ChannelError."""
        bot = await self._call(GetMe())
        webhook = await self._call(GetWebhookInfo())
        return AccountStatus(
            identity=f"@{bot.username}" if bot.username else bot.full_name,
            webhook_url=webhook.url,
            pending=webhook.pending_update_count,
            last_error=webhook.last_error_message or "",
        )

    async def close(self) -> None:
        """Free connections."""
        await self._bot.session.close()

    async def _call(self, method: TelegramMethod[_Answer]) -> _Answer:
        """Raises: ChannelError, with nothing of the original that could hold the token."""
        try:
            return await self._bot(method)
        except FAILURES as error:
            failure = translate(error, self._token)
        raise failure

    async def _send_part(self, call: SendMessage) -> str:
        """Send one message; the id it got."""
        try:
            message = await self._bot(call)
        except ClientDecodeError as error:
            external_id = _id_of_delivered(error)
            failure = translate(error, self._token)
        except FAILURES as error:
            external_id = None
            failure = translate(error, self._token)
        else:
            return f"{message.chat.id}:{message.message_id}"
        if external_id is None:
            raise failure
        return external_id

    async def _try(self, method: TelegramMethod[bool]) -> None:
        try:
            await self._call(method)
        except ChannelError as error:
            _log.info("telegram %s: %s failed: %s", self.account.id, type(method).__name__, error)

    async def _download(self, path: str, cap: int) -> bytes:
        session = self._bot.session
        url = session.api.file_url(self._token, path)
        content = bytearray()
        try:
            # Rounded up: aiohttp takes 0 for "no limit".
            stream = session.stream_content(url, timeout=ceil(self._settings.timeout))
            async with aclosing(stream) as chunks:
                async for chunk in chunks:
                    content += chunk
                    if len(content) > cap:
                        break
        except FAILURES as error:
            failure = translate(error, self._token)
        else:
            _refuse_beyond(cap, len(content))
            return bytes(content)
        raise failure


def _refuse_beyond(cap: int, size: int | None) -> None:
    if size is not None and size > cap:
        raise Undeliverable("too_large", f"{size} bytes, {cap} are allowed")


def _id_of_delivered(error: ClientDecodeError) -> str | None:
    """The id of a message that Telegram took, though its answer is beyond our types.

    "ok" is final: to send again because the rest is unreadable would repeat the message to the
    customer with every attempt.
    """
    match error.data:
        case {"ok": True, "result": {"message_id": int(number), "chat": {"id": int(chat)}}}:
            return f"{chat}:{number}"
        case {"ok": True}:
            return ""
        case _:
            return None
