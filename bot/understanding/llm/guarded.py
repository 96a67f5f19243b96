"""A language model within limits: a deadline, a circuit breaker, a daily cap, and all counted."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.understanding.llm.breaker import Breaker
from bot.understanding.llm.budget import Budget
from bot.understanding.llm.model import ChatModel, Completion, ModelError, Question

log = logging.getLogger(__name__)
T = TypeVar("T")

Observer = Callable[[str, float, int, int], None]
"""Told of each question: outcome, seconds, tokens in, tokens out."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A read answer, and the tokens it took."""

    value: T
    tokens_in: int
    tokens_out: int


def unobserved(outcome: str, seconds: float, tokens_in: int, tokens_out: int) -> None:
    """An observer for whom nothing need be counted."""


@dataclass(frozen=True, slots=True)
class GuardedModel:
    """Asks `model`, or says at once why not. `deadline` in seconds, for the whole answer."""

    model: ChatModel
    breaker: Breaker
    budget: Budget
    deadline: float = 4.0
    observe: Observer = unobserved

    async def ask(
        self, question: Question, read: Callable[[str], T], *, within: float | None = None
    ) -> Answered[T]:
        """The answer as `read` makes it of the text; it raises ValueError for what it can't read.

        Raises ModelError within the deadline, or `within` seconds if those are less, whatever the
        model does.
        """
        if self.budget.is_spent:
            if self.budget.first_refusal():
                log.warning("the language model's daily tokens are used up: local until tomorrow")
            self.observe("capped", 0.0, 0, 0)
            raise ModelError("capped")
        if not self.breaker.admit():
            self.observe("open", 0.0, 0, 0)
            raise ModelError("open")
        began = time.perf_counter()
        completion = Completion("")
        outcome = "cancelled"
        try:
            completion = await self._complete(question, within)
            outcome = "unreadable"
            value = read(completion.text)
            outcome = "ok"
        except ModelError as error:
            outcome, completion = error.outcome, error.used
            raise
        except ValueError as error:
            raise ModelError("unreadable", used=completion) from error
        finally:
            self._note(outcome, time.perf_counter() - began, completion)
        return Answered(value, completion.tokens_in, completion.tokens_out)

    async def _complete(self, question: Question, within: float | None) -> Completion:
        seconds = self.deadline if within is None else min(within, self.deadline)
        try:
            async with asyncio.timeout(seconds):
                completion = await self.model.complete(question)
        except TimeoutError as error:
            # It goes on answering for nobody, and charges for it.
            used = Completion("", question.estimated_tokens)
            raise ModelError("timeout", used=used) from error
        if completion.tokens_in or completion.tokens_out:
            return completion
        written = len(completion.text) // 2
        return Completion(completion.text, question.estimated_tokens, written)

    def _note(self, outcome: str, seconds: float, completion: Completion) -> None:
        was_open = self.breaker.is_open
        if outcome == "ok":
            self.breaker.succeeded()
        elif outcome == "cancelled":
            self.breaker.released()
        else:
            self.breaker.failed()
            log.info("no answer of the language model: %s", outcome)
        if self.breaker.is_open and not was_open:
            log.warning("the language model keeps failing (%s): left alone for a while", outcome)
        self.budget.spend(completion.tokens_in + completion.tokens_out)
        self.observe(outcome, seconds, completion.tokens_in, completion.tokens_out)
