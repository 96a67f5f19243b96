"""Which language is a message in? By script, then by frequent words; in doubt, the one before.

A short or mixed message ("ok", an order number, a product's name) keeps the language of the
conversation: changing it back and forth disturbs more than a late change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

MIN_WORDS: Final = 2
"""Frequent words needed to leave the conversation's language for another of the same script."""
MIN_HAN: Final = 2
"""Chinese characters that count as a sentence, where a Latin-script language was spoken before."""

_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")

_TRADITIONAL: Final = frozenset(
    "們個這來時說會嗎訂單貨錢號買賣還應該沒對請問題謝開關點過見費運東麼樣從兩後數據麗"
    "讓給導轉員發現實質壞損貼換選擇遞達聯繫電話郵"
)
_SIMPLIFIED: Final = frozenset(
    "们个这来时说会吗订单货钱号买卖还应该没对请问题谢开关点过见费运东么样从两数据丽"
    "让给导转员发现实质坏损贴换选择递达联电话邮"
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FREQUENT: Final[Mapping[str, frozenset[str]]] = {
    "en": _words(
        """the i my is to a it want where and of for you please was have not this that what how
        can when with refund order are on in me hello hi thanks but no yes do don't i'd i'm it's
        would like return"""
    ),
    "es": _words(
        """el la los las de que y quiero mi pedido es un una por para donde dónde está no con hola
        gracias reembolso devolver cuándo mis se ha me necesito favor"""
    ),
    "de": _words(
        """der die das ich möchte mein meine und ist nicht bitte wo ein eine bestellung mit für
        auf hallo danke wann zurück rückerstattung erstattung paket habe wie es zu von"""
    ),
    "fr": _words(
        """le la les je ma mon et est un une pour où bonjour merci commande remboursement voudrais
        veux colis pas de du des mes que j'ai quand avec s'il vous plaît c'est"""
    ),
}
_LETTERS: Final[Mapping[str, str]] = {"es": "ñ¿¡", "de": "ßäöü", "fr": "çœêèàù"}


def is_frequent(word: str) -> bool:
    """Whether it is one of the words people use all the time in a language known here."""
    folded = word.casefold()
    return any(folded in frequent for frequent in _FREQUENT.values())


def detect(text: str, earlier: str | None, hint: str | None, served: Collection[str]) -> str | None:
    """The locale of `text` among `served`; None when nothing tells and nothing was before.

    `earlier` is the conversation's locale, `hint` what the channel says of the customer.
    """
    found = _by_script(text, earlier) or _by_words(text, earlier)
    if found in served:
        return found
    if earlier in served:
        return earlier
    return _from_tag(hint, served)


def _by_script(text: str, earlier: str | None) -> str | None:
    if len(_KANA.findall(text)) >= MIN_HAN:
        return "ja"
    han = _HAN.findall(text)
    if not han or (earlier == "ja" and not _only_chinese(han)):
        return None
    if earlier and not earlier.startswith("zh") and len(han) < MIN_HAN:
        return None
    # A name or two in Chinese does not make an English sentence Chinese.
    if len(_WORD.findall(_HAN.sub(" ", text))) > len(han):
        return None
    traditional = sum(character in _TRADITIONAL for character in han)
    simplified = sum(character in _SIMPLIFIED for character in han)
    if traditional == simplified:
        return earlier if earlier and earlier.startswith("zh") else "zh-CN"
    return "zh-TW" if traditional > simplified else "zh-CN"


def _only_chinese(han: list[str]) -> bool:
    return any(character in _SIMPLIFIED for character in han)


def _by_words(text: str, earlier: str | None) -> str | None:
    words = [word.casefold() for word in _WORD.findall(text)]
    scores = {
        locale: sum(word in frequent for word in words)
        + sum(letter in text.casefold() for letter in _LETTERS.get(locale, ""))
        for locale, frequent in _FREQUENT.items()
    }
    best = max(scores.values())
    leaders = [locale for locale, score in scores.items() if score == best]
    if best == 0 or len(leaders) > 1:
        return None
    if earlier and best < MIN_WORDS:
        return None
    if earlier in scores and best <= scores[earlier]:
        return None
    return leaders[0]


def _from_tag(tag: str | None, served: Collection[str]) -> str | None:
    """A served locale for a channel's language tag (`zh-hans`, `en-GB`, `pt-br`)."""
    parts = (tag or "").replace("_", "-").lower().split("-")
    if parts[0] == "zh":
        wanted = "zh-TW" if {"tw", "hk", "mo", "hant"} & set(parts) else "zh-CN"
        return wanted if wanted in served else None
    return next((locale for locale in served if locale.lower() == parts[0]), None)
