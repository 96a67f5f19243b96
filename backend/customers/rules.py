"""Names, addresses and numbers of people: brought to one form, and hidden. Pure."""

from __future__ import annotations

import unicodedata

TIERS = ("standard", "silver", "gold", "vip")
"""From the newest customer to the one treated best."""


def clean(text: str, limit: int) -> str:
    """Free text of a channel as it is stored: no control characters, cut to `limit`."""
    kept = (" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join("".join(kept).split())[:limit]


def digits_of(text: str) -> str:
    """The decimal digits of a phone number as ASCII, whatever script and separators it has."""
    return "".join(
        str(unicodedata.decimal(char))
        for char in text
        if unicodedata.decimal(char, None) is not None
    )


def mask_email(email: str | None) -> str | None:
    """`linxiao@example.com` as `l***o@example.com`."""
    if not email:
        return None
    local, at, domain = email.rpartition("@")
    if not at:
        return "***"
    if len(local) < 3:
        return f"{local[:1]}***@{domain}"
    return f"{local[0]}***{local[-1]}@{domain}"


def mask_phone(phone: str | None) -> str | None:
    """`+86 138 0013 8001` as `***8001`; numbers of fewer than 7 digits show nothing."""
    if not phone:
        return None
    digits = digits_of(phone)
    return f"***{digits[-4:]}" if len(digits) >= 7 else "***"
