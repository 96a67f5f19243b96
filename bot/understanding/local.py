"""Understanding by rules where they are certain, and by a trained classifier where they are not.

Rules read what has one meaning: buttons, answers to the question asked, labels, numbers, requests
for a person or a language. The rest is compared with thousands of phrases in many languages
(`models/`), and means what the best of them mean, if that is likely enough.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from bot.dialogs import commands as c
from bot.dialogs.slots import COMMENT, REASON
from bot.messages import InboundMessage
from bot.understanding.base import DialogView, Ranked, Understood
from bot.understanding.denials import Turned, wished
from bot.understanding.intents import (
    COMPLAINTS,
    FAMILY,
    LEADS,
    OTHER_SERVICE,
    commands_for,
    flows_of,
    shares_of,
)
from bot.understanding.lexicon import Lexicon
from bot.understanding.models.calibration import THRESHOLD
from bot.understanding.models.classifier import Guess, TextClassifier
from bot.understanding.models.shelf import CurrentModel, Shelf
from bot.understanding.models.shipped import KINDS, shipped_model
from bot.understanding.normalise import for_matching, normalise
from bot.understanding.reading import Reading
from bot.understanding.rules import RulesUnderstanding
from bot.understanding.sentiment import score
from bot.understanding.spelling import Spelling
from knowledge.embedding import Embedder, Vectors, shared_embedder

SOURCE: Final = "local"
CERTAIN: Final = 0.8
"""Confidence of the rules from which they are not questioned: they found a form, not a likeness."""
FACTS: Final = 0.7
"""Confidence of the rules in what was told without a wish."""
OUT_OF_TURN: Final = 0.75
"""Confidence needed to take words that could answer the question asked for something else."""
CONFIRMED: Final = 0.35
"""Likelihood of a flow from which it is started if the rules thought of it, too."""
CLOSE: Final = 0.2
"""Two intents no further apart than this are both asked about."""
PLAUSIBLE: Final = 0.25
"""What is less likely than this is not asked about."""
WORTH_A_BUTTON: Final = 0.12
"""Likelihood from which a flow is among those offered where the rules ask which is meant."""
MOODY: Final = 18
"""Bytes (a Chinese character has three) from which a text is asked for its mood though the rules
have settled what he wants: shorter ones are answers."""
MAX_CLAUSES: Final = 5
MIN_CLAUSE: Final = 4
"""Characters of a clause that can say something by itself."""

_CLAUSE_END = re.compile(
    r"[,，。;；!！?？\n]+|(?<!\d)\.(?!\d)|\b(?:and|also|und|et|y|e)\b|还有|另外|顺便|而且|以及|それと"
)


@dataclass(frozen=True, slots=True)
class LocalUnderstanding:
    """The rules and two classifiers, of what he wants and of how he feels; no network.

    `model` and `mood` give those in use, which may change while we run. A text is turned into a
    vector once, for both.
    """

    rules: RulesUnderstanding
    embedder: Embedder
    model: Callable[[], TextClassifier]
    mood: Callable[[], TextClassifier]
    spelling: Spelling = field(default_factory=lambda: Spelling(shared_embedder().knows))

    @classmethod
    def shipped(cls, default_locale: str = "en") -> LocalUnderstanding:
        """With the models that come with the product and the process's one encoder."""
        rules = RulesUnderstanding(default_locale)
        nlu, mood = (partial(shipped_model, kind) for kind in KINDS)
        return cls(rules, shared_embedder(), nlu, mood)

    @classmethod
    def of_shop(
        cls, data_dir: Path, default_locale: str, timezone: str = "UTC"
    ) -> LocalUnderstanding:
        """With the models the shop has activated, followed as they change. The encoder is loaded
        by the first text (see `warming`)."""
        rules = RulesUnderstanding(default_locale, timezone=timezone)
        nlu, mood = (CurrentModel(Shelf(data_dir, kind)) for kind in KINDS)
        return cls(rules, shared_embedder(), nlu, mood)

    async def understand(self, message: InboundMessage, view: DialogView) -> Understood:
        """Propose commands. Never raises for a message's content."""
        read, texts = self._begin(message, view)
        if not texts:
            return read
        return self._end(read, message, view, texts, await self.embedder.embed(texts))

    async def prepare(self, message: InboundMessage) -> None:
        """Encode what `read` will ask for, as a rule: the encoder keeps it for that long."""
        if len((whole := self._matched(message.text)).encode()) >= MOODY:
            clauses = _clauses(normalise(message.text).text)
            await self.embedder.embed([whole, *map(self._matched, clauses)])

    def read(self, message: InboundMessage, view: DialogView) -> Understood:
        """The same, for callers that may block."""
        read, texts = self._begin(message, view)
        if not texts:
            return read
        return self._end(read, message, view, texts, self.embedder.embed_now(texts))

    def _begin(self, message: InboundMessage, view: DialogView) -> tuple[Understood, list[str]]:
        """What the rules say, and the texts to classify: the whole and its clauses; the whole
        alone if the rules settle what he wants, and none if it is too short to tell a mood."""
        read = self.rules.read(message, view)
        if not (whole := self._matched(message.text)):
            return read, []
        if _may_tell_more(read) and (
            (spelt := self.spelling.corrected(message.text)) != message.text
        ):
            read = self._reread(read, message, spelt, view)
        if read.confidence >= CERTAIN:
            return read, [whole] if len(whole.encode()) >= MOODY else []
        if view.awaited is not None and _is_bare_answer(message.text, self.rules.lexicon):
            return read, []  # a yes to a question that takes none says nothing more
        clauses = _clauses(normalise(message.text).text)
        return read, [whole, *map(self._matched, clauses)]

    def _matched(self, text: str) -> str:
        return self.spelling.corrected(for_matching(text))

    def _reread(
        self, read: Understood, message: InboundMessage, spelt: str, view: DialogView
    ) -> Understood:
        """What the rules say once slips are undone, if that is more. Its places in the text are
        those of another text, and left out; what is quoted stays as he wrote it."""
        again = self.rules.read(replace(message, text=spelt), view)
        more = _wishes(again) > _wishes(read) or (_is_lost(read) and not _is_lost(again))
        other = _wishes(again) == _wishes(read) and _flows(again) != _flows(read)
        if not (more or other):  # other: "canel my refund" says what to do with it
            return read
        quoted = normalise(spelt).text
        said = c.SetSlot(COMMENT, normalise(message.text).text)
        commands = tuple(
            said if one == c.SetSlot(COMMENT, quoted) else one for one in again.commands
        )
        return replace(again, commands=commands, spans=())

    def _end(
        self,
        read: Understood,
        message: InboundMessage,
        view: DialogView,
        texts: Sequence[str],
        vectors: Vectors,
    ) -> Understood:
        felt = self._felt(read, message, texts[0], vectors[:1])
        if read.confidence >= CERTAIN:
            return felt
        return self._decide(felt, message, view, texts, vectors)

    def _felt(
        self, read: Understood, message: InboundMessage, whole: str, vector: Vectors
    ) -> Understood:
        """With how he feels by words, signals and likeness together."""
        model = self.mood()
        (shares,) = model.calibration.shares(model.scores([whole], vector))
        of = dict(zip(model.labels, map(float, shares), strict=True))
        signals = [span for span in read.spans if span.kind.startswith("signal.")]
        text = normalise(message.text).text
        likely = [of.get(kind, 0.0) for kind in ("negative", "neutral", "positive")]
        return replace(read, sentiment=score(text, self.rules.lexicon, signals, likely))

    def _decide(
        self,
        read: Understood,
        message: InboundMessage,
        view: DialogView,
        texts: Sequence[str],
        vectors: Vectors,
    ) -> Understood:
        whole, *parts = self.model().guess(texts, vectors)
        text = normalise(message.text).text
        reading = Reading(text, view, self.rules.lexicon)
        understood = replace(read, intents=tuple(Ranked(*one) for one in whole.ranked))
        if _answers_instead(read, reading, whole):
            return understood
        meant = self._meant(reading, whole, parts)
        if meant:
            confidence = min(guess.confidence for _, guess in meant)
            found = _wished(commands_for([(one.label, part) for part, one in meant]), reading)
            complained = all(guess.label in COMPLAINTS for _, guess in meant)
            if not found:
                return understood
            if read.confidence >= FACTS and complained and all(_is_refund(one) for one in found):
                # What is wrong was told, no wish: the rules ask for it.
                return _with_nearest(understood, reading, whole)
            return replace(
                understood,
                commands=tuple(_fitting(found, view)),
                confidence=confidence,
                source=SOURCE,
            )
        return _in_doubt(understood, reading, whole)

    def _meant(
        self, reading: Reading, whole: Guess, parts: Sequence[Guess]
    ) -> list[tuple[Reading, Guess]]:
        """The intents to follow: of the clauses, if two of them surely say different things, else
        of the whole."""
        clauses = [
            (Reading(clause, reading.view, reading.lexicon), guess)
            for clause, guess in zip(_clauses(reading.text), parts, strict=True)
            if guess.confidence >= OUT_OF_TURN and guess.label not in _SMALL
        ]
        if any(guess.label in _SWAPS for _, guess in clauses):
            # "I ordered the wrong size, I need an L" is one wish, with what is wrong.
            clauses = [one for one in clauses if one[1].label not in _WHY_SWAPPED]
        if any(guess.label == "cancel_order" for _, guess in clauses):
            # "I no longer need it, cancel the order" is one wish, with its reason.
            clauses = [one for one in clauses if one[1].label != "no_longer_wanted"]
        if len({guess.label for _, guess in clauses}) > 1:
            return clauses
        return [(reading, whole)] if whole.is_sure else []


