"""Decision tables over REST: read, draft, publish."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from backend.accounts.web import CurrentActor, Db
from backend.rules import service
from backend.rules.schemas import DraftIn, DraftOut, TableListOut, TableOut, table_out

router = APIRouter(tags=["rules"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/rules", summary="All decision tables")
async def list_tables(db: Db, actor: CurrentActor) -> TableListOut:
    found = await db.read(service.list_tables, actor)
    return TableListOut(items=[table_out(one) for one in found])


@router.get("/rules/{table}", summary="One table, the published version or another")
async def get_table(
    table: str,
    db: Db,
    actor: CurrentActor,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> TableOut:
    return table_out(await db.read(service.get_table, actor, table, version))


@router.post("/rules/{table}/drafts", status_code=201, summary="Save a draft (manager)")
async def save_draft(table: str, form: DraftIn, db: Db, actor: CurrentActor) -> DraftOut:
    """422 names row and column of each wrong cell; nothing decides by a draft."""
    version = await db.tx(service.save_draft, actor, table, form.content)
    return DraftOut(table=table, version=version)


@router.post("/rules/{table}/drafts/{version}/publish", summary="Publish a draft (manager)")
async def publish(table: str, version: Number, db: Db, actor: CurrentActor) -> TableOut:
    """From the next request on it decides; the version published before retires."""
    await db.tx(service.publish, actor, table, version)
    return table_out(await db.read(service.get_table, actor, table))
