"""What he changes of an address that is shown to him: its house number, a flat, one word of it.

Only what surely names a part replaces it. Words that name no part of an address are none of ours:
the address stays, and he is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogs.parts.addresses import is_part, unpadded

MAX_WORDS: Final = 60
"""Characters in which a part of an address is amended."""

_LEADS: Final = re.compile(
    r"^(?:\W*\b(?:no|nope|nein|non|and|und|y|et|e|also|auch|yes|sorry|please|bitte|add|it'?s|it is"
    r"|that'?s|with|plus|noch|ist|its?|in|the|make it|should be|aber|but)\b)+\W*"
    r"|^(?:不对|不是|不|再?加上?|补充|補充|还有|是)+\W*",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(
    r"\b(?:apartment|apt|flat|unit|suite|ste|room|floor|fl|door|building|bldg|block|entrance|gate"
    r"|stock|etage|og|wohnung|whg|zimmer|hinterhaus|vorderhaus|aufgang|eingang|tür|top"
    r"|piso|puerta|planta|escalera|portal|apartamento|departamento|bajo"
    r"|étage|etage|appartement|appt?|bâtiment|bât|escalier|porte|interno|scala|piano)\b"
    r"|[\u4e00-\u9fff\d](?:室|幢|栋|棟|单元|單元|层|層|楼|樓|階|号室)",
    re.IGNORECASE,
)
_HOUSE: Final = re.compile(
    r"^(?:the )?(?:house ?(?:number|no\.?|nr\.?)|hausnummer|haus-?nr\.?|n[uú]mero|num[eé]ro|civico"
    r"|(?:house )?number|nr\.?|no\.?|门牌号?码?|門牌號?碼?)"
    r"\s*(?:is|ist|es|est|should be|是|为|為|:|：)*\s*"
    r"(?P<number>\d{1,5} ?(?:[a-z]\b)?(?:[-/]\d{1,4})?)\s*[号號]?$",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(?<!\w)\d{1,5} ?(?:[a-z]\b)?(?:[-/]\d{1,4})?(?!\w)", re.IGNORECASE)
_HAN_NUMBER: Final = re.compile(r"\d{1,5}(?=[号號])")
_NOT_BUT: Final = (
    re.compile(
        r"^(?:not|nicht|pas|non|no)\s+(?P<old>[^,;]{1,40}?)\s*"
        r"(?:[,;]\s*(?:but|sondern|sino|mais|ma)?|\b(?:but|sondern|sino|mais|ma)\b)\s*"
        r"(?P<new>[^,;]{1,40})$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?P<new>[^,;]{1,40}?)\s*,?\s*\b(?:not|nicht|instead of|statt|rather than|pas|no)\s+"
        r"(?P<old>[^,;]{1,40})$",
        re.IGNORECASE,
    ),
    re.compile(r"^不是(?P<old>[^,，]{1,20})[,，]?(?:而?是)(?P<new>[^,，]{1,20})$"),
    re.compile(r"^是?(?P<new>[^,，]{1,20})[,，]?(?:不是|而不是)(?P<old>[^,，]{1,20})$"),
)
_OF_STREETS: Final = re.compile(
    r"\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq|terrace"
    r"|place|pl|way|close|crescent|highway|hwy|parkway|pkwy|quay|mews|row|hill"
    r"|rue|chemin|impasse|quai|allée|calle|avenida|avda|plaza|paseo|camino|via|viale|piazza|corso"
    r"|rua|travessa|weg|platz|gasse|ring|damm|ufer|am|an der|auf der)\b"
    r"|(?:straße|strasse|str|weg|platz|allee|gasse|ring|damm|ufer|stieg|markt)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_PARTS: Final = ("line1", "line2", "city", "region", "postal_code")


def amended(address: Mapping[str, str], words: str) -> dict[str, str] | None:
    """`address` with what `words` change or add of it; None if they surely name no part of it."""
    said = unpadded(words[: MAX_WORDS + 1]).strip().rstrip(".!。！").strip()
    if not said or len(said) > MAX_WORDS or "\n" in said:
        return None
    found = _one_for_another(address, said)
    if found is None and not re.search(r"[,;，；]", part := _LEADS.sub("", said).strip()):
        found = _numbered(address, part) or _with_unit(address, part) or _on(address, part)
    return found if found != dict(address) else None


def _one_for_another(address: Mapping[str, str], said: str) -> dict[str, str] | None:
    """ "Not 9, 19", "Dallas, not Austin": where one part alone holds the old word."""
    for pattern in _NOT_BUT:
        if (named := pattern.match(said)) is None:
            continue
        escaped = re.escape(named["old"].strip())
        han = re.search(r"[\u4e00-\u9fff]", escaped)
        old = re.compile(escaped if han else rf"(?<!\w){escaped}(?!\w)", re.IGNORECASE)
        new = named["new"].strip()
        holding = [part for part in _PARTS if len(old.findall(address.get(part, ""))) == 1]
        if len(holding) == 1 and new:
            (part,) = holding
            found = old.search(address[part])
            if found:
                before, behind = address[part][: found.start()], address[part][found.end() :]
                return {**address, part: before + new + behind}
    return None


def _numbered(address: Mapping[str, str], said: str) -> dict[str, str] | None:
    """ "House number 5": within the street, where that has one number."""
    if (named := _HOUSE.match(said)) is None:
        return None
    street = address["line1"]
    han = re.search(r"[\u4e00-\u9fff]", street)
    pattern = _HAN_NUMBER if han else _NUMBER
    if len(pattern.findall(street)) != 1:
        return None
    return {**address, "line1": pattern.sub(lambda _: named["number"].strip(), street)}


def _with_unit(address: Mapping[str, str], said: str) -> dict[str, str] | None:
    """ "Apartment 4": beside the street, in place of such a one that stands there."""
    if not _UNIT.search(said) or _OF_STREETS.search(said) or len(said.split()) > 5:
        return None
    if not re.search(r"\d", said) and len(said.split()) < 2:
        return None
    if re.search(r"[\u4e00-\u9fff]", address["line1"]) and _UNIT.search(address["line1"]):
        return None  # the street's line has one: which is meant isn't told
    before = [one.strip() for one in address.get("line2", "").split(",") if one.strip()]
    kinds = _kinds(said)
    kept = [one for one in before if not _kinds(one) & kinds]
    return {**address, "line2": ", ".join([*kept, said])}


def _kinds(words: str) -> set[str]:
    return {found[0].casefold()[-12:].lstrip("0123456789") for found in _UNIT.finditer(words)}


def _on(address: Mapping[str, str], said: str) -> dict[str, str] | None:
    """ "19 Pine Rd": a street, which has a street's word or shares its name with the one shown."""
    if not re.search(r"\d", said) or _UNIT.search(said) or len(said.split()) > 5:
        return None
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", said) or not is_part(said):
        return None
    names = {word.casefold() for word in _WORD.findall(said)}
    shown = {word.casefold() for word in _WORD.findall(address["line1"])}
    if not names or not (_OF_STREETS.search(said) or names & shown):
        return None
    return {**address, "line1": said}
