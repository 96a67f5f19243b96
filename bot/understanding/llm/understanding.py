"""Understanding with a language model: what the local one is sure of stands, the rest is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from bot.dialogs import commands as c
from bot.messages import InboundKind, InboundMessage
from bot.understanding.base import DialogView, ModelUse, Understanding, Understood
from bot.understanding.denials import wished
from bot.understanding.intents import OTHER_SERVICE
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.llm.budget import Prices
from bot.understanding.llm.checking import BadProposal, Checker
from bot.understanding.llm.completing import completed
from bot.understanding.llm.guarded import GuardedModel
from bot.understanding.llm.masking import MAX_TEXT, Masker
from bot.understanding.llm.model import ModelError
from bot.understanding.llm.prompt import ask_for_commands
from bot.understanding.llm.schema import read_proposals
from bot.understanding.normalise import normalise
from bot.understanding.reading import Reading

log = logging.getLogger(__name__)

SOURCE: Final = "llm"
CERTAIN: Final = 0.95
"""Local confidence from which the model is not asked: a pressed button, an exact answer."""
SURE: Final = 0.85
"""Local confidence in a flow from which the model cannot say that there is none."""
CONFIDENCE: Final = 0.8
"""Of checked commands of the model: it gives no figure of its own that could be trusted."""

_TYPED: Final = (InboundKind.TEXT, InboundKind.EDIT, InboundKind.MEDIA)


def uncounted(outcome: str) -> None:
    """For where proposals need not be counted."""


@dataclass(frozen=True, slots=True)
class LlmUnderstanding:
    """Asks `model` for what `local` is not certain of; in every doubt the local result stands.

    `count` is told what became of each proposal: taken, none, refused.
    """

    local: Understanding
    model: GuardedModel
    prices: Prices = field(default_factory=Prices)
    count: Callable[[str], None] = uncounted

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        """Propose commands. Never raises for a message's content, nor for what the model does."""
        understood = await self.local.understand(message, view)
        if not _worth_asking(message, understood):
            return understood
        text = normalise(message.text).text[:MAX_TEXT]
        names = (message.sender.display_name, (message.sender.identity or _NOBODY).name or "")
        masker = Masker(names)
        question = ask_for_commands(message, view, masker)
        try:
            answered = await self.model.ask(question, read_proposals)
        except ModelError as error:
            used = self._used(error.outcome, error.used.tokens_in, error.used.tokens_out)
            return replace(understood, model=used)
        used = self._used("taken", answered.tokens_in, answered.tokens_out)
        try:
            proposed = Checker(text, view, masker).commands(answered.value)
        except BadProposal as error:
            log.info("refused a proposal of the language model: %s", error)
            return self._local(understood, used, "refused")
        commands = tuple(wished(proposed, text))
        if not commands or all(isinstance(one, c.Clarify) for one in commands):
            return self._local(understood, used, "none")
        if commands == (OTHER_SERVICE.command,) and _is_sure_of_a_flow(understood):
            return self._local(understood, used, "refused")  # some flow does do it
        commands = completed(commands, understood.commands, Reading(text, view, shipped_lexicon()))
        self.count("taken")
        return replace(
            understood,
            commands=commands,
            confidence=CONFIDENCE,
            source=SOURCE,
            locale=_locale(commands, understood.locale),
            model=used,
        )

    def _used(self, outcome: str, tokens_in: int, tokens_out: int) -> ModelUse:
        cost = self.prices.cost(tokens_in, tokens_out)
        return ModelUse(outcome, tokens_in, tokens_out, cost, self.prices.currency)

    def _local(self, understood: Understood, used: ModelUse, outcome: str) -> Understood:
        self.count(outcome)
        return replace(understood, model=replace(used, outcome=outcome))


@dataclass(frozen=True, slots=True)
class _Nobody:
    name: str | None = None


_NOBODY: Final = _Nobody()


def _worth_asking(message: InboundMessage, understood: Understood) -> bool:
    if message.kind not in _TYPED or not any(one.isalnum() for one in message.text):
        return False
    # A wish for a person is never talked away.
    if any(isinstance(one, c.HumanHandoff) for one in understood.commands):
        return False
    return understood.confidence < CERTAIN


def _is_sure_of_a_flow(understood: Understood) -> bool:
    started = any(isinstance(one, c.StartFlow) for one in understood.commands)
    return started and understood.confidence >= SURE


def _locale(commands: tuple[c.Command, ...], otherwise: str) -> str:
    for command in commands:
        if isinstance(command, c.ChangeLanguage):
            return command.locale
    return otherwise
