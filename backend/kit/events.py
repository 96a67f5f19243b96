"""Domain events: frozen dataclasses named in the past tense, told within the transaction."""

from __future__ import annotations


class Event:
    """Base of all domain events (`RefundApproved`, `TicketOpened` …)."""
