"""Says something to a customer from within a transaction: worded in his language, stored, queued.

Turns and reactions speak through it, so that a reply and a later notice take the same way out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from backend.conversations import service as conversations
from backend.conversations.repository import Conversation, Message
from backend.kit.db import Tx
from backend.kit.errors import NotFound
from backend.pipeline.bodies import outbound_to_json
from backend.pipeline.channels import Channels
from backend.pipeline.words import Words
from bot.channels.base import Capabilities, ChannelError
from bot.channels.registry import OWN_CHANNELS
from bot.messages import OutboundMessage
from bot.ports import Shop
from bot.rendering import render
from bot.replies import Reply
from templates_i18n.catalog import Catalog

log = logging.getLogger(__name__)
_PLAIN = Capabilities(
    buttons=False,
    pickers=False,
    photos_in=False,
    photos_out=False,
    typing=False,
    edits=False,
    idempotent_send=False,
    max_text=4_000,
    max_options=0,
)


@dataclass(frozen=True, slots=True)
class Notifier:
    """Words replies and puts them on their way."""

    catalog: Catalog
    channels: Channels
    shop: Shop

    def say(
        self,
        tx: Tx,
        conversation_id: str,
        replies: Sequence[Reply],
        *,
        answers: str | None = None,
        locale: str | None = None,
        conversation: Conversation | None = None,
        after: Mapping[str, object] | None = None,
        words: Words | None = None,
    ) -> list[Message]:
        """Store `replies` as the bot's next messages; `answers` names the message they answer.

        `conversation`: as it stands, if the caller holds it locked. `after`: columns of the
        conversation to set with its new last number. `words`: what a model may word of it. Raises:
        WordsWanted.
        """
        if not replies:
            return []
        if conversation is None:
            conversation = conversations.get_conversation(tx, conversation_id, lock=True)
        can = self._capabilities(conversation.channel_account)
        spoken = locale or conversation.locale

        def worded(reply: Reply) -> OutboundMessage:
            return render(
                reply,
                spoken,
                self.catalog,
                shop_timezone=self.shop.timezone,
                numbered=not can.buttons,
            )

        messages = [worded(reply) for reply in replies]
        if words is not None:
            messages = words.put_in(replies, messages, worded, numbered=not can.buttons)
        bodies = [outbound_to_json(message) for message in messages]
        return conversations.add_outgoing(
            tx, conversation, bodies, pulled=can.pulled, answers=answers, after=after
        )

    def _capabilities(self, channel_account: str) -> Capabilities:
        """What the channel can; of one that was taken out of the configuration, or whose settings
        are wrong: nothing, but to be fetched from if it is one of ours.

        Whatever causes the message (money that was paid) has to be stored all the same. Its
        delivery by a vendor becomes a dead letter, to be replayed once the account is back.
        """
        try:
            return self.channels.adapter(channel_account).capabilities
        except NotFound:
            log.warning("channel account %s is not configured any more", channel_account)
            return _PLAIN
        except ChannelError as error:
            log.warning("channel account %s can't be used: %s", channel_account, error)
            channel = self.channels.account(channel_account).channel
            return replace(_PLAIN, pulled=channel in OWN_CHANNELS)

    def tell(
        self, tx: Tx, conversation_id: str, key: str, params: Mapping[str, object]
    ) -> list[Message]:
        """One plain notice from a template."""
        return self.say(tx, conversation_id, [Reply(key, params)])
