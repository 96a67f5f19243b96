"""When the shop may write to a customer whose vendor limits it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

CLOSED, FULL, NOT_OURS = "window_closed", "window_full", "session_not_ours"
"""Why a message is held: he wrote too long ago; we wrote as often as we may; people at the
vendor's answer him. The same words as bot.channels.base.NotNow."""

OURS, QUEUED, SERVICER, ENDED = "ours", "queued", "servicer", "ended"
"""Whose turn a vendor's session is; the words of bot.channels.base.Session."""

EVENT_CODE_SECONDS = 20
"""How long a vendor's permission to write first is good for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`messages` of ours within `hours` after the customer's latest."""

    hours: int
    messages: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a contact. `opened_at`: his latest message; `used`: ours since then."""

    opened_at: datetime | None = None
    used: int = 0
    session: str = OURS
    servicer: str | None = None
    event_code: str | None = None
    event_code_at: datetime | None = None


def refusal(window: Window | None, limits: Limits, now: datetime) -> str | None:
    """Why a message can't be sent now; None when it can, or when only the vendor knows.

    Nothing is known of a contact from before windows were kept: then the vendor is asked.
    """
    if window is None or usable_code(window, now):
        return None
    if window.session in (QUEUED, SERVICER):
        return NOT_OURS
    if window.session == ENDED or not _is_open(window, limits, now):
        return CLOSED
    return FULL if window.used >= limits.messages else None


def room(window: Window | None, limits: Limits, now: datetime) -> int:
    """How many messages may be sent now."""
    if refusal(window, limits, now) is not None:
        return 0
    return limits.messages if window is None else max(1, limits.messages - window.used)


def usable_code(window: Window, now: datetime) -> str | None:
    """The vendor's permission to write first, while it is good."""
    if window.event_code is None or window.event_code_at is None:
        return None
    age = now - window.event_code_at
    return window.event_code if age < timedelta(seconds=EVENT_CODE_SECONDS) else None


def customer_wrote(window: Window | None, at: datetime, limits: Limits) -> Window:
    """His message of `at` opens the window; one that comes late, after newer ones, does not.

    A session that was ended, or that nobody used for as long as the window is open, begins anew
    and is ours.
    """
    known = window or Window()
    if known.opened_at is not None and at < known.opened_at:
        return known
    stale = known.opened_at is not None and not _is_open(known, limits, at)
    fresh = known.session == ENDED or stale
    return replace(
        known,
        opened_at=at,
        used=0,
        session=OURS if fresh else known.session,
        servicer=None if fresh else known.servicer,
        event_code=None,
        event_code_at=None,
    )


def refused_by_vendor(window: Window | None, code: str, limits: Limits) -> Window:
    """What the vendor's refusal teaches us; it knows better."""
    known = replace(window or Window(), event_code=None, event_code_at=None)
    if code == FULL:
        return replace(known, used=max(known.used, limits.messages))
    if code == NOT_OURS:
        return replace(known, session=SERVICER)
    return replace(known, opened_at=None)


def _is_open(window: Window, limits: Limits, now: datetime) -> bool:
    return window.opened_at is not None and now < window.opened_at + timedelta(hours=limits.hours)


def closes_at(window: Window | None, limits: Limits) -> datetime | None:
    """When the window closes by itself, or did."""
    if window is None or window.opened_at is None:
        return None
    return window.opened_at + timedelta(hours=limits.hours)
