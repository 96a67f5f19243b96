"""What the one-shot commands do: import, accounts, channels."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from backend.accounts import service as accounts
from backend.backup import Report, back_up
from backend.catalog.importing import import_file as import_products
from backend.catalog.schemas import ProductsReport
from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.errors import Invalid
from backend.operations import service as operations
from backend.orders.importing import import_file
from backend.orders.schemas import ImportReport
from backend.pipeline.channels import Channels
from backend.serve import accounts_of, prepare, with_database, with_house
from backend.settings import Settings
from bot.channels.base import AccountStatus, ChannelError, WebhookRegistrar

if TYPE_CHECKING:
    from backend.house import House

T = TypeVar("T")


def import_orders_from(settings: Settings, file: Path) -> ImportReport:
    """Import a file of orders, with a progress bar on the terminal."""
    prepare(settings)
    size = max(1, file.stat().st_size)
    with typer.progressbar(length=size, label=file.name, file=sys.stderr) as bar:

        def on_progress(position: int) -> None:
            bar.update(position - bar.pos)

        return asyncio.run(with_database(settings, lambda db: import_file(db, file, on_progress)))


def import_products_from(settings: Settings, file: Path) -> ProductsReport:
    """Import a file of products, with a progress bar on the terminal."""
    prepare(settings)
    size = max(1, file.stat().st_size)
    with typer.progressbar(length=size, label=file.name, file=sys.stderr) as bar:

        def on_progress(position: int) -> None:
            bar.update(position - bar.pos)

        return asyncio.run(
            with_database(settings, lambda db: import_products(db, file, on_progress))
        )


def create_account_in(settings: Settings, email: str, name: str, role: Role, password: str) -> None:
    """Create an account from the command line: who may start commands may do that."""
    prepare(settings)
    operator = Actor("system", "cli", "Command line", Role.ADMIN)
    digest = accounts.hash_password(password)
    asyncio.run(
        with_database(
            settings,
            lambda db: db.tx(accounts.create_account, operator, email, name, role, digest),
        )
    )


async def replay_dead_letter(settings: Settings, job_id: int) -> None:
    """Put a dead letter back to work, on record. Raises: NotFound; Conflict with why not."""

    async def put_back(house: House) -> None:
        await house.db.tx(operations.replay, SYSTEM, house.kinds, job_id)

    await with_house(settings, put_back)


def back_up_to(settings: Settings, file: Path) -> Report:
    """Copy the shop into one file, telling how far it is. Raises: Invalid on Postgres."""
    if not settings.is_sqlite:
        raise Invalid(
            "needs_sqlite",
            "on Postgres use pg_dump and copy the files folder (docs/guides/backup.md)",
        )
    return back_up(settings.data_dir, file, show_progress)


def show_progress(what: str, done: int, of: int) -> None:
    """One line on the terminal for each thing that is copied."""
    end = "\n" if done >= of else ""
    sys.stderr.write(f"\r{what}: {100 * done // max(of, 1)} %{end}")


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """What `aftercare channels check` tells of an account: the vendor's word, or what is wrong."""

    account_id: str
    status: AccountStatus | None = None
    problem: str = ""


async def check_channels_of(settings: Settings) -> list[ChannelCheck]:
    """Ask every vendor that can be asked about its account."""
    channels = Channels(accounts_of(settings))
    checks = [await _check(channels, account.id) for account in channels.accounts()]
    await channels.close()
    return checks


async def _check(channels: Channels, account_id: str) -> ChannelCheck:
    try:
        adapter = channels.adapter(account_id)
        if not isinstance(adapter, WebhookRegistrar):
            return ChannelCheck(account_id)
        return ChannelCheck(account_id, status=await adapter.check())
    except ChannelError as error:
        return ChannelCheck(account_id, problem=str(error))


async def set_webhook_of(settings: Settings, account_id: str) -> str:
    """Register the account's webhook with its vendor; returns the address."""
    channels = Channels(accounts_of(settings))
    account = channels.account(account_id)
    url = f"{settings.public_url.rstrip('/')}/webhooks/{account.channel}/{account.id}"
    try:
        adapter = channels.adapter(account_id)
        if not isinstance(adapter, WebhookRegistrar):
            raise Invalid("no_webhook", f"{account.channel} needs no webhook to be set")
        await adapter.set_webhook(url)
    except ChannelError as error:
        raise Invalid("webhook_refused", f"the vendor refused the webhook: {error}") from error
    finally:
        await channels.close()
    return url
