"""Starting things: what the commands do, in the order a process comes up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from backend.embedded import FolderInUse, only_service_in
from backend.kit.clock import SystemClock
from backend.kit.db import Database
from backend.kit.errors import Conflict, Invalid
from backend.migrations.run import migrate
from backend.pipeline.channels import load_accounts
from backend.settings import DEMO_CHANNEL, Settings
from bot.channels.base import ChannelAccount
from bot.channels.terminal import TERMINAL

T = TypeVar("T")


def accounts_of(settings: Settings) -> list[ChannelAccount]:
    """The channel accounts of the data folder; the demo adds its own web chat."""
    accounts = [TERMINAL, *load_accounts(settings.data_dir / "channels.yml")]
    if settings.demo and not any(account.id == DEMO_CHANNEL for account in accounts):
        secret = {"identity_secret": settings.signing_secret()}
        accounts.append(ChannelAccount(DEMO_CHANNEL, "webchat", "Demo shop", secret))
    return accounts


def prepare(settings: Settings) -> None:
    """Make the data folder and bring the database to the newest schema; before any event loop."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings.database)


def serve(settings: Settings, host: str, port: int, *, works: bool) -> None:
    """Run the web side, with the worker beside it if `works`, until a signal."""
    configure_logging(settings)
    with _sole(settings):
        prepare(settings)
        _run_server(settings, host, port, works=works)


def serve_demo(settings: Settings, host: str, port: int) -> None:
    """The demo shop: its data is loaded once and kept across restarts."""
    import typer

    from backend.demo import ACCOUNTS, PASSWORD, load_demo

    configure_logging(settings)
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
    import uvicorn

    from backend.app import create_app
    from backend.house import House, open_house

    async def opened() -> House:
        house = open_house(settings, accounts_of(settings))
        await house.prepare()
        return house

    app = create_app(opened, works=works, demo=settings.demo)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level=settings.log_level.lower(),
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=10,
    )


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
    configure_logging(settings)
    prepare(settings)
    asyncio.run(_work(settings))


async def _work(settings: Settings) -> None:
    from backend.house import open_house

    house = open_house(settings, accounts_of(settings))
    await house.prepare()
    worker = house.worker()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    await worker.run()
    await house.close()


def openapi_document() -> dict[str, Any]:
    """The API's description; needs no database."""
    from backend.app import create_app

    async def never() -> Any:
        raise RuntimeError("the document needs no house")

    return create_app(never, works=False).openapi()


async def with_database(settings: Settings, use: Callable[[Database], Awaitable[T]]) -> T:
    """Use the database of these settings once."""
    from backend.house import open_house

    house = open_house(settings, ())
    try:
        return await use(house.db)
    finally:
        await house.close()


def configure_logging(settings: Settings) -> None:
    """Plain lines on stderr. Vendors' HTTP clients log addresses with tokens: kept quiet."""
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for noisy in ("httpx", "httpcore", "aiogram", "stripe", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
