"""Streets: where one ends and the city begins, and the country its name tells."""

from __future__ import annotations

import re
from typing import Final

_STREET_AND_CODE = re.compile(r"(.*[^\W\d_].*?\s\d{1,4} ?[a-z]?)\s+((?:[A-Z]-)?\d{5}\s+[^\W\d_].*)")
_STREET = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|square|sq"
    r"|terrace|place|pl|way|crescent|highway|hwy|parkway|pkwy)\b\.?",
    re.IGNORECASE,
)
_STREET_AND_CITY = re.compile(
    rf"(\d.*{_STREET.pattern})"
    r"(?:\s+((?:apt|apartment|suite|ste|unit|flat|floor|room|#)\.?\s?#?\w{1,6}))?"
    r"\s+([a-z][a-z'.-]+(?:\s[a-z][a-z'.-]+){0,2}(?:\s\d{5}(?:-\d{4})?)?)",
    re.IGNORECASE,
)
_STREETS_OF: Final = (
    (re.compile(r"\b(?:rue|chemin|impasse)\b", re.IGNORECASE), ("FR", "BE", "CH", "LU", "CA")),
    (re.compile(r"(?:straße|strasse|gasse|str\.)", re.IGNORECASE), ("DE", "AT", "CH", "LI", "IT")),
    (re.compile(r"\b(?:calle|paseo)\b", re.IGNORECASE), ("ES", "MX", "US")),
    (re.compile(r"^(?:via|viale|piazza)\b", re.IGNORECASE), ("IT", "CH", "ES", "US")),
)
"""How streets are named, and where; the likeliest country first."""


def split_street(piece: str) -> list[str]:
    """A piece that holds street and place without a comma between, where they can be told apart:
    "Hafenstr. 3 20359 Hamburg", "12 Elm Street Boston"."""
    for pattern in (_STREET_AND_CODE, _STREET_AND_CITY):
        found = pattern.fullmatch(piece)
        if found and not _STREET.search(found.groups()[-1]):
            return [one for one in found.groups() if one]
    return [piece]


def country_by_street(street: str, country: str) -> str:
    """`country`, unless streets have no such names there: "rue de la Paix" is not in Germany."""
    for words, countries in _STREETS_OF:
        if words.search(street):
            return country if country in countries else countries[0]
    return country
