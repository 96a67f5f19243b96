"""Use cases of the web chat: open a session, send, read, upload. HTTP and WebSocket call these."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from backend.conversations import repository, sessions
from backend.conversations import service as conversations
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit.db import Tx
from backend.kit.errors import FieldError, Invalid, NotFound, TooLarge, Unauthorized
from backend.kit.images import MAX_BYTES, RejectedImage
from backend.pipeline import inbox, reception
from backend.webchat import repository as visitors
from backend.webchat.schemas import SessionIn
from bot.channels.base import BadPayload, BadSignature, ChannelAccount, WebhookRequest
from bot.channels.identity import verify_identity
from bot.channels.webchat import proven_headers
from bot.messages import InboundKind, InboundMessage, Sender
from templates_i18n.locales import resolve

if TYPE_CHECKING:
    from backend.house import House

ATTACHMENTS = "/api/chat/v1/attachments/"
PAGE = 200
LAST_SEQ = 2**31 - 1
"""The highest number a message can have."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A session that was shown to be valid: who writes, where to."""

    account: ChannelAccount
    contact: Contact
    customer_external_id: str | None
    customer_name: str | None
    conversation_id: str
    last_seq: int
    locale: str


def open_session(tx: Tx, house: House, asked: SessionIn) -> tuple[str, Visitor]:
    """A session for a signed customer or an anonymous visitor: (token, visitor).

    A wrong or stale proof of identity is refused, it never falls back to anonymous.
    Raises: NotFound (channel), Unauthorized (identity), Overloaded (a new conversation).
    """
    account = house.channels.account(asked.channel, "webchat")
    locale = resolve(asked.locale or house.settings.shop_locale)
    proven = _proven_customer(house, account, asked)
    token = asked.token if _may_resume(tx, account, asked.token, proven) else None
    if token is None:
        external_id = f"customer:{proven}" if proven else f"visitor:{secrets.token_hex(16)}"
        contact = customers.lock_contact(tx, account.id, external_id, "", locale)
        token = sessions.open_session(tx, account.id, contact.id, locale)
    if proven:
        # Each time: the shop may have brought this customer's first order in only now.
        customers.bind_contact(tx, sessions.session_of(tx, token).contact_id, proven)
    return token, _visitor_of(tx, house, token)


def resumes_visitor(tx: Tx, house: House, asked: SessionIn) -> bool:
    """Whether an anonymous visitor goes on with a session of his, so that none is made."""
    account = house.channels.account(asked.channel, "webchat")
    return _may_resume(tx, account, asked.token, None)


def _proven_customer(house: House, account: ChannelAccount, asked: SessionIn) -> str | None:
    if asked.identity is None:
        return None
    try:
        verify_identity(
            str(account.settings.get("identity_secret", "")),
            account.id,
            asked.identity.customer_id,
            asked.identity.issued_at,
            asked.identity.signature,
            house.clock.now(),
        )
    except BadSignature as error:
        raise Unauthorized("bad_identity", "the identity's signature is wrong or stale") from error
    return asked.identity.customer_id


def _may_resume(tx: Tx, account: ChannelAccount, token: str | None, proven: str | None) -> bool:
    """A token goes on only for the same channel and the same person."""
    if not token:
        return False
    try:
        session = sessions.session_of(tx, token)
    except Unauthorized:
        return False
    if session.channel_account != account.id:
        return False
    contact = customers.get_contact(tx, session.contact_id)
    owner = contact.external_id.removeprefix("customer:")
    signed = contact.external_id.startswith("customer:")
    return (owner == proven) if signed or proven else True


def visitor_of(tx: Tx, house: House, token: str) -> Visitor:
    """Who the token speaks for. Raises: Unauthorized."""
    found = visitors.find_visitor(tx, sessions.digest(token))
    if found is None or found.expires_at <= tx.now:
        raise Unauthorized("unknown_session", "this chat session is unknown or has ended")
    if found.conversation_id is None:
        raise Unauthorized("unknown_session", "this conversation has ended, open a new session")
    return Visitor(
        account=house.channels.account(found.channel_account, "webchat"),
        contact=found.contact,
        customer_external_id=found.customer_external_id,
        customer_name=found.customer_name,
        conversation_id=found.conversation_id,
        last_seq=found.last_seq,
        locale=found.locale,
    )


