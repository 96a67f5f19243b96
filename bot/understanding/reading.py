"""One message under the rules' eyes: its text, what was found in it, and what is asked just now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import islice
from typing import Final

from rapidfuzz.fuzz import WRatio

from bot.dialogs.slots import FACTOR, ORDER
from bot.understanding import entities
from bot.understanding.base import DialogView, Span
from bot.understanding.denials import Turned, turned
from bot.understanding.language import is_frequent
from bot.understanding.left_alone import is_left_alone
from bot.understanding.lexicon import Lexicon
from bot.understanding.signals import find_signals
from bot.understanding.slots.variants import colours, sizes

MOST: Final = 20
"""How often one wish or reason is looked for in a text: "refund" 2,500 times says nothing more,
and each is compared with all others."""
INTENTS: Final = (
    "refund",
    "cancel_order",
    "order_status",
    "request_status",
    "withdraw",
    "cancel",
    "policy",
    "other_service",
)
SWAP: Final = "swap"
"""An intent that is seen by two words, not one: another colour or size of a thing is wanted."""
REPAIRS: Final = (
    "other_order",
    "other_item",
    "change_order",
    "change_items",
    "change_reason",
    "change_quantity",
)
_TURNED_ROUND: Final = ("refund", "cancel_order", "other_service", SWAP)
"""Wishes that a denial, or that they were done already, makes none."""
_WISH: Final = {"cancel": "cancel_order"}
"""What is meant by "don't cancel": not that something under way is to be left."""
_NO_OBJECT = re.compile(r"\s*(?:(?:it|that|them|sie|lo|la)\b)?(?:了|吧)?\s*(?:$|[,.;!?，。；！？])")
"""Behind "don't cancel": of what was wished for just now, not of another thing."""
_DENYING = re.compile(
    r"(?:[,;]|\b(?:and|but|und|et|y))*\s*(?:\bnot|\bno|\bnicht|\bpas|\bkeine?n?|\bno|不是|不要|而不是|别)"
    r"(?:\s+(?:for|an?|the|to|eine?n?|un[ea]?))*\s*$",
    re.IGNORECASE,
)
"""Right before what is denied, and of no use without it."""
BETWEEN: Final = 4
"""Characters between what denies a wish and the wish: "to", a space."""
LABEL_SCORE: Final = 88.0
LABEL_LEAD: Final = 6.0
LABEL_LENGTH: Final = 40

MAX_ITEM: Final = 60
"""Characters in which an item is named."""
EDGE: Final = " ,，。.!！?？:：;；、-"
NAME_LIKE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff]{1,}|[^\\W\\d_]{3,}")
"""What may name an item."""

_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\u3040-\u30ff"
_CLAUSE_END = re.compile(
    r"[,，。;；!！?？\n]|(?<!\d)\.(?!\d)|\b(?:and|und|et|y)\b|还有|另外|顺便|而且|以及|(?<=[てで])、"
)
_OF_NO_ITEM = re.compile(
    r"address|地址|住所|adress|direcci|indirizzo|endere|адрес|주소|\bcard\b|pa(?:y|id)|付款|支付",
    re.IGNORECASE,
)
"""What else is changed, whose words may hold a colour ("Red Lion Square")."""
_ANOTHER_SIZE = re.compile(
    r"[大小]一?(?:码|碼|号|號)|\b(?:bigger|smaller|larger) (?:size|one)\b|\bsize (?:up|down)\b"
    r"|\bnummer (?:gr(?:ö|oe)(?:ß|ss)er|kleiner)\b|\btalla m[aá]s\b"
    r"|\btaille (?:au-dessus|en dessous)\b",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"[{_HAN}]|[^\W\d_]+")
_LATIN_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Reading:
    """A normalised text and what can be seen in it without deciding anything.

    `today` is the day it was written on in the shop's zone, `locale` the language it is in.
    """

    text: str
    view: DialogView
    lexicon: Lexicon
    today: date | None = None
    locale: str = ""

    @cached_property
    def entities(self) -> list[Span]:
        """Numbers, proofs, quantities."""
        expected = self.view.awaited == FACTOR or self.view.flow == "verify_identity"
        return entities.find_entities(
            self.text,
            tail_expected=expected,
            today=self.today,
            locale=self.locale,
            order_expected=self.view.awaited == ORDER,
        )

    def values(self, kind: str) -> list[str]:
        """Values of the entities of a kind; of orders only those that something is wished for."""
        return [
            span.value
            for span in self.entities
            if span.kind == kind
            and not (
                kind == entities.ORDER_NUMBER and is_left_alone(self.text, span.start, span.end)
            )
        ]

    @property
    def quantity(self) -> str | None:
        """The quantity he names, if it is one. Several belong to different things: then the one
        that stands with what is wrong ("bought six, two of them don't work")."""
        spans = [span for span in self.entities if span.kind == entities.QUANTITY]
        named = {span.value for span in spans}
        if len(named) > 1:
            clauses = [self.clause_of(one.start) for one in self._reasons]
            named = {
                span.value
                for span in spans
                if any(start <= span.start < end for start, end in clauses)
            }
        return named.pop() if len(named) == 1 else None

    @property
    def intents(self) -> list[Span]:
        """What he asks for, by position. Of overlapping readings the longest holds."""
        taken_back = {
            _WISH.get(span.kind, span.kind): span.start
            for span, how in self._named
            if how is Turned.DENIED and _NO_OBJECT.match(self.text, span.end)
        }
        return [
            span
            for span, how in self._named
            if how is None and span.start >= taken_back.get(span.kind, 0)
        ]

    def without_denied(self) -> Reading:
        """What is left where he says what he does not want beside what he wants: "don't exchange
        it, I want a refund" asks for the refund alone, with the words said for it."""
        wanted = self.intents
        denied = [
            span
            for span, how in self._named
            if how is Turned.DENIED or (how is None and span not in wanted)
        ]
        if not wanted or not denied:
            return self
        kept = list(self.text)
        for span in denied:
            start, end = self.clause_of(span.start)
            beside = [one for one in wanted if start <= one.start < end]
            if any(one.start < span.start for one in beside):
                before = _DENYING.search(self.text, 0, span.start)
                start, end = before.start() if before else span.start, span.end
            elif beside:
                end = span.end
            kept[start : max(end, span.end)] = " " * (max(end, span.end) - start)
        return replace(self, text="".join(kept).strip().lstrip(EDGE))

    def turned(self, how: Turned) -> frozenset[str]:
        """Kinds of wishes named that are none: not wanted, or done already, and no wish beside."""
        named = {_WISH.get(span.kind, span.kind) for span, one in self._named if one is how}
        places = islice(self.lexicon.spans("called_off", self.text), MOST)
        if any(turned(self.text, start, end) is how for start, end in places):
            named.add("cancel_order")
        return frozenset(named) - {span.kind for span in self.intents}

    @cached_property
    def _named(self) -> list[tuple[Span, Turned | None]]:
        found = [
            Span(intent, start, end, self.text[start:end])
            for intent in INTENTS
            for start, end in islice(self.lexicon.spans(intent, self.text), MOST)
        ]
        found += self._swaps()
        kept: list[Span] = []
        for span in sorted(found, key=lambda one: one.start - one.end):
            if self._is_of_papers(span):
                continue
            if all(span.end <= other.start or span.start >= other.end for other in kept):
                kept.append(span)
        return [(span, self._turned(span)) for span in sorted(kept, key=lambda one: one.start)]

    def _turned(self, span: Span) -> Turned | None:
        off = span.kind == "cancel" and self.lexicon.has("calls_off", span.value)
        if span.kind not in _TURNED_ROUND and not off:
            return None
        return turned(self.text, span.start, span.end)

    def _swaps(self) -> Iterator[Span]:
        """Wishes to have a thing in another colour or size: the word for swapping, and in the same
        part of the sentence which ("the tee for blue")."""
        for start, end in islice(self.lexicon.spans("swaps", self.text), MOST):
            clause = slice(*self.clause_of(start))
            words = self.text[clause]
            named = colours(words) or sizes(words) or _ANOTHER_SIZE.search(words)
            if named and not _OF_NO_ITEM.search(words):
                yield Span(SWAP, start, end, self.text[start:end])

    def _is_of_papers(self, span: Span) -> bool:
        """Whether "where is …" is said of an invoice, or the like: no parcel's news answer that."""
        if span.kind != "order_status":
            return False
        papers = self.lexicon.spans("papers", self.text)
        within = any(start <= span.end + 1 and span.start < end for start, end in papers)
        return within or self.lexicon.before("papers", self.text, span.start)

    @cached_property
    def reasons(self) -> list[str]:
        """Reasons named and not denied, by position."""
        return [span.value for span in self._reasons if span.kind == "reason"]

    @cached_property
    def denied_reasons(self) -> list[str]:
        """Reasons named only to deny them ("not damaged")."""
        return [span.value for span in self._reasons if span.kind == "denied"]

    @cached_property
    def _reasons(self) -> list[Span]:
        found = [
            Span("reason", start, end, reason)
            for reason in self.lexicon.keys("reasons")
            for start, end in islice(self.lexicon.spans(f"reasons.{reason}", self.text), MOST)
        ]
        kept: list[Span] = []
        unwanted = [span.start for span, how in self._named if how is Turned.DENIED]
        for span in sorted(found, key=lambda one: one.start - one.end):
            if any(span.start <= place <= span.end + BETWEEN for place in unwanted):
                continue  # "I don't want to cancel" is no "I don't want it"
            if all(span.end <= other.start or span.start >= other.end for other in kept):
                denied = self.lexicon.denied(self.text, span.start)
                kept.append(Span("denied" if denied else "reason", *_place(span), span.value))
        return sorted(kept, key=lambda one: one.start)

    @cached_property
    def signals(self) -> list[Span]:
        """What a person at the desk should be told."""
        return find_signals(self.text, self.lexicon, self.entities)

    def has(self, key: str) -> bool:
        """Whether a word of the lexicon's key stands in the text."""
        return self.lexicon.has(key, self.text)

    def is_only(self, key: str) -> bool:
        """Whether the text says this and nothing else."""
        return self.lexicon.is_only(key, self.text)

    @cached_property
    def corrects(self) -> bool:
        """Whether it takes something back, beyond a mere no."""
        if any(self.has(key) for key in REPAIRS):
            return True
        denials = set(self.lexicon.spans("deny", self.text))
        return any(span not in denials for span in self.lexicon.spans("correction", self.text))

    def starts_with(self, key: str) -> bool:
        """Whether the text begins with a word of the key."""
        return any(start == 0 for start, _ in self.lexicon.spans(key, self.text))

    @property
    def is_question(self) -> bool:
        """Whether it asks something."""
        return self.text.endswith(("?", "？")) or self.has("question")

    @property
    def is_wordy(self) -> bool:
        """Whether it looks like said in words: a few Chinese characters, or known words.

        Struck keys ("asdf qwer") are words of no language here.
        """
        words = _WORDS.findall(self.text)
        if sum(1 for word in words if re.match(f"[{_HAN}]", word)) >= 3:
            return True
        known = sum(len(_LATIN_WORD.findall(self.text[a:b])) for a, b in self._known_words())
        return len(words) >= 2 and (known > 0 or self._common_words() >= 1)

    def _known_words(self) -> list[tuple[int, int]]:
        spans = [(span.start, span.end) for span in (*self.intents, *self._reasons)]
        for key in ("agree", "deny", "received", "correction", "question", "negative", "all"):
            spans.extend(self.lexicon.spans(key, self.text))
        return spans

    def _common_words(self) -> int:
        return sum(is_frequent(word) for word in _LATIN_WORD.findall(self.text))

    def begins_with_reason(self) -> bool:
        """Whether it begins by saying what is wrong: "no longer needed" is no no."""
        return any(span.start == 0 for span in self._reasons)

    def thing_besides(self, key: str) -> str:
        """The thing named besides the words of the key, of taking back and of what is wrong ("no,
        the other order, the coat"); empty where nothing is left that could name one."""
        if self.intents or self.is_question:
            return ""
        rest = list(self.text)
        said = (
            span
            for one in (key, "correction", "deny")
            for span in self.lexicon.spans(one, self.text)
        )
        for start, end in (*said, *map(_place, self._reasons)):
            rest[start:end] = " " * (end - start)
        named = " ".join("".join(rest).split()).strip(EDGE).removeprefix("是").strip(EDGE)
        if not NAME_LIKE.search(named) or len(named) > MAX_ITEM:
            return ""
        return "" if self.lexicon.is_only("filler", named) else named

    def clause_of(self, start: int) -> tuple[int, int]:
        """The part of the sentence around a place."""
        left, right = 0, len(self.text)
        for end in _CLAUSE_END.finditer(self.text):
            if end.end() <= start:
                left = end.end()
            elif end.start() >= start:
                right = end.start()
                break
        return left, right

    def label_typed(self) -> str | None:
        """The value of the option whose label he typed."""
        typed = _bare(self.text)
        for option in self.view.options:
            if typed and _bare(option.label) == typed:
                return option.value
        return None

    def label_meant(self) -> str | None:
        """The value of the one option whose label he typed nearly, or a telling part of it."""
        typed = _bare(self.text)
        if not 2 <= len(typed) <= LABEL_LENGTH or not _WORDS.search(typed):
            return None
        if is_frequent(typed) or self.is_only("agree") or self.is_only("deny"):
            return None  # a bare "no" is no telling part of "No longer wanted"
        scores = sorted(
            (
                (WRatio(typed, _bare(option.label)), option.value)
                for option in self.view.options
                if option.label
            ),
            reverse=True,
        )
        if not scores or scores[0][0] < LABEL_SCORE:
            return None
        if len(scores) > 1 and scores[0][0] - scores[1][0] < LABEL_LEAD:
            return None
        return scores[0][1]

    def numbers_picked(self) -> Sequence[str]:
        """Values of the options whose numbers he typed; none if a number is not on offer."""
        numbers = entities.picked_numbers(self.text)
        options = self.view.options
        if not numbers or not all(1 <= number <= len(options) for number in numbers):
            return ()
        return tuple(dict.fromkeys(options[number - 1].value for number in numbers))


def _bare(text: str) -> str:
    return text.casefold().strip(" .!?。！？")


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end
