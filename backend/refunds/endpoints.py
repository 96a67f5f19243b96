"""Refunds and people's verdicts on them over REST, and one ticket with all that belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query

from backend.accounts.web import CurrentActor, Db
from backend.kit.actor import Actor
from backend.kit.db import Tx
from backend.kit.pages import MAX_PAGE
from backend.refunds import service, views
from backend.refunds.repository import Refund
from backend.refunds.schemas import RefundDetailOut, RefundPageOut, TicketDetailOut, VerdictIn

router = APIRouter()


@router.get("/refunds", tags=["refunds"], summary="Refunds, longest waiting first")
async def list_refunds(
    db: Db,
    actor: CurrentActor,
    status: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> RefundPageOut:
    return await db.read(views.list_refunds, actor, status=status, cursor=cursor, limit=limit)


@router.get("/refunds/{refund_id}", tags=["refunds"], summary="One refund")
async def get_refund(refund_id: str, db: Db, actor: CurrentActor) -> RefundDetailOut:
    return await db.read(views.get_refund, actor, refund_id)


@router.post("/refunds/{refund_id}/approve", tags=["refunds"], summary="Approve (supervisor)")
async def approve(refund_id: str, form: VerdictIn, db: Db, actor: CurrentActor) -> RefundDetailOut:
    """The last approval needed has it paid. 403: not yours to decide; 409: decided already, or the
    second approval must come from a different person; 422: the reason is missing."""
    return await db.tx(_decide, service.approve_refund, refund_id, actor, form.reason)


@router.post("/refunds/{refund_id}/reject", tags=["refunds"], summary="Reject (supervisor)")
async def reject(refund_id: str, form: VerdictIn, db: Db, actor: CurrentActor) -> RefundDetailOut:
    """One person is enough to say no. `note` is told to the customer."""

    def reject_with_note(tx: Tx, refund_id: str, actor: Actor, reason: str) -> Refund:
        return service.reject_refund(tx, refund_id, actor, reason, form.note)

    return await db.tx(_decide, reject_with_note, refund_id, actor, form.reason)


@router.post("/refunds/{refund_id}/retry", tags=["refunds"], summary="Try a failed one again")
async def retry(refund_id: str, form: VerdictIn, db: Db, actor: CurrentActor) -> RefundDetailOut:
    """The provider is asked first what became of the earlier tries."""
    return await db.tx(_decide, service.retry_refund, refund_id, actor, form.reason)


@router.get("/tickets/{id_or_number}", tags=["tickets"], summary="One ticket")
async def get_ticket(
    id_or_number: str,
    db: Db,
    actor: CurrentActor,
    accept_language: Annotated[str, Header()] = "en",
) -> TicketDetailOut:
    """With conversation, refund, decisions, history and evidence."""
    locale = accept_language.partition(",")[0].partition(";")[0].strip()
    return await db.read(views.get_ticket, actor, id_or_number, locale)


def _decide(
    tx: Tx,
    verdict: Callable[[Tx, str, Actor, str], Refund],
    refund_id: str,
    actor: Actor,
    reason: str,
) -> RefundDetailOut:
    verdict(tx, refund_id, actor, reason)
    return views.get_refund(tx, actor, refund_id)
