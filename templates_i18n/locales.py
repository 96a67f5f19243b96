"""The locales we speak, how a tag a channel reports maps to one, and what each falls back to."""

from __future__ import annotations

from typing import Final

DEFAULT: Final = "en"

FALLBACKS: Final[dict[str, tuple[str, ...]]] = {
    "zh-CN": ("zh-CN", "en"),
    "zh-TW": ("zh-TW", "zh-CN", "en"),
    "en": ("en",),
    "es": ("es", "en"),
    "de": ("de", "en"),
    "fr": ("fr", "en"),
    "ja": ("ja", "en"),
}
"""Locale -> where its texts are looked for, in order, itself first."""

BABEL: Final[dict[str, str]] = {
    "zh-CN": "zh_Hans_CN",
    "zh-TW": "zh_Hant_TW",
    "en": "en_US",
    "es": "es_ES",
    "de": "de_DE",
    "fr": "fr_FR",
    "ja": "ja_JP",
}
"""Locale -> the identifier whose rules for numbers, dates, lists and plurals Babel applies."""

_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})


def resolve(tag: str | None) -> str:
    """Map any BCP 47 or POSIX tag to a locale we speak: `zh-HK` to zh-TW, `de_AT.UTF-8` to de.

    Case and separators do not matter. An unknown, empty or missing tag gives `DEFAULT`.
    """
    subtags = (tag or "").split(".")[0].replace("_", "-").lower().split("-")
    language = subtags[0]
    if language == "zh":
        # The script outweighs the region: zh-Hans-HK is simplified.
        if "hans" in subtags:
            return "zh-CN"
        return "zh-TW" if _TRADITIONAL.intersection(subtags) else "zh-CN"
    return language if language in FALLBACKS else DEFAULT


def chain(locale: str) -> tuple[str, ...]:
    """Locales to look a text up in, in order. `locale` may be any tag."""
    return FALLBACKS[resolve(locale)]
