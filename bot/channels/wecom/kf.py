"""WeCom's customer service accounts (微信客服): WeChat users write, we fetch what they wrote."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from bot.channels.base import (
    AccountStatus,
    BadPayload,
    Capabilities,
    ChannelAccount,
    ChannelError,
    ReplyWindow,
    RetryLater,
    SendContext,
    Sent,
    Undeliverable,
    WebhookRequest,
)
from bot.channels.fetched import HandedOver, News, Pulled, Session
from bot.channels.wecom import media
from bot.channels.wecom.app_parse import text_of
from bot.channels.wecom.callback import Callback
from bot.channels.wecom.client import Refused, WecomClient
from bot.channels.wecom.errors import is_repeated_msgid
from bot.channels.wecom.ids import msgid_of
from bot.channels.wecom.kf_parse import address_of, read_items
from bot.channels.wecom.menus import MAX_ITEMS, Part, words_and_menu
from bot.channels.wecom.settings import KfSettings
from bot.channels.wecom.words import MAX_TEXT, check_values
from bot.messages import Attachment, InboundMessage, OutboundMessage

PAGE = 200
"""Items of one sync_msg call; WeCom allows 1,000. A page is a transaction a contact."""

_OURS, _UNTOUCHED, _POOL, _SERVICER, _ENDED = 1, 0, 2, 3, 4
_SESSIONS = {
    _UNTOUCHED: Session.OURS,
    _OURS: Session.OURS,
    _POOL: Session.QUEUED,
    _SERVICER: Session.SERVICER,
    _ENDED: Session.ENDED,
}
_BAD_MSGTOKEN = 95007
_BAD_TRANSITION = 95016

_log = logging.getLogger(__name__)


class WecomKfAdapter:
    """All customer service accounts that one app manages, or those the settings name.

    Settings: `settings.KfSettings`. `transport` replaces the network, for tests.
    Raises: ChannelError `bad_settings`.
    """

    capabilities = Capabilities(
        buttons=True,
        pickers=False,
        photos_in=True,
        photos_out=True,
        typing=False,
        edits=False,
        idempotent_send=True,
        max_text=MAX_TEXT,
        max_options=MAX_ITEMS,
        window=ReplyWindow(hours=48, messages=5),
    )

    def __init__(
        self, account: ChannelAccount, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.account = account
        self._settings = KfSettings.read(account.settings)
        self._callback = Callback(self._settings)
        self._client = WecomClient(self._settings, transport)

    def answer_handshake(self, request: WebhookRequest) -> str:
        """The decrypted echostr. Raises: BadSignature."""
        return self._callback.handshake(request)

    def verify(self, request: WebhookRequest) -> None:
        """Signature, age, key and company. Raises: BadSignature."""
        self._callback.open(request)

    def parse(self, request: WebhookRequest, now: datetime) -> Sequence[InboundMessage]:
        """Never a message: a call only says that there is something to fetch, see `news`."""
        return []

    def news(self, request: WebhookRequest) -> Sequence[News]:
        """Which customer service account has news. Raises: BadPayload."""
        fields = self._callback.message(request)
        if text_of(fields, "Event").lower() != "kf_msg_or_event":
            return []
        source = text_of(fields, "OpenKfId")
        if not source or len(source) > 64:
            raise BadPayload("bad_message", "OpenKfId is missing")
        if self._settings.open_kfids and source not in self._settings.open_kfids:
            return []
        return [News(source, text_of(fields, "Token")[:128])]

    async def sources(self) -> Sequence[str]:
        """The accounts' open_kfids. Raises: ChannelError."""
        if self._settings.open_kfids:
            return self._settings.open_kfids
        return [str(each["open_kfid"]) for each in await self._accounts() if "open_kfid" in each]

    async def pull(self, source: str, cursor: str, token: str) -> Pulled:
        """A page of sync_msg. A token that ran out is left away: WeCom then only counts stricter.

        Raises: ChannelError.
        """
        body: dict[str, Any] = {"open_kfid": source, "limit": PAGE, "voice_format": 0}
        if cursor:
            body["cursor"] = cursor
        try:
            page = await self._sync(body, token)
        except Refused as refusal:
            raise refusal.translated() from None
        items = page.get("msg_list")
        return Pulled(
            items=tuple(read_items(items if isinstance(items, list) else [])),
            # An empty page may come without one: then we are where we were.
            cursor=str(page.get("next_cursor") or cursor)[:200],
            more=page.get("has_more") == 1,
        )

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See `Adapter.fetch`. Raises: Undeliverable (`too_large`, `unavailable`), RetryLater."""
        return await media.fetch(self._client, attachment, limit)

    async def send(self, message: OutboundMessage, context: SendContext) -> Sent:
        """Attachments first, then the words; options as a menu under the last of them.

        Raises: Undeliverable (`blocked`, `rejected`, `bad_option`, `empty_text` …), NotNow,
        RetryLater.
        """
        check_values(message.options)
        parts: list[Attachment | Part] = [
            *media.sendable(message.attachments),
            *words_and_menu(message),
        ]
        if not parts:
            raise Undeliverable("empty_text", "WeCom has no message without words")
        sent: list[str] = []
        for number, part in enumerate(parts, start=1):
            if number <= context.done_parts:
                continue
            external_id, repeated = await self._send_part(part, number, context)
            sent.append(external_id)
            if context.on_part is not None:
                await context.on_part(number, external_id, repeated=repeated)
        return Sent(tuple(sent))

    async def hand_over(self, contact_external_id: str) -> HandedOver:
        """Put the session into the pool or give it to the servicer, as set; once is enough.

        Raises: Undeliverable `session_ended`, RetryLater.
        """
        if self._settings.handoff == "none":
            return HandedOver(Session.OURS)
        open_kfid, user = address_of(contact_external_id)
        who = {"open_kfid": open_kfid, "external_userid": user}
        try:
            state, servicer = await self._session(who)
            if state in (_POOL, _SERVICER):
                return HandedOver(_SESSIONS[state], servicer)
            return await self._transfer(who)
        except Refused as refusal:
            if refusal.code == _BAD_TRANSITION:
                raise Undeliverable("session_ended", refusal.message[:200]) from None
            raise refusal.translated() from None

    async def typing(self, contact_external_id: str) -> None:
        """Nothing: WeCom has no such sign."""

    async def acknowledge(self, message: InboundMessage) -> None:
        """Nothing: a menu needs no answer."""

    async def check(self) -> AccountStatus:
        """Ask WeCom which customer service accounts the app manages. Raises: ChannelError."""
        accounts = await self._accounts()
        wanted = self._settings.open_kfids
        there = {str(each.get("open_kfid")): str(each.get("name", "")) for each in accounts}
        missing = [each for each in wanted if each not in there]
        names = [name for kfid, name in there.items() if not wanted or kfid in wanted]
        return AccountStatus(
            identity=", ".join(filter(None, names)),
            last_error=f"not managed by this app: {', '.join(missing)}" if missing else "",
        )

    async def set_webhook(self, url: str) -> None:
        """WeCom's callback is set in its admin console only. Raises: ChannelError."""
        raise ChannelError("set_in_console", f"微信客服 → 可调用接口的应用 → URL {url}")

    async def close(self) -> None:
        """Free connections."""
        await self._client.close()

    async def _accounts(self) -> list[Mapping[str, Any]]:
        """Up to 1,000, ten pages of the list."""
        found: list[Mapping[str, Any]] = []
        try:
            for offset in range(0, 1_000, 100):
                page = await self._client.post("kf/account/list", {"offset": offset, "limit": 100})
                listed = [each for each in page.get("account_list", ()) if isinstance(each, dict)]
                found.extend(listed)
                if len(listed) < 100:
                    break
        except Refused as refusal:
            raise refusal.translated() from None
        return found

    async def _sync(self, body: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        if token:
            try:
                return await self._client.post("kf/sync_msg", {**body, "token": token})
            except Refused as refusal:
                if refusal.code != _BAD_MSGTOKEN:
                    raise
        return await self._client.post("kf/sync_msg", body)

    async def _send_part(
        self, part: Attachment | Part, number: int, context: SendContext
    ) -> tuple[str, bool]:
        """Our name for it, and whether WeCom had it already."""
        open_kfid, user = address_of(context.contact_external_id)
        msgid = msgid_of(context.idempotency_key, number)
        try:
            if isinstance(part, Attachment):
                kind, media_id = await media.upload(self._client, part, context)
                part = {"msgtype": kind, kind: {"media_id": media_id}}
            elif number == 1 and await self._send_first(context.event_code, msgid, part):
                return msgid, False
            body = {"touser": user, "open_kfid": open_kfid, "msgid": msgid, **part}
            return msgid, await self._post_message("kf/send_msg", body)
        except Refused as refusal:
            raise refusal.translated() from None

    async def _send_first(self, code: str | None, msgid: str, part: Part) -> bool:
        """Use the welcome code. False: there is none of use (any more), try the ordinary way."""
        if not code:
            return False
        try:
            body = {"code": code, "msgid": msgid, **part}
            await self._post_message("kf/send_msg_on_event", body)
        except Refused as refusal:
            if isinstance(refusal.translated(), RetryLater):
                raise
            _log.info("wecom_kf %s: welcome code refused: %s", self.account.id, refusal.code)
            return False
        return True

    async def _post_message(self, path: str, body: Mapping[str, Any]) -> bool:
        """Send. True: an earlier attempt had reached WeCom, though its answer did not reach us."""
        try:
            await self._client.post(path, body)
        except Refused as refusal:
            if not is_repeated_msgid(refusal.code, refusal.message):
                raise
            return True
        return False

    async def _session(self, who: Mapping[str, str]) -> tuple[int, str]:
        answer = await self._client.post("kf/service_state/get", who)
        state = answer.get("service_state")
        return (
            state if isinstance(state, int) else _UNTOUCHED,
            str(answer.get("servicer_userid") or ""),
        )

    async def _transfer(self, who: Mapping[str, str]) -> HandedOver:
        servicer = self._settings.servicer
        if servicer is None:
            await self._client.post("kf/service_state/trans", {**who, "service_state": _POOL})
            return HandedOver(Session.QUEUED)
        body = {**who, "service_state": _SERVICER, "servicer_userid": servicer}
        await self._client.post("kf/service_state/trans", body)
        return HandedOver(Session.SERVICER, servicer)
