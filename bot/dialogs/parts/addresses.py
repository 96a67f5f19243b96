"""A postal address out of a customer's words. What can't be told apart stays in the first line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.understanding.language import is_frequent
from bot.understanding.lexicon import shipped_lexicon

MAX_TEXT: Final = 400
MAX_LINE: Final = 200

_POSTAL = re.compile(
    r"(?<![\w-])(\d{5}(?:-\d{4})?|\d{6}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2})(?![\w-])"
)
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）")
"""What stands in brackets is said about the address."""
_DENIED = re.compile(r"^\s*(?:no|nope|nein|non|不对|不是|不)\s*[,.，。!！;]\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"(?:address(?:es)?(?: (?:to be|to|is|should be))?|deliver(?:ed)? to|ship(?:ped)? (?:it )?to"
    r"|send (?:it )?to|move(?:d)? to|地址(?:改成|改为|改到|换成|是)?|送到|寄到|改成|改为)"
    r"\s*[:：]?\s*",
    re.IGNORECASE | re.DOTALL,
)
_SAID = re.compile(
    r"\b(?:address|orders?|send|ship|deliver|mov|chang|liv|goe?s?)\w*"
    r"|adress|anschrift|bestell|schick|liefer|ändern|wohn"
    r"|direcci|pedido|env[ií]|mand[ae]|cambi|\bvivo|adresse|commande|envo[iy]|livr|chang|habit"
    r"|indirizzo|ordine|spedi|endere|encomenda|envi|entreg",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(
    r"\b(?:to|at|is|be|into|auf|nach|zu|ist|lautet|an(?! de[rmn]\b)|in(?! de[rmn]\b)|al?|es"
    r"|por|para|à|au|est|par|sur)\s+|:\s*",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:\b(?:order|bestellung|pedido|commande|ordine)|订单|訂單|注文)"
    r"(?:\s*(?:number|no\.?|nr\.?|n[°º]|号|號|番号))?\s*[:：#]?\s*[A-Za-z]{0,4}[-/]?\d{3,}(?:-\d+)*"
    r"|(?<![\w-])[A-Za-z]{2,4}[-/]?\d{5,}(?:[-/]\d+)*(?!\w)",
    re.IGNORECASE,
)
"""The number of an order is no house's."""
_PLEASE = re.compile(
    r"(?:[\s,，]*(?:please|pls|thanks|thank you|bitte|danke|por favor|gracias|s'il vous pla[iî]t"
    r"|merci|谢谢(?:您|你|了)?|謝謝(?:您|你)?|多谢|麻烦了|お願いします))+[\s.!。！~～]*$",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"^(?P<region>[\u4e00-\u9fff]{2,8}?(?:省|自治区|特别行政区))?"
    r"(?P<city>[\u4e00-\u9fff]{2,8}?(?:市|自治州|盟))(?P<rest>.+)$"
)
_PART_OF_CHINESE = re.compile(
    r"[省市区縣县镇鎮乡鄉街巷弄村幢栋室町県]|路(?!上)|\d\s*[号號楼樓层]|大道|街道|大厦|大廈|公寓|小区|花园|单元|丁目|番地"
)
_NUMBER = r"\d{1,5}(?:[-/ ]?[a-z]|[-/]\d{1,4}|st|nd|rd|th|[ºª])?"
_NUMBERED = re.compile(rf"(?:#?{_NUMBER}\b.*|.*(?<!\w)#?{_NUMBER}\.?)", re.IGNORECASE | re.DOTALL)
"""A street has its number in front or at the end, and "wait 5 minutes" in the middle."""
_OF_STREETS: Final = re.compile(
    r"an?|am|and|at|aux?|d[aeiou]s?|de[imnrs]?|del(?:la)?|das|die|e|[ei]n|e[lt]|im|l[aeo]s?|of?|on|the|to"
    r"|und|um|y|zu[mr]?"
)
"""Frequent words that names of streets and places have, too."""
_CHINESE_CODE: Final = r"(?:(?:邮编|邮政编码|郵編|郵遞區號)[是为為:：\s]*)?(?<!\d)\d{6}(?!\d)"
_COUNTRIES: Final = {
    "usa": "US",
    "us": "US",
    "united states": "US",
    "china": "CN",
    "中国": "CN",
    "uk": "GB",
    "united kingdom": "GB",
    "germany": "DE",
    "deutschland": "DE",
    "france": "FR",
    "spain": "ES",
    "españa": "ES",
    "japan": "JP",
    "日本": "JP",
}


def read_address(words: str, country: str) -> dict[str, str] | None:
    """The address the words give, in the shape of a customer's; None if a street, a city, or a
    postal code where they are usual is missing. `country` if he names none (ISO 3166)."""
    text = _ORDER.sub(" ", _ASIDE.sub(" ", _DENIED.sub("", unpadded(words[:MAX_TEXT]))))
    text = text.strip().rstrip(".。!！")
    found = text[_begin(text) :]
    if re.search(r"[\u4e00-\u9fff]", found):
        return _chinese(found)
    pieces = [piece.strip() for piece in re.split(r"[,\n;]+", found) if piece.strip()]
    if len(pieces) > 1 and (named := _COUNTRIES.get(pieces[-1].casefold())):
        country = named
        pieces.pop()
    return _western(pieces, country)


