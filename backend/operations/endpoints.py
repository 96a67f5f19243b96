"""What runs and what is stuck over REST, to be mounted under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol, cast

from fastapi import APIRouter, Path, Query, Request

from backend import __version__
from backend.accounts.web import CurrentActor, Db
from backend.kit.jobs.kinds import JobKind
from backend.operations import service
from backend.operations.schemas import DeadLetterList, SystemOut, dead_letter_out, system_out

router = APIRouter(prefix="/system", tags=["system"])


class _House(Protocol):
    @property
    def kinds(self) -> Mapping[str, JobKind]: ...


@router.get("", summary="Queue and processes (supervisor)")
async def get_system(request: Request, db: Db, actor: CurrentActor) -> SystemOut:
    return system_out(await db.read(service.overview, actor, _kinds(request)), __version__)


@router.get("/dead-letters", summary="Jobs that were given up (supervisor)")
async def list_dead_letters(
    request: Request, db: Db, actor: CurrentActor, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> DeadLetterList:
    found = await db.read(service.dead_letters, actor, _kinds(request), limit)
    return DeadLetterList(items=[dead_letter_out(one, refusal) for one, refusal in found])


@router.post(
    "/dead-letters/{job_id}/replay", status_code=204, summary="Try a job again (supervisor)"
)
async def replay(
    job_id: Annotated[int, Path(ge=1, le=2**62)], request: Request, db: Db, actor: CurrentActor
) -> None:
    await db.tx(service.replay, actor, _kinds(request), job_id)


def _kinds(request: Request) -> Mapping[str, JobKind]:
    return cast(_House, request.app.state.house).kinds
