"""Starting things: what the commands do, in the order a process comes up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend import __version__
from backend.arrival import Address, wait_for_database
from backend.embedded import FolderInUse, only_service_in
from backend.kit import logs, memory, tracing
from backend.kit.clock import SystemClock
from backend.kit.db import Database
from backend.kit.db_away import as_away
from backend.kit.errors import Conflict, DatabaseAway, Invalid
from backend.migrations.run import migrate
from backend.pipeline.channels import load_accounts
from backend.running import Drain, running
from backend.settings import DEMO_CHANNEL, Settings
from bot.channels.base import ChannelAccount
from bot.channels.terminal import TERMINAL

if TYPE_CHECKING:
    from backend.house import House

TURN_OF_A_THREAD = 0.0005
"""Seconds a thread keeps the interpreter while another wants it; Python's own 5 ms. The event loop
wants it several times a request, and beside a busy thread (a model that loads, articles that are
indexed, turns) waited as many times 5 ms: callbacks took 65 ms in the median while a process came
up, and take 30."""
PAUSE = 1.0
"""Seconds before a database that went away while it was prepared is tried again."""
BACK_WITHIN = 20.0
"""Seconds for it to come back once it was prepared; after that the process ends with the error."""
T = TypeVar("T")
log = logging.getLogger(__name__)


def accounts_of(settings: Settings) -> list[ChannelAccount]:
    """The channel accounts of the data folder; the demo adds its own web chat."""
    accounts = [TERMINAL, *load_accounts(settings.data_dir / "channels.yml")]
    if settings.demo and not any(account.id == DEMO_CHANNEL for account in accounts):
        secret = {"identity_secret": settings.signing_secret()}
        accounts.append(ChannelAccount(DEMO_CHANNEL, "webchat", "Demo shop", secret))
    return accounts


def prepare(settings: Settings) -> None:
    """Make the data folder and bring the database to the newest schema; before any event loop."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        migrate(settings.database)
    except Exception as error:  # most are raised again: a migration's bug is to be seen whole
        missing = isinstance(error, FileNotFoundError | PermissionError)
        if not settings.is_sqlite and not missing and (away := as_away(error)):
            raise away from error
        raise


def _prepare_new(settings: Settings) -> None:
    if not Path(settings.database).exists():
        prepare(settings)


def _come_up(settings: Settings, address: Address | None) -> None:
    """Wait for the database and prepare it, however often it goes away meanwhile."""
    while True:
        wait_for_database(settings, address)
        try:
            return prepare(settings)
        except DatabaseAway as error:
            log.warning("the database went away while it was prepared: %s", error)
            time.sleep(PAUSE)


def serve(settings: Settings, host: str, port: int, *, works: bool) -> None:
    """Run the web side, with the worker beside it if `works`, until a signal."""
    configure(settings, "all" if works else "web")
    with _sole(settings):
        _come_up(settings, (host, port))
        _run_server(settings, host, port, works=works)


def serve_demo(settings: Settings, host: str, port: int) -> None:
    """The demo shop: its data is loaded once and kept across restarts."""
    import typer

    from backend.demo import ACCOUNTS, PASSWORD, load_demo

    configure(settings, "demo")
    with _sole(settings):
        prepare(settings)
        asyncio.run(with_database(settings, lambda db: load_demo(db, SystemClock())))
        base = f"http://{host}:{port}"
        typer.echo(f"Demo shop (customer)   {base}/demo/")
        typer.echo(f"Desk (people)          {base}/desk/")
        typer.echo(f"API                    {base}/api/docs")
        for email, role in ACCOUNTS.items():
            typer.echo(f"  {email:<24} {role:<11} password: {PASSWORD}")
        typer.echo("In a terminal: aftercare chat --locale en --customer C1003")
        _run_server(settings, host, port, works=True)


