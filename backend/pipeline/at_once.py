"""Turns taken in the very transaction that accepts their message, for callers who wait for the
answer anyway.

The message, its turn and what it leads to become durable together: no job, no second transaction,
no second look. What is not answered was not accepted, and the caller sends it again under the same
id. Only a message that nobody stands before is taken so; whatever goes wrong, it is accepted alone
and its turn has all the tries of a job.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backend.kit.db import Tx, settle
from backend.pipeline import inbox, watch
from backend.pipeline.turns import Turns
from bot.messages import InboundMessage
from bot.understanding.base import PromptUnderstanding

MOST = 64
"""Messages at a time: as many turns as are done in a fifth of a second. Those beyond stand in line,
where their waiting is seen and can be refused."""


class NotAtOnce(Exception):
    """The turn failed, and with it its message's acceptance: accept the message alone."""


@dataclass(slots=True)
class AtOnce:
    """Takes turns within the acceptance."""

    turns: Turns
    _prompt: PromptUnderstanding | None = field(init=False, default=None)
    """None: understanding takes its time, as a language model over the network does."""
    _under_way: int = 0

    def __post_init__(self) -> None:
        understanding = self.turns.understanding
        if self.turns.model is None and isinstance(understanding, PromptUnderstanding):
            self._prompt = understanding

    def has_room(self, message: InboundMessage) -> bool:
        """Whether this message may be taken so."""
        return (
            self._under_way < MOST
            and self._prompt is not None
            and message.group_id is None
            and all(item.ref or item.rejected for item in message.attachments)
        )

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one message."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    async def prepare(self, message: InboundMessage) -> None:
        """What is slow, before the transaction. Raises: NotAtOnce."""
        if self._prompt is None:
            return
        try:
            with watch.part("prepare"):
                await self._prompt.prepare(message)
        except Exception as error:  # a model that can't be loaded must not keep its message out
            raise NotAtOnce from error

    def take(self, tx: Tx, accepted: inbox.Accepted) -> inbox.Accepted:
        """Take the turn of a message that was stored in this transaction without a job, with all
        that it leaves for the transaction's end: call it last.

        Raises: NotAtOnce, upon which the transaction must be rolled back.
        """
        if accepted.waiting is None or self._prompt is None:
            return accepted
        began = time.perf_counter()
        stored = accepted.message
        try:
            with watch.taking_at_once(stored.id, stored.conversation_id):
                said = self.turns.take_at_once(tx, accepted.waiting, self._prompt)
                settle(tx)
        except Exception as error:  # a turn's bug must not keep its message out
            raise NotAtOnce from error
        return accepted.taken_with(said, time.perf_counter() - began)