def _wished(found: Sequence[c.Command], reading: Reading) -> list[c.Command]:
    """What is likely meant, less what is denied, or told as done already."""
    turned = reading.turned(Turned.DENIED) | reading.turned(Turned.REPORTED)
    named = wished(found, reading.text)
    return [one for one in named if not (isinstance(one, c.StartFlow) and one.flow in turned)]


def _wishes(read: Understood) -> int:
    return sum(isinstance(one, c.StartFlow) for one in read.commands)


def _flows(read: Understood) -> list[str]:
    return [one.flow for one in read.commands if isinstance(one, c.StartFlow)]


def _may_tell_more(read: Understood) -> bool:
    """Whether slips may hide something: all of it, what to do with what was told, or a wish beside
    those that were seen."""
    return _wishes(read) > 0 or any(isinstance(one, c.Clarify) for one in read.commands)


def _is_lost(read: Understood) -> bool:
    """Whether the rules found nothing to go by."""
    return all(isinstance(one, c.Clarify) for one in read.commands)


_SWAPS: Final = ("exchange_request", "change_items")
_WHY_SWAPPED: Final = ("wrong_item", "not_as_described", "no_longer_wanted")
"""Why a thing shall be swapped for another one."""

_PARTING: Final = ("greeting", "goodbye")
_SMALL: Final = ("greeting", "thanks", "goodbye", "help", "about_bot", "stop")
"""Intents that stand beside others without being requests of their own."""


