"""Channel accounts over REST, to be mounted under /api/v1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Depends, Request

from backend.accounts.web import CurrentActor, Db
from backend.channel_status import service
from backend.channel_status.schemas import ChannelList, ChannelOut, channel_out
from backend.channel_status.service import Account, ChannelView
from backend.kit.errors import NotFound

router = APIRouter(tags=["channels"])


class Desk(Protocol):
    """The configured accounts, and a way to ask their vendors."""

    def accounts(self) -> Sequence[Account]:
        """Those that people reach the shop by."""
        ...

    def can_check(self, account_id: str) -> bool:
        """Whether the vendor can be asked."""
        ...

    def is_fetched(self, account_id: str) -> bool:
        """Whether customers' clients fetch what is said to them, so that nothing is sent out."""
        ...

    async def check(self, account_id: str) -> None:
        """Ask the vendor and store the answer. Raises: Invalid."""
        ...


class _House(Protocol):
    @property
    def channel_desk(self) -> Desk: ...


async def desk_of(request: Request) -> Desk:
    """The house's."""
    return cast(_House, request.app.state.house).channel_desk


TheDesk = Annotated[Desk, Depends(desk_of)]


@router.get("/channels", summary="Channel accounts and how they do (supervisor)")
async def list_channels(db: Db, actor: CurrentActor, desk: TheDesk) -> ChannelList:
    views = await db.read(service.list_channels, actor, desk.accounts())
    return ChannelList(items=[_out(view, desk) for view in views])


@router.post("/channels/{account_id}/check", summary="Ask the vendor now (supervisor)")
async def check_channel(account_id: str, db: Db, actor: CurrentActor, desk: TheDesk) -> ChannelOut:
    service.may_check(actor)
    found = [account for account in desk.accounts() if account.id == account_id]
    if not found:
        raise NotFound("channel_not_found")
    await desk.check(account_id)
    (view,) = await db.read(service.list_channels, actor, found)
    return _out(view, desk)


def _out(view: ChannelView, desk: Desk) -> ChannelOut:
    account_id = view.account.id
    return channel_out(
        view, checkable=desk.can_check(account_id), fetched=desk.is_fetched(account_id)
    )
