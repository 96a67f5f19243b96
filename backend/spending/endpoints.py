"""What a language model cost over REST, to be mounted under /api/v1."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from backend.accounts.web import CurrentActor, Db
from backend.spending import service
from backend.spending.schemas import ModelCostsOut, model_cost_out

router = APIRouter(prefix="/llm", tags=["system"])


@router.get("/costs", summary="What the language model cost (manager)")
async def list_costs(
    db: Db,
    actor: CurrentActor,
    days: Annotated[int, Query(ge=1, le=service.MAX_DAYS, description="UTC days, with today")] = 30,
    by: Literal["day", "conversation"] = "day",
) -> ModelCostsOut:
    found = await db.read(service.costs, actor, days=days, by_conversation=by == "conversation")
    return ModelCostsOut(items=[model_cost_out(use) for use in found])
