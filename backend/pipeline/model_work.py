"""What a turn does with a language model besides understanding: words, and what it all took.

The model is asked outside the transaction. A turn is computed; if it says something the model may
word, it is rolled back, the words are asked for, and it is computed again with them. Words are
found by the text they stand for: if the turn then says something else, that stands as it is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from backend.kit.db import Database, Tx
from backend.pipeline.words import Want, Words, WordsWanted
from backend.spending import service as spending
from bot.messages import InboundMessage
from bot.ports import Passage
from bot.understanding.base import DialogView, ModelUse, Understanding, Understood
from bot.understanding.llm.budget import Prices
from bot.understanding.llm.guarded import GuardedModel
from bot.understanding.llm.permission import Permission
from bot.understanding.llm.wording import LlmWording, Tally

LEAST = 0.3
"""Seconds that must be left of a turn's deadline for words to be asked for."""
LOOK_EVERY = 5.0
"""Seconds between two looks at what the other processes used."""
WORDED = "worded"


class AsksModel(Protocol):
    """An understanding with a language model (`bot.understanding.llm`)."""

    @property
    def local(self) -> Understanding: ...

    @property
    def model(self) -> GuardedModel: ...

    @property
    def prices(self) -> Prices: ...

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood: ...


@dataclass(slots=True)
class ModelTurn:
    """One message's turn, however often it is computed: the model is asked once for what it means
    and once for words."""

    work: ModelWork
    message_id: str
    words: Words
    tally: Tally = field(default_factory=Tally)
    _ends: float = 0.0
    _view: DialogView | None = None
    _understood: Understood | None = None

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        """What the message means. If the dialog moved meanwhile, the local understanding reads it
        anew: the model was paid for it once."""
        before = self._understood
        if before is not None and view == self._view:
            return before
        if before is None:
            self._ends = self.work.time() + self.work.asks.model.deadline
            await self.work.look_at_the_others()
            understood = await self.work.asks.understand(message, view)
        else:
            understood = await self.work.asks.local.understand(message, view)
            understood = replace(understood, model=before.model)
        self._view, self._understood = view, understood
        return understood

    async def find_words(self, wanted: WordsWanted, said: str, locale: str) -> None:
        """Ask for the words, within what is left of the turn's deadline."""
        self.words.asked = True
        left = self._ends - self.work.time()
        if left < LEAST:
            return
        found = await asyncio.gather(
            *(self._word(want, said, locale, left) for want in wanted.wants)
        )
        for want, words in zip(wanted.wants, found, strict=True):
            if words is not None:
                self.words.found[want.text] = words

    async def _word(
        self, want: Want, said: str, locale: str, left: float
    ) -> tuple[str, str] | None:
        wording, tally = LlmWording(self.work.asks.model), self.tally
        if not want.title:
            text = await wording.rephrase(
                want.text, said, allowed=True, keep=want.keep, within=left, tally=tally
            )
            return text, ""
        passage = Passage(want.title, want.text, 1.0)
        answer = await wording.answer(said, [passage], locale, within=left, tally=tally)
        return None if answer is None else (answer.text, " / ".join(answer.sources))

    def used(self, understood: Understood) -> Understood:
        """What the message was taken for, with all that asking the model came to."""
        if not self.tally.questions:
            return understood
        prices, tally = self.work.asks.prices, self.tally
        use = understood.model or ModelUse(WORDED, currency=prices.currency)
        cost = prices.cost(tally.tokens_in, tally.tokens_out)
        use = replace(
            use,
            tokens_in=use.tokens_in + tally.tokens_in,
            tokens_out=use.tokens_out + tally.tokens_out,
            cost=use.cost + cost,
        )
        return replace(understood, model=use)

    def count(self, tx: Tx, conversation_id: str, understood: Understood) -> None:
        """Count what it took, with the turn: `understood` as `used` gave it."""
        use = understood.model
        if use is None or not use.tokens_in + use.tokens_out:
            return
        own = self._understood.model if self._understood else None
        asked = int(own is not None and own.tokens_in + own.tokens_out > 0)
        spending.add_use(
            tx,
            conversation_id,
            questions=asked + self.tally.questions,
            tokens_in=use.tokens_in,
            tokens_out=use.tokens_out,
            cost=use.cost,
            currency=use.currency,
        )


@dataclass(slots=True)
class ModelWork:
    """The language model as turns use it, in one process."""

    db: Database
    asks: AsksModel
    allowed: Permission = field(default_factory=Permission)
    time: Callable[[], float] = time.monotonic
    _next_look: float = 0.0

    def begin(self, message_id: str) -> ModelTurn:
        """A turn begins."""
        return ModelTurn(self, message_id, Words(self.allowed))

    async def look_at_the_others(self) -> None:
        """Learn what all processes used today, where there is a cap and every few seconds."""
        budget = self.asks.model.budget
        if not budget.cap or self.time() < self._next_look:
            return
        # Set first: who asks while we look goes by what was learnt last.
        self._next_look = self.time() + LOOK_EVERY
        day, used = await self.db.read(spending.used_today)
        budget.learn(used, day)