def _visitor_of(tx: Tx, house: House, token: str) -> Visitor:
    """The same, with a conversation made and begun if there is none."""
    session = sessions.session_of(tx, token)
    account = house.channels.account(session.channel_account, "webchat")
    contact = customers.lock_contact_by_id(tx, session.contact_id)
    conversation = conversations.get_or_open(tx, contact.id, account.id, session.locale)
    if conversation.last_seq == 0:
        _welcome(tx, house, account, contact, session.locale)
    return visitor_of(tx, house, token)


def _welcome(tx: Tx, house: House, account: ChannelAccount, contact: Contact, locale: str) -> None:
    """A new conversation begins with the bot's welcome, by the same way as any message.

    Raises: Overloaded.
    """
    house.pressure.admit_by_last_look()
    opened = InboundMessage(
        external_id=f"{contact.external_id}:opened-{tx.ids.new()}",
        sender=Sender(contact.external_id, contact.display_name, locale),
        kind=InboundKind.START,
        sent_at=tx.now,
        order=int(tx.now.timestamp() * 1000),
    )
    inbox.accept(tx, account, opened, house.settings.shop_locale)


def read_message(house: House, visitor: Visitor, sent: Mapping[str, Any]) -> InboundMessage:
    """A client's message, validated. Raises: Invalid; Unusable as reception does."""
    adapter = reception.adapter_of(house, visitor.account)
    call = WebhookRequest(
        headers=proven_headers(
            visitor.contact.external_id,
            customer=visitor.customer_external_id,
            locale=visitor.locale,
        ),
        query={},
        body=json.dumps(sent).encode(),
    )
    adapter.verify(call)
    try:
        (message,) = adapter.parse(call, house.clock.now())
    except BadPayload as error:
        raise Invalid("bad_message", error.detail, errors=reception.faults_of(error)) from error
    return message


async def send(house: House, visitor: Visitor, sent: Mapping[str, Any]) -> inbox.Accepted:
    """Take a client's message in. Raises: Overloaded, RateLimited, Invalid, Unusable."""
    await house.pressure.admit()
    await house.rates.count(house.settings.message_rate, "messages", visitor.contact.id)
    started_ns = time.time_ns()
    message = read_message(house, visitor, sent)
    refs = [item.ref for item in message.attachments if item.ref]
    return await reception.receive(
        house,
        visitor.account,
        message,
        started_ns=started_ns,
        check=partial(_check_uploads, visitor, refs) if refs else None,
    )


def _check_uploads(visitor: Visitor, refs: Sequence[str], tx: Tx) -> None:
    stored = repository.attachments(tx, refs)
    if any(
        ref not in stored or stored[ref].conversation_id != visitor.conversation_id for ref in refs
    ):
        raise Invalid(
            "unknown_attachment",
            "an attachment is not an upload of this conversation",
            errors=[FieldError("attachments", "unknown upload")],
        )


def page(
    tx: Tx, visitor: Visitor, *, after: int | None, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """Messages after or before a number, ascending, and the conversation's last number."""
    if before is not None:
        rows = repository.page_before(tx, visitor.conversation_id, before, limit)
    else:
        rows = repository.page_after(tx, visitor.conversation_id, after or 0, limit)
    last = conversations.get_conversation(tx, visitor.conversation_id).last_seq
    return conversations.shown_messages(tx, rows, ATTACHMENTS), last


def messages_after(tx: Tx, conversation_id: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Messages after a number, ascending."""
    rows = repository.page_after(tx, conversation_id, after, limit)
    return conversations.shown_messages(tx, rows, ATTACHMENTS)


async def upload(house: House, visitor: Visitor, raw: bytes, name: str) -> repository.Attachment:
    """Check and keep a photo. Raises: RateLimited; TooLarge and Invalid, worded for him."""
    await house.rates.count(house.settings.upload_rate, "uploads", visitor.contact.id)
    try:
        return await house.media.store_photo(visitor.conversation_id, raw, name)
    except RejectedImage as error:
        params = {"limit_mb": MAX_BYTES // (1024 * 1024)}
        told = house.catalog.text(f"evidence.{error.reason}", visitor.locale, params)
        kind = TooLarge if error.reason == "too_large" else Invalid
        raise kind(error.reason, told, errors=[FieldError("file", error.reason)]) from error


def attachment_of(tx: Tx, visitor: Visitor, attachment_id: str) -> repository.Attachment:
    """One of this conversation's files. Raises: NotFound, for others' too."""
    found = repository.attachments(tx, [attachment_id]).get(attachment_id)
    if found is None or found.conversation_id != visitor.conversation_id:
        raise NotFound("attachment_not_found")
    return found
