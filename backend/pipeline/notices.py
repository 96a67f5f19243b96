"""What a vendor tells besides messages: that one did not arrive, who has the session, who spoke."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from backend.conversations import repository as messages
from backend.conversations import service as conversations
from backend.conversations.windows import repository as window_rows
from backend.conversations.windows import service as windows
from backend.customers import service as customers
from backend.customers.repository import Contact
from backend.kit.db import Tx
from backend.pipeline.bodies import outbound_to_json
from backend.pulls import repository as pulls
from bot.channels.base import ChannelAccount
from bot.channels.fetched import (
    MayWriteFirst,
    Notice,
    SaidElsewhere,
    SendFailed,
    Session,
    SessionChanged,
)
from bot.messages import InboundMessage

TAKEN = "taken_at_vendor"
"""Why people have a conversation that nobody of them was given."""

log = logging.getLogger(__name__)


def take(tx: Tx, account: ChannelAccount, notice: Notice, locale: str) -> None:
    """Remember it. Told again it changes nothing: the conversation has gone on since."""
    if isinstance(notice, SendFailed):
        _failed(tx, account, notice)
        return
    contact = customers.lock_contact(tx, account.id, notice.contact_external_id, "", None)
    if not pulls.take_notice(tx, account.id, notice.external_id):
        return
    match notice:
        case MayWriteFirst():
            windows.may_write_first(tx, contact.id, notice.code, notice.at)
        case SessionChanged():
            _session_changed(tx, contact, notice)
        case SaidElsewhere():
            _said(tx, account, contact, notice, locale)


def by_contact(items: Iterable[InboundMessage | Notice]) -> list[list[InboundMessage | Notice]]:
    """The items of each contact, in their order; what names none by itself."""
    groups: dict[str, list[InboundMessage | Notice]] = {}
    for number, item in enumerate(items):
        groups.setdefault(_contact_of(item) or f"#{number}", []).append(item)
    return list(groups.values())


def time_of(item: InboundMessage | Notice) -> datetime:
    """When it happened; a failure tells no time and is never too old."""
    match item:
        case InboundMessage():
            return item.sent_at
        case SendFailed():
            return datetime.max.replace(tzinfo=UTC)
        case _:
            return item.at


def _contact_of(item: InboundMessage | Notice) -> str:
    match item:
        case InboundMessage():
            return item.sender.external_id
        case SendFailed():
            return ""
        case _:
            return item.contact_external_id


def _failed(tx: Tx, account: ChannelAccount, notice: SendFailed) -> None:
    found = messages.get_message(tx, notice.key)
    if found is None or found.channel_account != account.id:
        log.warning("a failure of %s names no message of ours", account.id)
        return
    detail = f"{notice.code}: {notice.detail}"[:300]
    ids = [found.id, *(each for each, _ in window_rows.together(tx, found.id))]
    messages.update_messages(tx, ids, delivery="failed", delivery_detail=detail)
    tx.hint(conversations.topic(found.conversation_id), found.seq)


def _session_changed(tx: Tx, contact: Contact, notice: SessionChanged) -> None:
    """The bot falls silent while a person answers at the vendor's; after that it is a new talk."""
    windows.session_changed(tx, contact.id, notice.session.value, notice.servicer)
    conversation = messages.open_of_contact(tx, contact.id, lock=True)
    if conversation is None:
        return
    if notice.session is Session.SERVICER and conversation.status == "bot":
        conversations.hand_to_people(tx, conversation.id, TAKEN)
    elif notice.session is Session.ENDED and conversation.status == "human":
        messages.update(tx, conversation.id, status="closed")
    tx.hint(conversations.topic(conversation.id), conversation.last_seq)


def _said(
    tx: Tx, account: ChannelAccount, contact: Contact, notice: SaidElsewhere, locale: str
) -> None:
    conversation = conversations.get_or_open(tx, contact.id, account.id, contact.locale or locale)
    is_new = messages.insert_message(
        tx,
        {
            "id": tx.ids.new(),
            "conversation_id": conversation.id,
            "seq": conversation.last_seq + 1,
            "channel_account": account.id,
            "external_id": notice.external_id,
            "author": "agent",
            "author_name": notice.author[:120] or None,
            "body": outbound_to_json(notice.message),
            "sent_at": notice.at,
            "provider_order": None,
            "turn_state": None,
            "delivery": "sent",
        },
    )
    if is_new:
        messages.update(tx, conversation.id, last_seq=conversation.last_seq + 1)
        tx.hint(conversations.topic(conversation.id), conversation.last_seq + 1)
