"""Understanding by rules: words, patterns and forms, in Chinese and English, a little in others.

Good without any model, and what a model's answer is measured against. It proposes; the engine
checks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

from bot.dialogs import commands as c
from bot.dialogs.slots import FACTOR, ORDER
from bot.messages import InboundKind, InboundMessage
from bot.understanding.answers import read_answer, read_leftover
from bot.understanding.base import DialogView, Span, Understood
from bot.understanding.corrections import read_correction
from bot.understanding.denials import wished
from bot.understanding.language import UNDERSTOOD, detect
from bot.understanding.lexicon import Lexicon, shipped_lexicon
from bot.understanding.normalise import Normalised, normalise
from bot.understanding.reading import Reading
from bot.understanding.remarks import read_facts, read_no_photo, read_question, read_small_talk
from bot.understanding.requests import read_requests, read_wishes_besides
from bot.understanding.sentiment import score
from bot.understanding.signals import LEGAL, names

SOURCE: Final = "rules"
LANGUAGE_REQUEST: Final = 40
"""A request for a language is short; in a longer text its words are about something else."""

_READABLE = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class RulesUnderstanding:
    """The rules, for a shop that speaks `default_locale` when in doubt.

    `served` are the languages told apart: more than there are templates in. What is said in one
    without templates falls back (`templates_i18n.locales`), what is understood does not.
    `timezone` the shop's zone (an IANA name): "yesterday" is the day before the message was sent
    there.
    """

    default_locale: str = "en"
    served: tuple[str, ...] = UNDERSTOOD
    lexicon: Lexicon = field(default_factory=shipped_lexicon)
    timezone: str = "UTC"

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        """Propose commands. Never raises for a message's content."""
        return self.read(message, view)

    async def prepare(self, message: InboundMessage) -> None:
        """Nothing: rules take no time."""

    def read(self, message: InboundMessage, view: DialogView) -> Understood:
        """The same, for callers that don't wait."""
        normalised = normalise(message.text)
        text = normalised.text
        if message.kind is InboundKind.CHOICE:
            values = tuple(part.strip() for part in (message.choice or "").split(","))
            return self._understood("", message, view, (c.PickOptions(values),), 1.0)
        if message.kind in (InboundKind.START, InboundKind.UNSUPPORTED):
            return self._understood("", message, view, (), 1.0)
        if not text and message.attachments:
            return self._understood("", message, view, (), 1.0)
        if not _READABLE.search(text):
            return self._understood("", message, view, (c.Clarify(),), 0.2)
        locale = self._language(text, message, view)
        today = message.sent_at.astimezone(ZoneInfo(self.timezone)).date()
        reading = Reading(text, view, self.lexicon, today, locale)
        proposed, confidence = self._commands(reading)
        commands = wished(proposed, text)
        if proposed and not commands:
            commands, confidence = [c.Clarify()], 0.2
        understood = self._understood(text, message, view, commands, confidence, locale)
        return self._annotated(understood, reading, normalised)

    def _commands(self, reading: Reading) -> tuple[Sequence[c.Command], float]:
        """The readings in their order of precedence, each with how sure it is."""
        if found := self._language_request(reading):
            return found, 0.95
        if reading.has("human") and not self._denied(reading, "human"):
            return [c.HumanHandoff("asked")], 0.95
        if reading.has("upset") or LEGAL in names(reading.signals):
            return [c.HumanHandoff("upset")], 0.9
        if reading.has("danger") and not reading.is_question:
            return [c.HumanHandoff("other_service")], 0.9  # people look at that first
        for read, confidence in (
            (read_answer, 0.95),
            (read_no_photo, 0.9),
            (read_correction, 0.85),
            (read_requests, 0.9),
            (read_facts, 0.7),
            (read_small_talk, 0.9),
            (read_question, 0.6),
        ):
            if found := read(reading):
                return _with_wishes(found, reading) if read is read_answer else found, confidence
        leftover = read_leftover(reading)
        return leftover, 0.2 if isinstance(leftover[0], c.Clarify) else 0.5

    def _language(self, text: str, message: InboundMessage, view: DialogView) -> str:
        found = detect(text, view.locale, message.sender.locale_hint, self.served)
        return found or self.default_locale

    def _language_request(self, reading: Reading) -> list[c.Command]:
        if len(reading.text) > LANGUAGE_REQUEST or not reading.has("language_name"):
            return []
        for locale in self.lexicon.keys("language"):
            if locale in self.served and reading.is_only(f"language.{locale}"):
                return [c.ChangeLanguage(locale)]
        return []

    def _denied(self, reading: Reading, key: str) -> bool:
        spans = self.lexicon.spans(key, reading.text)
        return all(self.lexicon.denied(reading.text, start) for start, _ in spans)

    def _understood(
        self,
        text: str,
        message: InboundMessage,
        view: DialogView,
        commands: Sequence[c.Command],
        confidence: float,
        locale: str = "",
    ) -> Understood:
        locale = locale or self._language(text, message, view)
        for command in commands:
            if isinstance(command, c.ChangeLanguage):
                locale = command.locale
        return Understood(
            locale=locale,
            commands=tuple(commands),
            confidence=confidence,
            source=SOURCE,
        )

    def _annotated(
        self, understood: Understood, reading: Reading, normalised: Normalised
    ) -> Understood:
        """With mood, and the pieces of the original text that were read as something."""
        found = (*reading.entities, *reading.intents, *reading.signals)
        return replace(
            understood,
            sentiment=score(reading.text, self.lexicon, reading.signals),
            signals=names(reading.signals),
            spans=tuple(
                Span(span.kind, *normalised.original(span.start, span.end), span.value)
                for span in found
            ),
        )


def _with_wishes(answer: Sequence[c.Command], reading: Reading) -> Sequence[c.Command]:
    """The answer, and what he wishes for besides; an order named for that is no answer."""
    wishes = read_wishes_besides(reading)
    theirs = {
        one.slots[ORDER] for one in wishes if isinstance(one, c.StartFlow) if ORDER in one.slots
    }
    proved = any(isinstance(one, c.SetSlot) and one.slot == FACTOR for one in answer)
    kept = [
        one
        for one in answer
        if not (proved and isinstance(one, c.SetSlot) and one.slot == ORDER and one.value in theirs)
    ]
    return [*kept, *wishes]
