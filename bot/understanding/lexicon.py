"""The word lists (`words/<language>.yml`), compiled: what a customer may call things.

Keys of a list, all optional:

- intents: `refund`, `cancel_order`, `order_status`, `request_status`, `withdraw`, `human`,
  `other_service`, `cancel`, `policy` (a question of the shop's rules), `question` (any question)
- answers: `agree`, `deny`, `filler` (may stand beside a clear yes or no), `received`, `all`,
  `latest`, `no_photo`, `negation` (right before something that is thereby denied)
- `reasons`: reason -> patterns
- `also` (one more is named)
- `swaps` (with a colour or a size: that one is wanted for another)
- `papers` (what may be missed and comes with no parcel: invoices, coupons)
- `calls_off` (said of an order: that it shall be cancelled), `called_off` (any form of that word)
- `about` (at the beginning: says what it is about, and not what is wanted)
- `languages`: locale -> what the language is called; `speak`: ways to ask for the language NAME
- repair: `correction`, `other_order`, `other_item`, `change_order`, `change_items`,
  `change_quantity`, `change_reason`
- moods: `upset` (a person should take over), `negative`, `positive`; right before such a word
  `very`, `softly`, `turned` (it means the opposite); `signals`: signal -> patterns
- `danger` (a product hurt somebody or may: a person should take over, too)
- small talk: `greeting`, `thanks`, `bye`, `help`
- padding: `opening`, `closing` (said around what is wanted)

Patterns are regular expressions. In spaced scripts each stands for whole words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""By libyaml where PyYAML was built with it: every start reads the lists."""
WORDS: Final = Path(__file__).parent / "words"
UNSPACED: Final = ("zh", "ja", "ko")
LATIN: Final = ("en", "es", "de", "fr", "pt", "it")
LATIN_ONLY: Final = "latin"
OTHER_ONLY: Final = "other"
MIXED: Final = "mixed"

_LOOSE = re.compile(r"[\s\W_]+")
_LATIN_LETTER = re.compile(r"[A-Za-zÀ-ɏ]")
_EDGE = re.compile(r"^[\s,，、。.!！?？~～:：;；…-]+")


class Lexicon:
    """All languages' lists in one: customers mix languages, and words rarely mean two things."""

    def __init__(self, lists: Mapping[str, Mapping[str, Any]]) -> None:
        self._pieces: dict[str, dict[str, str]] = {}
        self._compiled: dict[tuple[str, str], re.Pattern[str] | None] = {}
        for language, words in lists.items():
            for key, given in _spelled_out(words).items():
                if isinstance(given, Mapping):
                    for name, listed in given.items():
                        self._extend(f"{key}.{name}", listed, language)
                else:
                    self._extend(key, given, language)

    def _extend(self, key: str, given: Sequence[str], language: str) -> None:
        # Longest first: of two that begin alike the more telling one is found.
        joined = "|".join(f"(?:{one})" for one in sorted(given, key=len, reverse=True))
        if language not in UNSPACED:
            joined = joined.replace("'", "'?")  # people leave it out: dont, whats
            joined = rf"(?<!\w)(?:{joined})(?!\w)"
        self._pieces.setdefault(key, {})[language] = f"(?:{joined})"

    def _pattern(self, key: str, text: str) -> re.Pattern[str] | None:
        """The key's words in the languages the text may be in: half the time of all of them."""
        script = _script(text)
        if (script, key) not in self._compiled:
            pieces = [
                piece
                for language, piece in self._pieces.get(key, {}).items()
                if script == MIXED or (language in LATIN) == (script == LATIN_ONLY)
            ]
            pattern = re.compile("|".join(pieces), re.IGNORECASE) if pieces else None
            self._compiled[script, key] = pattern
        return self._compiled[script, key]

    def keys(self, family: str) -> list[str]:
        """Names in a family such as `reasons`."""
        start = f"{family}."
        return [key.removeprefix(start) for key in self._pieces if key.startswith(start)]

    def spans(self, key: str, text: str) -> Iterator[tuple[int, int]]:
        """Where words of the key stand."""
        pattern = self._pattern(key, text)
        for found in pattern.finditer(text) if pattern else ():
            if found.end() > found.start():
                yield found.span()

    def has(self, key: str, text: str) -> bool:
        """Whether a word of the key stands in the text."""
        return next(self.spans(key, text), None) is not None

    def is_only(self, key: str, text: str) -> bool:
        """Whether the text says this and nothing else: its words, fillers, punctuation."""
        rest = self._without(key, text)
        if rest == text:
            return False
        return not _LOOSE.sub("", self._without("filler", rest))

    def padding_before(self, text: str) -> int:
        """How many characters of the start are a mere opening ("hello, are you there")."""
        end = 0
        while found := self._at("opening", text, end):
            end = len(text) - len(_EDGE.sub("", text[found:]))
        return end

    def padding_after(self, text: str) -> int:
        """Where a mere closing ("thanks in advance") begins at the end of the text."""
        for start, end in self.spans("closing", text):
            if not _LOOSE.sub("", text[end:]):
                return start
        return len(text)

    def denied(self, text: str, start: int) -> bool:
        """Whether a negation stands right before a place."""
        return self.before("negation", text, start)

    def before(self, key: str, text: str, start: int) -> bool:
        """Whether a word of the key stands right before a place."""
        before = text[max(0, start - 24) : start].rstrip()
        return any(end == len(before) for _, end in self.spans(key, before))

    def _at(self, key: str, text: str, place: int) -> int:
        """Where words of the key end that begin at a place; 0 if none does."""
        pattern = self._pattern(key, text)
        found = pattern.match(text, place) if pattern else None
        return found.end() if found else 0

    def _without(self, key: str, text: str) -> str:
        pattern = self._pattern(key, text)
        return pattern.sub(" ", text) if pattern else text


@lru_cache(maxsize=256)
def _script(text: str) -> str:
    if text.isascii():
        return LATIN_ONLY
    return MIXED if _LATIN_LETTER.search(text) else OTHER_ONLY


def _spelled_out(words: Mapping[str, Any]) -> Mapping[str, Any]:
    """With `language`: each way to ask for a language (`speak`), for each name of one."""
    ways, names = words.get("speak", ()), words.get("languages", {})
    rest = {key: given for key, given in words.items() if key not in ("speak", "languages")}
    asked = {
        locale: [way.replace("NAME", f"(?:{name})") for way in ways]
        for locale, name in names.items()
    }
    return {
        **rest,
        "language": asked,
        "language_name": [rf"\w*(?:{name})" for name in names.values()],
    }


@lru_cache(maxsize=1)
def shipped_lexicon() -> Lexicon:
    """The lists that come with the product."""
    return Lexicon(
        {
            file.stem: yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506
            for file in sorted(WORDS.glob("*.yml"))
        }
    )