def _clauses(text: str) -> list[str]:
    """The clauses of a text that has several; none of a text that has one."""
    found = [part.strip() for part in _CLAUSE_END.split(text)]
    found = [part for part in found if len(part) >= MIN_CLAUSE][:MAX_CLAUSES]
    return found if len(found) > 1 else []


def _answers_instead(read: Understood, reading: Reading, whole: Guess) -> bool:
    """Whether words that could answer the question asked are better taken as that answer, or as
    none: who is asked something hardly says hello or goodbye in words that no list has."""
    if reading.view.awaited is None:
        return False
    if whole.label in _PARTING:
        return True
    if not any(isinstance(one, c.SetSlot) for one in read.commands):
        return False
    asks = isinstance(LEADS.get(whole.label, OTHER_SERVICE)(reading), c.Answer)
    return whole.confidence < OUT_OF_TURN or (asks and not reading.is_question)


def _is_bare_answer(text: str, lexicon: Lexicon) -> bool:
    plain = normalise(text).text
    return lexicon.is_only("agree", plain) or lexicon.is_only("deny", plain)


def _is_refund(command: c.Command) -> bool:
    return isinstance(command, c.StartFlow) and command.flow == "refund"


def _together(understood: Understood, reading: Reading, whole: Guess) -> c.StartFlow | None:
    """The start of the flow that is meant if the likeliest intents are taken together. A
    complaint is no wish; where the rules ask which flow, less is needed."""
    asked = [one for one in understood.commands if isinstance(one, c.Clarify)]
    if not asked or any(not isinstance(one, c.Clarify | c.SetSlot) for one in understood.commands):
        return None
    offered = asked[0].flows
    ranked = [one for one in whole.ranked if one[0] not in COMPLAINTS]
    shares = shares_of(ranked, reading)
    flow = max(shares, key=shares.__getitem__, default=None)
    if flow is None or shares[flow] < (CONFIRMED if offered else THRESHOLD):
        return None
    if offered and FAMILY.get(flow, flow) not in offered:
        return None
    leads = (LEADS[intent](reading) for intent, _ in ranked if intent in LEADS)
    starts = (one for one in leads if isinstance(one, c.StartFlow) and one.flow == flow)
    return next(starts, None)


