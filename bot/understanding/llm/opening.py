"""Puts the parts together from what an installation configured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.understanding.base import Understanding
from bot.understanding.llm.breaker import Breaker, Now
from bot.understanding.llm.budget import Budget, Prices
from bot.understanding.llm.chat import Endpoint, OpenAiChat
from bot.understanding.llm.guarded import GuardedModel, Observer, unobserved
from bot.understanding.llm.model import ChatModel
from bot.understanding.llm.transcript import Recording, Replay, transcript_of
from bot.understanding.llm.understanding import LlmUnderstanding, uncounted


@dataclass(frozen=True, slots=True)
class LlmConfig:
    """Where the model is and what it may take. `transcript`: empty, record:FILE or replay:FILE."""

    endpoint: Endpoint
    daily_tokens: int = 0
    prices: Prices = field(default_factory=Prices)
    transcript: str = ""


def with_llm(
    local: Understanding,
    config: LlmConfig,
    now: Now,
    observe: Observer = unobserved,
    count: Callable[[str], None] = uncounted,
) -> LlmUnderstanding:
    """`local`, better with the configured model. Raises ValueError for a transcript that is none,
    OSError for one that can't be read."""
    guarded = GuardedModel(
        _open_model(config),
        Breaker(now),
        Budget(now, config.daily_tokens),
        config.endpoint.timeout,
        observe,
    )
    return LlmUnderstanding(local, guarded, config.prices, count)


def _open_model(config: LlmConfig) -> ChatModel:
    if not config.transcript:
        return OpenAiChat(config.endpoint)
    mode, file = transcript_of(config.transcript)
    return Replay(file) if mode == "replay" else Recording(OpenAiChat(config.endpoint), file)
