"""Channel accounts as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from backend.channel_status.service import ChannelView


class GapOut(BaseModel):
    """Customers' messages of this time were gone at the vendor's before they were fetched."""

    source: str
    since: datetime
    until: datetime


class ChannelOut(BaseModel):
    """`state`: ok, degraded, down, or unknown while nothing was sent or checked yet.

    `error_code` is our word for the vendor's complaint, `error_detail` the vendor's own.
    `pending` counts messages that wait for delivery. `fetched`: customers' clients fetch what is
    said to them, so nothing is sent out and `last_out_at` stays null.
    """

    id: str
    channel: str
    name: str
    state: str
    error_code: str | None
    error_detail: str | None
    since: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    checked_at: datetime | None
    identity: str | None
    pending: int
    oldest_pending_at: datetime | None
    checkable: bool
    fetched: bool
    gaps: list[GapOut]


class ChannelList(BaseModel):
    """All configured accounts."""

    items: list[ChannelOut]


def channel_out(view: ChannelView, *, checkable: bool, fetched: bool) -> ChannelOut:
    """One account. A channel that no vendor stands behind can't be anything but ok."""
    status, pending = view.status, view.pending
    state = status.state if status else ("unknown" if checkable else "ok")
    return ChannelOut(
        id=view.account.id,
        channel=view.account.channel,
        name=view.account.name,
        state=state,
        error_code=status.error_code if status else None,
        error_detail=status.error_detail if status else None,
        since=status.since if status else None,
        last_in_at=status.last_in_at if status else None,
        last_out_at=status.last_out_at if status else None,
        checked_at=status.checked_at if status else None,
        identity=status.identity if status else None,
        pending=pending.number if pending else 0,
        oldest_pending_at=pending.oldest_at if pending else None,
        checkable=checkable,
        fetched=fetched,
        gaps=[GapOut(source=gap.source, since=gap.since, until=gap.until) for gap in view.gaps],
    )
