"""What people and programs of the shop do about changes of orders."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from backend.accounts.web import CurrentActor, Db
from backend.changes import service
from backend.changes.policy import ChangePolicy
from backend.changes.schemas import ChangeOut, DecisionIn, SettledIn, TransferOut, TransfersOut
from backend.kit.pages import MAX_PAGE

router = APIRouter(prefix="/changes", tags=["changes"])


def _policy(request: Request) -> tuple[ChangePolicy, str]:
    rules = request.app.state.house.turns.changes
    return rules.policy, rules.timezone


@router.get("/transfers", summary="Money that is due or was moved, oldest first (supervisor)")
async def list_due(
    db: Db,
    actor: CurrentActor,
    after: Annotated[str, Query(max_length=32)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
    state: Literal["due", "settled"] = "due",
) -> TransfersOut:
    """Gift cards' balances move here and are `settled`: take them over before the next import."""
    found = await db.read(service.due_transfers, actor, after, limit, state)
    return TransfersOut(items=[TransferOut.of(one) for one in found])


@router.post("/transfers/{transfer_id}/settle", summary="Money was moved (supervisor)")
async def settle(transfer_id: str, form: SettledIn, db: Db, actor: CurrentActor) -> TransferOut:
    """Told again it changes nothing. 409: it is not due."""
    return TransferOut.of(await db.tx(service.settle_transfer, transfer_id, actor, form.ref))


@router.post("/{ticket_number}/approve", summary="Agree to a change (supervisor)")
async def approve(
    ticket_number: str, form: DecisionIn, db: Db, actor: CurrentActor, request: Request
) -> ChangeOut:
    """It is checked again as things stand now. 409: decided already, or it can't be any more."""
    policy, zone = _policy(request)
    done = await db.tx(service.approve_change, ticket_number, actor, form.reason, policy, zone)
    return ChangeOut.of(done)


@router.post("/{ticket_number}/reject", summary="Turn a change down (supervisor)")
async def reject(ticket_number: str, form: DecisionIn, db: Db, actor: CurrentActor) -> ChangeOut:
    """Also when goods that were to come back never came."""
    done = await db.tx(service.reject_change, ticket_number, actor, form.reason, form.note)
    return ChangeOut.of(done)


@router.post("/{ticket_number}/receive", summary="The goods have arrived (supervisor)")
async def receive(ticket_number: str, db: Db, actor: CurrentActor) -> ChangeOut:
    """The money of a return or an exchange moves. 409: a gift card holds less by now."""
    return ChangeOut.of(await db.tx(service.receive_goods, ticket_number, actor))