def is_part(words: str) -> bool:
    """Whether the words may be a part of an address, written in a message of its own: they name a
    place as addresses do, and are no mere talk with a number in it ("hi 2 of you")."""
    text = unpadded(words[:MAX_TEXT])
    if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text):
        return bool(_PART_OF_CHINESE.search(text))
    if _POSTAL.search(text.upper()):
        return True
    pieces = [piece.strip() for piece in re.split(r"[,\n;]+", text)]
    if not any(_NUMBERED.fullmatch(piece) for piece in pieces):
        return False
    said = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", words[:MAX_TEXT].casefold())
    talk = [word for word in said if is_frequent(word) and not _OF_STREETS.fullmatch(word)]
    names = [word for word in said if not is_frequent(word)]
    return len(talk) < len(names) or not said


def read_street(words: str) -> str:
    """The street and number that are all the words give ("no, 19 Pine Rd"); empty for anything
    else, as a bare number is."""
    text = unpadded(_DENIED.sub("", words[:MAX_LINE])).strip().rstrip(".!")
    has_both = re.search(r"\d", text) and re.search(r"[^\W\d_]{3}", text)
    alone = not re.search(r"[,;\n\u3040-\u30ff\u4e00-\u9fff]", text) and len(text.split()) <= 5
    return text if has_both and alone and is_part(text) and not _POSTAL.search(text) else ""


def unpadded(words: str) -> str:
    """The words without a greeting before them and thanks behind."""
    words, lexicon = _PLEASE.sub("", words), shipped_lexicon()
    start, end = lexicon.padding_before(words), lexicon.padding_after(words)
    return words[start:end].strip(" ,，、") if start < end else ""


def _begin(text: str) -> int:
    """Where the address itself begins: behind the last words that lead to one, before its number.

    "to", "auf", "a" lead to it only behind words that speak of sending or changing something:
    streets have such words in their names, too.
    """
    number = re.search(r"\d", text)
    end = number.start() if number else len(text)
    ends = [lead.end() for lead in _LEAD.finditer(text, 0, end)]
    if said := _SAID.search(text, 0, end):
        ends += [lead.end() for lead in _LEADS_ON.finditer(text, said.end(), end)]
    return max(ends, default=0)


def one_line(address: Mapping[str, str]) -> str:
    """An address as one reads it out."""
    if re.search(r"[\u4e00-\u9fff]", address["line1"]):
        parts = ("region", "city", "line1", "line2")
        text = "".join(address.get(part, "") for part in parts)
        return f"{text} {address.get('postal_code', '')}".strip()
    tail = " ".join(filter(None, (address.get("region", ""), address.get("postal_code", ""))))
    lines = (address["line1"], address.get("line2", ""), address["city"], tail)
    return ", ".join(line for line in (*lines, address.get("country", "")) if line)


def _western(pieces: list[str], country: str) -> dict[str, str] | None:
    at = next((i for i in range(len(pieces) - 1, 0, -1) if _POSTAL.search(pieces[i])), None)
    if at is None:
        return None
    match = _POSTAL.search(pieces[at])
    code = match.group(1) if match else ""
    beside = " ".join(_POSTAL.sub(" ", pieces[at]).split())
    before = pieces[:at]
    after = pieces[at + 1 :]
    region, city = "", ""
    if re.fullmatch(r"[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?", beside) and len(before) > 1:
        region, city = beside, before.pop()
    elif found := re.fullmatch(r"(.+?)\s+([A-Z]{2})", beside):
        city, region = found.groups()
    elif beside:
        city = beside
    elif len(before) > 2 and re.fullmatch(r"[A-Z]{2}", before[-1]):
        region = before.pop()
        city = before.pop()
    elif len(before) > 1:
        city = before.pop()
    if after and not city:
        city = after[0]
    line1, *rest = before or [""]
    if not (line1 and city and any(char.isdigit() for char in line1)):
        return None
    return _made(line1, ", ".join(rest), city, region, code, country)


def _chinese(text: str) -> dict[str, str] | None:
    code = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    plain = re.sub(_CHINESE_CODE, "", text).replace("中国", "", 1)
    plain = re.sub(r"[,，、\s]+", "", plain)
    found = _CHINESE.match(plain)
    if found is None or len(found["rest"]) < 4:
        return None
    return _made(
        found["rest"], "", found["city"], found["region"] or "", code.group() if code else "", "CN"
    )


def _made(
    line1: str, line2: str, city: str, region: str, postal_code: str, country: str
) -> dict[str, str]:
    return {
        "line1": line1[:MAX_LINE],
        "line2": line2[:MAX_LINE],
        "city": city[:120],
        "region": region[:120],
        "postal_code": postal_code,
        "country": country,
    }
