"""Field types that the schemas of several domains share."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints


def normalise_email(text: str) -> str:
    """The address as it is compared: NFKC (full-width letters), no spaces around, lower case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _printable(text: str) -> str:
    # Postgres takes no NUL, logs and pages no other control characters.
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
        raise ValueError("must not hold control characters")
    return text


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _email(text: str) -> str:
    address = normalise_email(text)
    local, _at, domain = address.partition("@")
    if not (local and domain) or "@" in domain or any(char.isspace() for char in address):
        raise ValueError("is not an e-mail address")
    if len(address) > 254:
        raise ValueError("is longer than 254 characters")
    return address


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
"""One line of printable text, without spaces around it."""

LocaleTag = Annotated[
    str, Field(max_length=16, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["zh-CN"])
]
Email = Annotated[Text, Field(max_length=254), AfterValidator(_email)]
"""An address, normalised."""

BlankIsNone = BeforeValidator(_none_if_blank)
"""An empty text means that the field was left out."""