def _fitting(found: Sequence[c.Command], view: DialogView) -> list[c.Command]:
    """In a refund that asks for the reason, a reason is the answer, not another refund. One that
    was told already is not changed by likeness: "without the towel" is no missing part."""
    fitted: list[c.Command] = []
    for command in found:
        inside = isinstance(command, c.StartFlow) and command.flow == view.flow == "refund"
        if not (inside and isinstance(command, c.StartFlow) and REASON in command.slots):
            fitted.append(command)
        elif view.awaited == REASON or REASON not in view.filled:
            fitted.append(c.SetSlot(REASON, command.slots[REASON]))
    return fitted or [c.Clarify()]


def _in_doubt(understood: Understood, reading: Reading, whole: Guess) -> Understood:
    """The flow to which the likeliest intents lead together; else what the rules made of it; if
    that is nothing, a choice between the likeliest flows."""
    if reading.turned(Turned.DENIED) or reading.turned(Turned.REPORTED):
        return understood
    if reading.view.flow is None and (command := _together(understood, reading, whole)):
        told = {one.slot: one.value for one in understood.commands if isinstance(one, c.SetSlot)}
        start = c.StartFlow(command.flow, {**command.slots, **told})
        return replace(understood, commands=(start,), source=SOURCE)
    if any(not isinstance(one, c.Clarify) or one.flows for one in understood.commands):
        return _with_nearest(understood, reading, whole)
    best = whole.ranked[0][1]
    close = [label for label, score in whole.ranked if score >= max(PLAUSIBLE, best - CLOSE)]
    flows = flows_of(close, reading)
    if not flows or reading.view.flow is not None:
        return understood
    return replace(understood, commands=(c.Clarify(flows),), source=SOURCE)


def _with_nearest(understood: Understood, reading: Reading, whole: Guess) -> Understood:
    """Where the rules ask which flow is meant: the likeliest first, theirs behind."""
    asked = [one.flows for one in understood.commands if isinstance(one, c.Clarify) and one.flows]
    if not asked or reading.view.flow is not None:
        return understood
    shares = shares_of(whole.ranked, reading)
    likely = (flow for flow, share in shares.items() if share >= WORTH_A_BUTTON)
    near = sorted(likely, key=lambda flow: -shares[flow])
    if not near:
        return understood
    offered = c.Clarify(tuple(dict.fromkeys((*near, *asked[0]))))
    rest = [one for one in understood.commands if not isinstance(one, c.Clarify)]
    return replace(understood, commands=(*rest, offered), source=SOURCE)
