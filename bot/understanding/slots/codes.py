"""Parcels' tracking numbers, by the carriers' own forms, and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.understanding.base import Span

TRACKING: Final = "tracking_number"
PHONE: Final = "phone"

_CARRIERS: Final = (
    r"SF\d{12,15}",  # SF Express
    r"YT\d{13,15}",  # YTO
    r"JD[A-Z]{0,2}\d{11,15}",  # JD Logistics
    r"(?:JT|STO|ZTO|DPK|EMS)\d{11,15}",
    r"JJ?D\d{16,20}",  # DHL
    r"1Z[0-9A-Z]{16}",  # UPS
    r"TBA\d{12}",  # Amazon
)
_TRACKING = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_CARRIERS)})(?![A-Za-z0-9])", re.IGNORECASE)
_S10 = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2} ?(\d{8})(\d) ?[A-Z]{2}(?![A-Za-z0-9])")
_S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
_NAMED = re.compile(
    r"(?:(?:快递|快遞|物流|运|運|包裹)(?:单)?(?:号|號)(?:码|碼)?|tracking (?:number|no\.?|code|id)"
    r"|sendungsnummer|número de seguimiento|numéro de suivi|追跡番号|送り状番号)"
    r"(?: ?(?:是|为|is|ist|es|est|は|:|：|#))* ?(?P<code>[A-Za-z]{0,4}\d{8,22}[A-Za-z]{0,2})"
    r"(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PLUS = re.compile(r"\+ ?\d")


def find_tracking(text: str) -> Iterator[Span]:
    """Numbers in a carrier's form, and any that is called a tracking number."""
    for match in _NAMED.finditer(text):
        yield Span(TRACKING, match.start("code"), match.end("code"), match["code"].upper())
    for match in _TRACKING.finditer(text):
        yield Span(TRACKING, match.start(), match.end(), match[0].upper())
    for match in _S10.finditer(text):
        if _s10_check(match[1]) == int(match[2]):
            code = match[0].replace(" ", "")
            yield Span(TRACKING, match.start(), match.end(), code)


def _s10_check(serial: str) -> int:
    """The check digit of a postal item (UPU standard S10)."""
    total = sum(weight * int(digit) for weight, digit in zip(_S10_WEIGHTS, serial, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)


def find_phones(text: str) -> Iterator[Span]:
    """International telephone numbers, however they are grouped: "+1 (415) 555-2671"."""
    if not _PLUS.search(text):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher  # 50 ms: only where there is a "+"

    for match in PhoneNumberMatcher(text, None, leniency=Leniency.POSSIBLE):
        yield Span(PHONE, match.start, match.end, match.raw_string)
