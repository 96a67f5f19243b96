"""Finds postal addresses in a text, by the forms they have in a few countries. Not all are found:
a street without a number, or one in a form not listed, reads like any other words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_HAN = "\u4e00-\u9fff"
_NUMBER = r"\d{1,5}(?:[A-Za-z]\b|(?:-\d{1,4}))?"

_CHINESE = re.compile(
    rf"(?:[{_HAN}]{{2,8}}?(?:省|自治区|特别行政区))?"
    rf"(?:[{_HAN}]{{2,8}}?(?:市|自治州|地区))?"
    rf"(?:[{_HAN}]{{1,8}}?[区區县縣旗])?"
    rf"(?:[{_HAN}]{{1,8}}?(?:镇|鎮|乡|鄉|街道))?"
    rf"[{_HAN}]{{1,12}}?(?:路|街|大道|巷|弄|胡同|村|小区|小區|花园|花園|大厦|大廈)"
    rf"[东西南北東中]?段?[ ]?(?:\d{{1,5}}|[一二三四五六七八九十百]{{1,5}})[ ]?"
    rf"(?:号|號|弄|栋|棟|幢|座|室|单元|單元|楼|樓)"
    rf"(?:[ ,，]?[{_HAN}A-Za-z\d-]{{1,14}}?(?:号|號|弄|栋|棟|幢|座|室|单元|單元|楼|樓|层|層|房))*"
    rf"(?:[ ,，]?\d{{2,5}}(?![{_HAN}\d]))?"
)
_JAPANESE = re.compile(
    r"〒 ?\d{3}-\d{4}|"
    rf"[{_HAN}]{{2,3}}[都道府県][{_HAN}\u3040-\u30ff]{{1,12}}?[市区町村郡]"
    rf"[{_HAN}\u3040-\u30ff]{{0,14}}(?:\d{{1,4}}(?:丁目|番地?|号|-)?){{1,4}}"
)
_STREET = (
    "street|str|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|"
    "terrace|place|pl|way|close|crescent|highway|hwy|parkway|pkwy"
)
_ENGLISH = re.compile(
    rf"(?<![\w-]){_NUMBER},? (?:[A-Z0-9][\w'.-]* ){{1,4}}(?i:{_STREET})\b\.?"
    rf"(?:,? (?i:apt|apartment|suite|ste|unit|flat|floor|fl|#)\.? ?#?\w{{1,6}})?"
    rf"(?:,? [A-Z][a-z'.-]+(?: [A-Z][a-z'.-]+){{0,2}})?"
    r"(?:,? [A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|(?:,? [A-Z]{2}\b)?(?:,? \d{5}(?:-\d{4})?)?)"
)
_GERMAN = re.compile(
    rf"\b[A-ZÄÖÜ][\wäöüß.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer) {_NUMBER}"
    rf"(?:,? (?:D-)?\d{{5}} [A-ZÄÖÜ][\wäöüß-]+)?"
)
_ROMANCE = re.compile(
    rf"\b(?:{_NUMBER}(?: ?(?:bis|ter))?,? )?"
    r"(?:rue|avenue|boulevard|chemin|impasse|quai|calle|avenida|avda?\.?|plaza|paseo|"
    r"via|viale|piazza|corso|rua|travessa)"
    rf" [\w'’.-]+(?: [\w'’.-]+){{0,5}}?,? (?:n[ºo°]\.? ?)?{_NUMBER}(?:,? [A-ZÉ][\w-]+)?"
    r"|\b\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|impasse|quai|allée|place)"
    r"(?: (?:de|du|des|la|le|les|d'|l'))*(?: ?[A-ZÉÈ][\w'’-]+){1,4}(?:,? \d{5} [A-ZÉ][\w-]+)?",
    re.IGNORECASE,
)
_PATTERNS: Final = (_CHINESE, _JAPANESE, _ENGLISH, _GERMAN, _ROMANCE)
_POSSIBLE = re.compile(r"\d|[一二三四五六七八九十]")


def find_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand in the text; they may overlap."""
    if not _POSSIBLE.search(text):
        return
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            yield found.span()
