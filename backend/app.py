"""The web application: routes, errors, static pages, and the worker beside them when embedded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import Message

from backend import __version__, health, problems, static
from backend.accounts import endpoints as accounts
from backend.app_channel import endpoints as app_channel
from backend.changes import endpoints as changes
from backend.channel_status import endpoints as channel_status
from backend.conversations import endpoints as conversations
from backend.evidence import endpoints as evidence
from backend.house import House
from backend.limits import RequestLimits
from backend.operations import endpoints as operations
from backend.orders import endpoints as orders
from backend.pipeline import webhooks, window_endpoints
from backend.refunds import endpoints as refunds
from backend.rules import endpoints as rules
from backend.running import Drain, running
from backend.spending import endpoints as spending
from backend.tickets import endpoints as tickets
from backend.tracking import RequestTracking
from backend.webchat import endpoints as webchat
from backend.webchat import people, socket

DESCRIPTION = """
Conversational after-sales service. People use `/api/v1` with a session cookie (log in first) or an
API key (`Authorization: Bearer …`); web-chat clients use `/api/chat/v1`; vendors call `/webhooks`.
Errors are `application/problem+json` and name field and reason.
"""

DRAIN_SECONDS = 20.0
OpenHouse = Callable[[], Awaitable[House]]


async def _warm(app: FastAPI) -> None:
    """Let the first request be ours: the framework makes at it what it keeps for all later ones,
    a quarter of a second of work that customers who come with the start would wait for."""
    for method, path in (("POST", "/webhooks/none/none"), ("GET", "/api/v1/none")):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"warm")],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", 80),
        }
        await app(scope, _nothing_more, _ignored)


async def _nothing_more() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ignored(_: Message) -> None:
    """Nobody waits for the answer."""


def create_app(
    open_house: OpenHouse, *, works: bool, demo: bool = False, drain: Drain | None = None
) -> FastAPI:
    """The application; `works`: also run the job worker in this process. `drain` is how it ends."""
    ending = drain or Drain(DRAIN_SECONDS)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house = await open_house()
        app.state.house = house
        try:
            async with running(house, "all" if works else "web", ending):
                await _warm(app)
                yield
        finally:
            await house.close()

    app = FastAPI(
        title="Aftercare",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # our own page: the framework's would fetch scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.drain = ending
    problems.install(app)
    app.add_middleware(app_channel.Straight)
    app.add_middleware(socket.Straight)
    app.add_middleware(RequestLimits)
    app.add_middleware(RequestTracking)
    for api in (
        accounts,
        orders,
        refunds,
        changes,
        tickets,
        rules,
        conversations,
        evidence,
        channel_status,
        operations,
        spending,
        window_endpoints,
    ):
        app.include_router(api.router, prefix="/api/v1")
    app.include_router(people.router, prefix="/api/v1")
    app.include_router(app_channel.router)
    app.include_router(webchat.router)
    app.include_router(webhooks.router)
    app.include_router(health.router)
    if demo:
        from backend import demo_shop

        app.include_router(demo_shop.router)
    static.install(app, demo=demo)
    return app
