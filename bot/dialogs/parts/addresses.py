"""A postal address out of a customer's words. What can't be told apart stays in the first line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.dialogs.parts.streets import country_by_street, split_street
from bot.understanding.language import is_frequent
from bot.understanding.lexicon import shipped_lexicon
from bot.understanding.normalise import normalise

MAX_TEXT: Final = 400
MAX_LINE: Final = 200

_POSTAL = re.compile(
    r"(?<![\w-])(?:(?:D|F|I|E|A|CH)-)?"
    r"(\d{5}(?:-\d{4})?|\d{6}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|\d{4} ?[A-Z]{2})(?![\w-])"
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
    r"(?:\b(?:on|of|for|from|in|von|für|de|del|para|pour)\s+(?:my\s+|the\s+)?)?(?:"
    r"(?:\b(?:order|bestellung|pedido|commande|ordine)|订单|訂單|注文)"
    r"(?:\s*(?:number|no\.?|nr\.?|n[°º]|号|號|番号))?\s*[:：#]?\s*[A-Za-z]{0,4}[-/]?\d{3,}(?:-\d+)*"
    r"|(?<![A-Za-z0-9_-])[A-Za-z]{2,4}[-/]?\d{5,}(?:[-/]\d+)*(?![A-Za-z0-9_]))",
    re.IGNORECASE,
)
"""The number of an order is no house's."""
_PLEASE = re.compile(
    r"(?:[\s,，.!]*(?:please|pls|thanks|thank you|instead|bitte|danke|stattdessen"
    r"|(?:zu )?(?:ver)?(?:schicken|senden|liefern|ändern|umleiten|zustellen)|por favor|gracias"
    r"|en su lugar|s'il vous pla[iî]t|merci|à la place|谢谢(?:您|你|了)?|謝謝(?:您|你)?|多谢|麻烦了"
    r"|お願いします))+[\s.!?。！？~～]*$",
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
_TO = re.compile(
    r"^\s*(?:please\s+|bitte\s+)?(?:to|nach|an(?! de[rmn]\b)|zu(?! de[rmn]\b))\s+", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[?!？！。]\s*")
_BEHIND = re.compile(r"[.?!](?=\s|$)|[？！。]")
_WHOM = re.compile(
    r"[\d号號室楼樓层層幢栋座户]\s*[,，、\s]\s*(?:收[件货]人[:：\s]*)?"
    r"(?P<whom>(?:[\u4e00-\u9fff]{2,4}[\s,，、:：]*(?:电话|手机|电话号码)?[\s:：]*)?1[3-9]\d{9}"
    r"(?:[\s,，、]*[\u4e00-\u9fff]{2,4}(?![\u4e00-\u9fff]))?)"
)
"""Name and mobile number behind an address."""
_CODE_FIRST = re.compile(r"(?:[A-Z]{1,2}-)?\d{5}\s+[^\W\d_]")
_JAPANESE_CODE = re.compile(r"〒?\s*(?<!\d)(?P<code>\d{3}-\d{4})(?!\d)")
_JAPANESE = re.compile(
    r"(?P<region>東京都|北海道|京都府|大阪府|[\u4e00-\u9fff]{2,3}県)"
    r"(?P<city>[\u3040-\u30ff\u4e00-\u9fff]{1,6}?[市区町村])(?P<rest>.+)",
    re.DOTALL,
)
_JAPANESE_TAIL = re.compile(
    r"\s*(?:に|へ|まで|です|でお願い)(?:変更|変え|送|届|配送|発送|直し|して|お願い|。|、|$).*$",
    re.DOTALL,
)
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Full-width forms to the usual ones; "ª" and "º" stay as they are."""
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
    if (japanese := _japanese(text)) is not None:
        return japanese
    found = _TO.sub("", text[_begin(text) :])
    if re.search(r"[\u4e00-\u9fff]", found):
        return _chinese(found)
    pieces = [piece.strip() for piece in re.split(r"[,\n;]+", _ended(found)) if piece.strip()]
    if len(pieces) == 1:
        pieces = split_street(pieces[0])
    if len(pieces) > 1 and (named := _COUNTRIES.get(pieces[-1].casefold())):
        return _western(pieces[:-1], named)
    address = _western(pieces, country)
    if address and any(_CODE_FIRST.match(piece) for piece in pieces):
        address["country"] = country_by_street(address["line1"], country)
    return address


def as_written(read: str, message: str) -> str:
    """What was read of a message for an address, with the line breaks it was written with: they
    part an address as commas do. `read` where it isn't a piece of the message."""
    plain = normalise(message)
    at = plain.text.find(read) if read else -1
    if at < 0:
        return read
    start, end = plain.original(at, at + len(read))
    lines = message[start:end].translate(_WIDE).splitlines()
    kept = ("".join(one for one in line if one == "\t" or one.isprintable()) for line in lines)
    return "\n".join(line for line in (" ".join(one.split()) for one in kept) if line)


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
    ends += [mark.end() for mark in _SENTENCE_END.finditer(text, 0, end)]
    if said := _SAID.search(text, 0, end):
        ends += [lead.end() for lead in _LEADS_ON.finditer(text, said.end(), end)]
    return max(ends, default=0)


def _ended(text: str) -> str:
    """The text up to the end of the sentence in which the postal code stands."""
    codes = list(_POSTAL.finditer(text))
    mark = _BEHIND.search(text, codes[-1].end()) if codes else None
    return text[: mark.start()] if mark else text


def _is_city(pieces: Sequence[str]) -> bool:
    """Whether the last of the pieces behind the street may be a city, and is no flat's number."""
    return bool(pieces) and not re.search(r"\d", pieces[-1])


def one_line(address: Mapping[str, str]) -> str:
    """An address as one reads it out."""
    if re.search(r"[\u4e00-\u9fff]", address["line1"]):
        text = "".join(address.get(part, "") for part in ("region", "city", "line1"))
        behind = (address.get("line2", ""), address.get("postal_code", ""))
        return " ".join(one for one in (text, *behind) if one)
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
    before, after = pieces[:at], pieces[at + 1 :]
    if len(before) == 1 and re.fullmatch(r"[A-Z]{2}", beside):
        before = split_street(before[0])  # the city stands with the street
    ahead = _POSTAL.split(pieces[at])[0].strip(" -")
    region, city = "", ""
    if beside and not ahead and not re.fullmatch(r"[A-Z]{2}", beside):
        city = beside  # "20359 Hamburg"
    elif re.fullmatch(r"[A-Z]{2}|[A-Z][a-z]+(?: [A-Z][a-z]+)?", beside) and _is_city(before[1:]):
        region, city = beside, before.pop()
    elif re.fullmatch(r"[A-Z]{2}", beside):
        return None  # a state, and no city: where the street ends can't be told
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
    # Who lives there may stand before the street.
    street = next((at for at, one in enumerate(before) if re.search(r"\d", one)), 0)
    line1, *rest = [*before[street : street + 1], *before[:street], *before[street + 1 :]] or [""]
    if not (line1 and city and any(char.isdigit() for char in line1)):
        return None
    return _made(line1, ", ".join(rest), city, region, code, country)


def _chinese(text: str) -> dict[str, str] | None:
    text, whom = _apart_from_whom(text.strip())
    code = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    plain = re.sub(_CHINESE_CODE, "", text).replace("中国", "", 1)
    plain = re.sub(r"[,，、\s]+", "", plain)
    found = _CHINESE.match(plain)
    if found is None or len(found["rest"]) < 4:
        return None
    return _made(
        found["rest"],
        whom,
        found["city"],
        found["region"] or "",
        code.group() if code else "",
        "CN",
    )


def _apart_from_whom(text: str) -> tuple[str, str]:
    """A Chinese address, and whom it is for where that stands behind it: name and telephone."""
    found = _WHOM.search(text)
    if found is None:
        return text, ""
    whom = " ".join(re.split(r"[\s,，、:：]+", found["whom"].strip()))
    return f"{text[: found.start('whom')]} {text[found.end('whom') :]}", whom


def _japanese(text: str) -> dict[str, str] | None:
    code, place = _JAPANESE_CODE.search(text), _JAPANESE.search(text)
    if code is None or place is None:
        return None
    rest = _JAPANESE_TAIL.sub("", _JAPANESE_CODE.sub(" ", place["rest"]))
    rest = " ".join(rest.split()).strip(" ,，、。")
    if not re.search(r"\d", rest):
        return None
    return _made(rest, "", place["city"], place["region"], code["code"], "JP")


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
