"""Who is he? An e-mail, or a name and a postal code, out of a customer's words."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

EMAIL: Final = "email"
NAME: Final = "name"
POSTAL_CODE: Final = "postal_code"
MAX_TEXT: Final = 300

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CODE = re.compile(
    r"(?<![A-Za-z0-9#-])(\d{5,6}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|\d{4} [A-Z]{2})"
    r"(?![A-Za-z0-9-])"
)
_NAMED = re.compile(
    r"(?:(?:my|the) (?:full )?name is|name is|(?:this|it) is|i am|i'm|im|name:"
    r"|我(?:的名字)?(?:叫|是)|姓名(?:是)?[:：]?)\s*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){1,3}|[\u4e00-\u9fff]{2,4}")
_NOT_NAMES = re.compile(
    r"\b(?:and|my|zip|postal|post|code|postcode|is|in|from|with|at|living|live|the|it'?s|sure|hi|hello"
    r"|yes|ok|okay|here|you|go|of)\b|邮编|邮政编码|是|和",
    re.IGNORECASE,
)


def read_who(words: str) -> dict[str, str]:
    """What the words tell: email, name, postal_code, as far as they do."""
    text = words[:MAX_TEXT]
    told: dict[str, str] = {}
    if found := _EMAIL.search(text):
        told[EMAIL] = found.group().rstrip(".").lower()
        return told
    if found := _CODE.search(text):
        told[POSTAL_CODE] = found.group(1)
    if name := _name(text):
        told[NAME] = name
    return told


def mark_of(told: Mapping[str, str]) -> str:
    """What a failed try is counted under: the person, not the detail that is guessed. A digest, as
    nobody's name or address shall stand in that list."""
    who = EMAIL if EMAIL in told else NAME
    text = " ".join(unicodedata.normalize("NFKC", told.get(who, "")).casefold().split())
    return f"who {hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=12).hexdigest()}"


def introduces_himself(words: str) -> bool:
    """Whether the words say by themselves who he is: enough to look for it in a longer message."""
    told = read_who(words)
    return EMAIL in told or (POSTAL_CODE in told and bool(_NAMED.search(words)))


def _name(text: str) -> str:
    named = _NAMED.search(text)
    rest = text[named.end() :] if named else text
    rest = _CODE.sub(" | ", rest)
    pieces = re.split(r"[,，.;；。|\n]", _NOT_NAMES.sub("|", rest))
    for piece in pieces:
        found = _NAME.fullmatch(" ".join(piece.split()))
        if found:
            return found.group()
    return ""