def _run_server(settings: Settings, host: str, port: int, *, works: bool) -> None:
    from backend.app import create_app
    from backend.server import DrainingServer, config_of

    accounts_of(settings)  # what is wrong with channels.yml is told here, in a sentence
    drain = Drain(settings.drain_seconds, settings.drain_notice)
    app = create_app(lambda: _opened(settings), works=works, demo=settings.demo, drain=drain)
    server = DrainingServer(config_of(app, settings, host, port), drain)
    server.run()
    if not server.started or getattr(server.lifespan, "shutdown_failed", False):
        raise SystemExit(3)


async def _opened(settings: Settings) -> House:
    from backend.house import open_house

    house = open_house(settings, accounts_of(settings))
    await _prepared(house)
    sys.setswitchinterval(TURN_OF_A_THREAD)
    memory.settle()
    return house


async def _prepared(house: House) -> None:
    """A database that goes away between its migration and now is given a moment to come back."""
    until = time.monotonic() + BACK_WITHIN
    while True:
        try:
            return await house.prepare()
        except DatabaseAway as error:
            if time.monotonic() > until:
                raise
            log.warning("the database went away at the start: %s", error)
            await asyncio.sleep(PAUSE)


@contextlib.contextmanager
def _sole(settings: Settings) -> Any:
    if not settings.is_sqlite:
        yield
        return
    try:
        with only_service_in(settings.data_dir):
            yield
    except FolderInUse as error:
        raise Conflict("folder_in_use", str(error)) from error


def work(settings: Settings) -> None:
    """Run a worker until a signal; running jobs end first."""
    if settings.is_sqlite:
        raise Invalid(
            "needs_postgres",
            "a separate worker needs Postgres (AFTERCARE_DATABASE_URL); "
            "`aftercare all` runs web and worker together on SQLite",
        )
    configure(settings, "worker")
    own = (settings.metrics_host, settings.metrics_port) if settings.metrics_port else None
    _come_up(settings, own)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_work(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The quicker event loop where there is one, as the web side has by its server."""
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


async def _work(settings: Settings) -> None:
    house = await _opened(settings)
    drain, ended = Drain(settings.drain_seconds), asyncio.Event()
    drain.when_begun(ended.set)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, drain.begin)
    try:
        async with running(house, "worker", drain), _side_server(house, drain):
            await ended.wait()
    finally:
        await house.close()


@asynccontextmanager
async def _side_server(house: House, drain: Drain) -> AsyncIterator[None]:
    """Metrics and health of a worker, if it has a port for them."""
    settings = house.settings
    if not settings.metrics_port:
        yield
        return
    from fastapi import FastAPI

    from backend import health, problems
    from backend.server import SideServer, config_of

    app = FastAPI(openapi_url=None)
    app.state.house, app.state.drain = house, drain
    problems.install(app)
    app.include_router(health.router)
    config = config_of(app, settings, settings.metrics_host, settings.metrics_port)
    server = SideServer(config)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def openapi_document() -> dict[str, Any]:
    """The API's description; needs no database."""
    from backend.app import create_app

    async def never() -> Any:
        raise RuntimeError("the document needs no house")

    return create_app(never, works=False).openapi()


async def with_database(settings: Settings, use: Callable[[Database], Awaitable[T]]) -> T:
    """Use the database of these settings once."""
    return await with_house(settings, lambda house: use(house.db))


async def with_house(settings: Settings, use: Callable[[House], Awaitable[T]]) -> T:
    """Use a house that no channel leads to once. A command may be the first that looks into its
    folder; a database that is there stays as it is."""
    from backend.house import open_house

    if settings.is_sqlite:
        await asyncio.to_thread(_prepare_new, settings)
    # A command may take as long as it needs: whoever gave it looks on.
    house = open_house(settings.model_copy(update={"database_patience": 0.0}), ())
    try:
        return await use(house)
    finally:
        await house.close()


def configure(settings: Settings, role: str) -> None:
    """Log lines and traces of this process, as the settings say. Raises: Invalid."""
    logs.configure(settings.log_level, settings.log_format)
    try:
        tracing.configure(settings.otlp_endpoint, f"aftercare-{role}", __version__)
    except tracing.TracingNotInstalled as error:
        raise Invalid("tracing_not_installed", f"AFTERCARE_OTLP_ENDPOINT needs {error}") from error
