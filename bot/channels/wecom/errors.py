"""What WeCom's error codes mean for us: a state of the contact, of the window, or a retry.

Codes from developer.work.weixin.qq.com/document/path/90313 (全局错误码); programs are to go by the
code, not by its text. Nothing here holds a token: the client keeps them out of addresses and texts.
"""

from __future__ import annotations

from bot.channels.base import ChannelError, NotNow, RetryLater, Undeliverable

OK = 0
STALE_TOKEN = frozenset({40001, 40014, 41001, 42001})
"""Another token may help. 40001 is also a wrong secret: then asking for a token says so."""

REPEATED_TASK_ID = 42014
"""A card with this task_id was sent before (or the id is malformed, which ours never is)."""

RATE_LIMIT_PAUSE = 60.0
"""Seconds to wait after "too often": WeCom counts by the minute and does not say how long."""

_BUSY = frozenset({-1, 6000})
_RATE_LIMITED = frozenset({45009, 45033})
_NOBODY_THERE = frozenset({40003, 40096, 60111, 81013, 84061, 301021})
_MEDIA_GONE = frozenset({40007})
_MEDIA_REFUSED = frozenset({40004, 40005, 40006, 40009, 40011, 40123, 301016, 301017})
_CONFIGURATION = frozenset(
    # Secret, company, app, addresses, switches: whoever runs the shop can mend them, so no
    # message is refused for good.
    {
        40013, 40056, 40091, 48002, 60020, 301002, 301007, 60011,
        95000, 95003, 95004, 95011, 95012, 95017, 95023,
    }
)  # fmt: skip
_NOT_NOW = {
    95001: "window_full",
    95002: "window_closed",
    95013: "window_closed",
    95018: "session_not_ours",
}

FAIL_TYPES = {
    0: "unknown",
    1: "account_deleted",
    2: "app_disabled",
    4: "window_closed",
    5: "session_ended",
    6: "window_full",
    7: "not_verified",
    8: "not_verified",
    9: "not_verified",
    10: "blocked",
    11: "nobody_logged_in",
    12: "kind_not_allowed",
    13: "security",
}
"""`fail_type` of a msg_send_fail event, as documented with sync_msg."""

_MAX_DETAIL = 300


def translate(code: int, message: str) -> ChannelError:
    """The error that says what to do about WeCom's `errcode` and `errmsg`."""
    detail = f"{code} {message}"[:_MAX_DETAIL]
    if code in _NOT_NOW:
        return NotNow(_NOT_NOW[code], detail)
    if code in _BUSY:
        return RetryLater("busy", detail)
    if code in _RATE_LIMITED:
        return RetryLater("rate_limited", detail, after=RATE_LIMIT_PAUSE)
    if code in STALE_TOKEN:
        return RetryLater("bad_token", detail)
    if code in _CONFIGURATION:
        return RetryLater("bad_account", detail)
    if code in _NOBODY_THERE:
        return Undeliverable("blocked", detail)
    if code in _MEDIA_GONE:
        return Undeliverable("unavailable", detail)
    if code in _MEDIA_REFUSED:
        return Undeliverable("media_refused", detail)
    return Undeliverable("rejected", detail)


def is_repeated_msgid(code: int, message: str) -> bool:
    """Whether a kf message was refused because its msgid was used before.

    WeCom documents that a repeat errors, not with which code. Our msgids are well-formed, so a
    complaint that names the msgid can only be that. A code of the window never is.
    """
    return code not in (OK, *_NOT_NOW) and "msgid" in message.lower()
