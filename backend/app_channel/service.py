"""Use cases of the app channel: take a message and answer it in the same call."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from backend.conversations import repository
from backend.conversations import service as conversations
from backend.conversations.repository import Attachment, Conversation, Message
from backend.conversations.service import shown_without_files
from backend.customers import service as customers
from backend.kit.db import Hint, Tx
from backend.kit.errors import FieldError, Invalid, NotFound, TooLarge, Unauthorized
from backend.kit.images import MAX_BYTES, RejectedImage
from backend.pipeline import inbox, reception, watch
from bot.channels.app import NEW_ID, SENDER
from bot.channels.base import BadPayload, BadSignature, ChannelAccount, ChannelError, WebhookRequest
from bot.messages import InboundMessage

if TYPE_CHECKING:
    from backend.house import House

ATTACHMENTS = "/api/app/v1/attachments/"
CHANNEL = "app"
MOST_REPLIES = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message. `state` is its turn's: waiting, done, failed, unanswered."""

    message: Message
    duplicate: bool
    state: str
    replies: Sequence[dict[str, Any]]


def account_of(house: House, headers: Mapping[str, str]) -> ChannelAccount:
    """The account whose key is shown. Raises: Unauthorized; Unusable if it may be the key of an
    account that is not set up."""
    call = WebhookRequest(headers=headers, query={}, body=b"")
    not_set_up: tuple[ChannelAccount, ChannelError] | None = None
    for account in house.channels.accounts():
        if account.channel != CHANNEL:
            continue
        try:
            house.channels.adapter(account.id).verify(call)
        except BadSignature:
            continue
        except ChannelError as error:
            not_set_up = account, error
            continue
        return account
    if not_set_up is not None:
        raise reception.unusable(*not_set_up)
    raise Unauthorized("wrong_key", "Authorization: Bearer <the account's api_key>")


async def say(
    house: House, account: ChannelAccount, headers: Mapping[str, str], body: bytes, wait: float
) -> Answer:
    """Take a message and wait for its answer, at most `wait` seconds.

    Raises: Invalid, RateLimited.
    """
    message = _read(house, account, headers, body)
    await house.rates.count(house.settings.message_rate, "app", message.sender.external_id)
    refs = [item.ref for item in message.attachments if item.ref]
    accepted = await reception.receive(
        house,
        account,
        message,
        check=partial(_check_uploads, account, message.sender.external_id, refs) if refs else None,
        at_once=wait > 0,
    )
    return await _answered(house, accepted, wait)


def _read(
    house: House, account: ChannelAccount, headers: Mapping[str, str], body: bytes
) -> InboundMessage:
    call = WebhookRequest({**headers, NEW_ID: secrets.token_hex(12)}, {}, body)
    try:
        (message,) = reception.adapter_of(house, account).parse(call, house.clock.now())
    except BadPayload as error:
        watch.refused(account, error.code)
        raise Invalid("bad_message", error.detail, errors=reception.faults_of(error)) from error
    return message


async def _answered(house: House, accepted: inbox.Accepted, wait: float) -> Answer:
    """The answer once the turn is taken, or as much as there is after `wait` seconds."""
    message = accepted.message
    if accepted.said and (shown := shown_without_files(accepted.said)):
        return Answer(message, accepted.duplicate, "done", shown)
    if accepted.taking is not None:
        # Shielded: who no longer waits must not stop the turn.
        await asyncio.wait({accepted.taking}, timeout=wait)
        known = accepted.turn.known if accepted.turn else None
        if known is not None and known.said and (shown := shown_without_files(known.said)):
            return Answer(message, accepted.duplicate, "done", shown)
    answer = await house.db.read(_look, message, accepted.duplicate)
    if answer.state != "waiting" or wait <= 0 or accepted.taking is not None:
        return answer
    return await _wait_for_others(house, accepted, wait)


async def _wait_for_others(house: House, accepted: inbox.Accepted, wait: float) -> Answer:
    """Another process takes the turn: its hints tell when to look."""
    news = asyncio.Event()
    topic = conversations.topic(accepted.message.conversation_id)

    def heard(_hint: Hint) -> None:
        news.set()

    house.live.subscribe(topic, heard)
    try:
        async with asyncio.timeout(wait):
            while True:
                news.clear()
                answer = await house.db.read(_look, accepted.message, accepted.duplicate)
                if answer.state != "waiting":
                    return answer
                await news.wait()
    except TimeoutError:
        return await house.db.read(_look, accepted.message, accepted.duplicate)
    finally:
        house.live.unsubscribe(topic, heard)


