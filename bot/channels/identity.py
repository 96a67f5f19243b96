"""A shop's proof of who its web-chat visitor is.

The shop's own server signs, with the channel account's `identity_secret`, the UTF-8 text

    aftercare-chat-v1\\n<channel>\\n<customer>\\n<issued_at>

where `\\n` is one line feed (0x0A), `<channel>` the channel account's id, `<customer>` the shop's
own id of the customer, `<issued_at>` Unix seconds in decimal, and nothing follows. The signature
is the lower-case hex of its HMAC-SHA256. The same in a shell:

    printf 'aftercare-chat-v1\\nweb\\nC1001\\n1780000000' | openssl dgst -sha256 -hmac "$SECRET"
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from bot.channels.base import BadSignature

VERSION = "aftercare-chat-v1"
MAX_AGE_SECONDS = 86_400
MAX_SKEW_SECONDS = 60


def sign_identity(secret: str, channel_id: str, customer_external_id: str, issued_at: int) -> str:
    """The signature for this customer, as the shop's server makes it.

    Raises: ValueError without a secret (anyone could sign with an empty one) or when an id is empty
    or holds a line feed (two identities would read as one text).
    """
    if not secret:
        raise ValueError("an identity secret is needed")
    for part in (channel_id, customer_external_id):
        if not part or "\n" in part:
            raise ValueError("an id must not be empty or hold a line feed")
    text = f"{VERSION}\n{channel_id}\n{customer_external_id}\n{issued_at}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify_identity(
    secret: str,
    channel_id: str,
    customer_external_id: str,
    issued_at: int,
    signature: str,
    now: datetime,
    *,
    max_age: int = MAX_AGE_SECONDS,
    skew: int = MAX_SKEW_SECONDS,
) -> None:
    """Check a proof made at most `max_age` seconds ago by a clock at most `skew` seconds ahead.

    Raises: BadSignature `wrong`, `expired` or `future`; the time is looked at only once the
    signature holds.
    """
    try:
        expected = sign_identity(secret, channel_id, customer_external_id, issued_at)
    except ValueError:  # also ids that no UTF-8 text can hold
        raise BadSignature("wrong") from None
    # As bytes: compare_digest refuses strings beyond ASCII.
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise BadSignature("wrong")
    age = now.timestamp() - issued_at
    if age > max_age:
        raise BadSignature("expired")
    if age < -skew:
        raise BadSignature("future")
