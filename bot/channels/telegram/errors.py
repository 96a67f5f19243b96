"""What Telegram's refusals and failures mean for us: a state of the contact, or a retry.

aiogram's and aiohttp's errors may hold addresses, and a Bot API address holds the token. So only
words cut from them leave this module, with the token struck out, and callers raise the result
outside of their `except` block, where the original is not chained to it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp import ClientError, ClientResponseError

from bot.channels.base import ChannelError, RetryLater, Undeliverable

FAILURES = (
    AiogramError,
    ClientError,
    OSError,  # TimeoutError too
    # aiogram lets pass what its reading of a gateway's answer raises: a page that is not the text
    # its header promises, an error in JSON without a description.
    UnicodeError,
    TypeError,
)
"""All that a call by aiogram is known to raise when Telegram, or what stands before it, fails."""

_NOBODY_THERE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid")
_TOKEN = re.compile(r"\d{3,}(?::|%3A)[\w-]{10,}", re.IGNORECASE)
_MAX_DETAIL = 300


def translate(error: Exception, token: str) -> ChannelError:
    """The `ChannelError` that says what to do about `error`."""
    detail = scrub(_words(error), token)[:_MAX_DETAIL]
    match error:
        case TelegramRetryAfter():
            return RetryLater("rate_limited", detail, after=float(error.retry_after))
        case TelegramUnauthorizedError() | TelegramNotFound():
            # A revoked token is answered by 401, a mistyped one by 404: with the right one set,
            # everything that waited still goes out.
            return RetryLater("bad_token", detail)
        case TelegramForbiddenError():
            return Undeliverable("blocked", detail)
        case TelegramMigrateToChat():
            # Only groups migrate, and what we have to say is for one person's eyes.
            return Undeliverable("not_private", detail)
        case TelegramEntityTooLarge():
            return Undeliverable("too_large", detail)
        case TelegramBadRequest():
            gone = any(words in detail.lower() for words in _NOBODY_THERE)
            return Undeliverable("blocked" if gone else "rejected", detail)
        case ClientResponseError():
            return _download_failure(error.status, detail)
        case _:
            return RetryLater("unreachable", detail)


def scrub(text: str, token: str) -> str:
    """`text` with the token, or anything of a token's shape, struck out."""
    for form in (token, quote(token, safe="")):
        text = text.replace(form, "***")
    return _TOKEN.sub("***", text)


def _download_failure(status: int, detail: str) -> ChannelError:
    if status == 401:
        return RetryLater("bad_token", detail)
    if status == 429 or status >= 500:
        return RetryLater("unreachable", detail)
    return Undeliverable("unavailable", detail)


def _words(error: Exception) -> str:
    match error:
        case ClientDecodeError():
            return error.message  # its str() repeats the whole answer
        case TelegramAPIError():
            return error.message or type(error).__name__
        case ClientResponseError():
            return f"{error.status} {error.message}"  # its str() holds the address
        case _:
            return f"{type(error).__name__}: {error}"