def _look(tx: Tx, message: Message, duplicate: bool) -> Answer:
    """The message's state and what was said to it."""
    now = repository.get_message(tx, message.id) or message
    rows = repository.page_after(tx, message.conversation_id, message.seq, MOST_REPLIES)
    answered = repository.answered(tx, [row.id for row in rows])
    replies = conversations.shown_messages(tx, said_to(message, rows, answered), ATTACHMENTS)
    return Answer(now, duplicate, now.turn_state or "done", replies)


def said_to(
    message: Message, rows: Sequence[Message], answered: Mapping[str, str]
) -> list[Message]:
    """Which of the `rows` after a message were said to it; `answered`: which message each answers.

    Its user may have written more before it was answered: what answers that is not said to this
    one. A notice (money was paid, a person took over) answers none: it goes with the answer that it
    stands before, else with what it stands behind.
    """
    said: list[Message] = []
    notices: list[Message] = []
    is_answered, follows_it = False, True
    for row in rows:
        answers = answered.get(row.id)
        if row.author == "customer":
            if is_answered:
                break
            if follows_it:
                said += notices
            notices, follows_it = [], False
        elif answers is None:
            notices.append(row)
        elif answers == message.id:
            said += [*notices, row]
            notices, is_answered, follows_it = [], True, True
        elif is_answered:
            return said
        else:
            notices, follows_it = [], False
    return said + notices if follows_it else said


def page(
    tx: Tx, account: ChannelAccount, sender: str, *, after: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """A user's messages after a number, ascending, and the last number; none for a stranger."""
    found = _conversation_of(tx, account, sender)
    if found is None:
        return [], 0
    rows = repository.page_after(tx, found.id, after, limit)
    return conversations.shown_messages(tx, rows, ATTACHMENTS), found.last_seq


async def upload(
    house: House, account: ChannelAccount, sender: str, raw: bytes, name: str
) -> Attachment:
    """Check and keep a user's photo. Raises: Invalid, TooLarge, RateLimited."""
    if re.fullmatch(SENDER, sender) is None:
        raise Invalid("bad_sender", errors=[FieldError("sender", "not an id")])
    await house.rates.count(house.settings.upload_rate, "app uploads", sender)
    locale = house.settings.shop_locale
    conversation = await house.db.tx(_open, account, sender, locale)
    try:
        return await house.media.store_photo(conversation.id, raw, name)
    except RejectedImage as error:
        params = {"limit_mb": MAX_BYTES // (1024 * 1024)}
        told = house.catalog.text(f"evidence.{error.reason}", conversation.locale, params)
        kind = TooLarge if error.reason == "too_large" else Invalid
        raise kind(error.reason, told, errors=[FieldError("file", error.reason)]) from error


def attachment_of(tx: Tx, account: ChannelAccount, sender: str, attachment_id: str) -> Attachment:
    """A file of this user's conversation. Raises: NotFound, for others' too."""
    conversation = _conversation_of(tx, account, sender)
    found = repository.attachments(tx, [attachment_id]).get(attachment_id)
    if conversation is None or found is None or found.conversation_id != conversation.id:
        raise NotFound("attachment_not_found")
    return found


def _check_uploads(account: ChannelAccount, sender: str, refs: Sequence[str], tx: Tx) -> None:
    conversation = _conversation_of(tx, account, sender)
    stored = repository.attachments(tx, refs)
    for ref in refs:
        known = stored.get(ref)
        if known is None or conversation is None or known.conversation_id != conversation.id:
            raise Invalid(
                "unknown_attachment", errors=[FieldError("attachments", "unknown upload")]
            )


def _open(tx: Tx, account: ChannelAccount, sender: str, locale: str) -> Conversation:
    contact = customers.lock_contact(tx, account.id, sender, "", locale)
    return conversations.get_or_open(tx, contact.id, account.id, locale)


def _conversation_of(tx: Tx, account: ChannelAccount, sender: str) -> Conversation | None:
    contact = customers.find_contact(tx, account.id, sender)
    return repository.open_of_contact(tx, contact.id) if contact else None
