"""A process that comes up before its database waits for it, and says so to whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from backend.kit import logs
from backend.kit.db_away import as_away
from backend.kit.errors import DatabaseAway, Invalid
from backend.server import SideServer, config_of
from backend.settings import Settings

log = logging.getLogger(__name__)

Address = tuple[str, int]
"""Host and port."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
ANSWER_WITHIN = 5.0


def wait_for_database(settings: Settings, address: Address | None) -> None:
    """Return once the database takes us in; call it before any event loop.

    At `address` (None: nowhere) probes are told meanwhile that the process lives and is not ready,
    all others to come again. Raises: Invalid if the database refuses us; DatabaseAway if it is away
    for longer than `AFTERCARE_DATABASE_WAIT`; SystemExit(0) at a signal.
    """
    if not settings.is_sqlite:
        asyncio.run(_wait_or_be_told_to_end(settings, address))


async def _wait_or_be_told_to_end(settings: Settings, address: Address | None) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    waiting = asyncio.create_task(_wait(settings, address))
    ending = asyncio.create_task(told.wait())
    await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if told.is_set():
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        raise SystemExit(0)
    await waiting


async def _wait(settings: Settings, address: Address | None) -> None:
    try:
        return await _connect(settings.database)
    except DatabaseAway as error:
        away = error
    pause, since = FIRST_PAUSE, time.monotonic()
    async with _answering(settings, address) if address else contextlib.nullcontext():
        while True:
            if time.monotonic() - since > settings.database_wait:
                raise away
            _tell(settings.database, away, pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)
            try:
                await _connect(settings.database)
            except DatabaseAway as error:
                away = error
            else:
                return logs.event(log, "the database answers")


def _tell(url: str, away: DatabaseAway, pause: float) -> None:
    at = make_url(url)
    logs.event(
        log,
        "waiting for the database",
        logging.WARNING,
        host=at.host,
        port=at.port,
        database=at.database,
        error=str(away),
        again_in=pause,
    )


async def _connect(url: str) -> None:
    """Raises: DatabaseAway, Invalid."""
    import asyncpg
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": ANSWER_WITHIN})
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT 1"))
    except Exception as error:  # whatever it is, waiting helps only against an absence
        if away := as_away(error):
            raise away from error
        # The server's own words name the account or the database, never the password.
        told = f": {error}" if isinstance(error, asyncpg.PostgresError) else ""
        raise Invalid(
            "database_refused", f"the database refuses us ({type(error).__name__}{told})"
        ) from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def _answering(settings: Settings, address: Address) -> AsyncIterator[None]:
    """Within it the process answers at `address`."""
    app = Starlette(
        routes=[
            Route("/api/v1/health/live", _live),
            Route("/{path:path}", _not_yet, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]
    )
    server = SideServer(config_of(app, settings, *address))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _live(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _not_yet(_request: Request) -> Response:
    return JSONResponse(
        {"status": "unavailable", "detail": "waiting for the database"},
        status_code=503,
        headers={"Retry-After": "5", "Cache-Control": "no-store"},
    )
