"""The web application: routes, errors, static pages, and the worker beside them when embedded."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI

from backend import problems, static
from backend.accounts import endpoints as accounts
from backend.conversations import endpoints as conversations
from backend.house import House, house_of
from backend.kit.jobs import queue
from backend.limits import RequestLimits
from backend.orders import endpoints as orders
from backend.pipeline import webhooks
from backend.refunds import endpoints as refunds
from backend.rules import endpoints as rules
from backend.tickets import endpoints as tickets
from backend.webchat import endpoints as webchat
from backend.webchat import socket

DESCRIPTION = """
Conversational after-sales service. People use `/api/v1` with a session cookie (log in first) or an
API key (`Authorization: Bearer …`); web-chat clients use `/api/chat/v1`; vendors call `/webhooks`.
Errors are `application/problem+json` and name field and reason.
"""

OpenHouse = Callable[[], Awaitable[House]]


def create_app(open_house: OpenHouse, *, works: bool, demo: bool = False) -> FastAPI:
    """The application; `works`: also run the job worker in this process."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house = await open_house()
        app.state.house = house
        async with _working(house) if works else contextlib.nullcontext():
            yield
        await house.close()

    app = FastAPI(
        title="Aftercare",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # our own page: the framework's would fetch scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    problems.install(app)
    app.add_middleware(RequestLimits)
    for api in (accounts, orders, refunds, tickets, rules, conversations):
        app.include_router(api.router, prefix="/api/v1")
    app.include_router(webchat.router)
    app.include_router(socket.router)
    app.include_router(webhooks.router)
    app.include_router(_health)
    if demo:
        from backend import demo_shop

        app.include_router(demo_shop.router)
    static.install(app, demo=demo)
    return app


@asynccontextmanager
async def _working(house: House) -> AsyncIterator[None]:
    worker = house.worker()
    if house.settings.is_sqlite:
        await house.db.tx(queue.release_all)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


_health = APIRouter(prefix="/api/v1/health", tags=["health"])


@_health.get("/live", summary="The process answers")
async def live() -> dict[str, str]:
    return {"status": "ok"}


@_health.get("/ready", summary="The database answers")
async def ready(house: Annotated[House, Depends(house_of)]) -> dict[str, Any]:
    return {"status": "ok", "jobs": await house.db.read(queue.count_by_state)}
