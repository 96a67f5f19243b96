"""What brings data into a shop and looks after it: `aftercare import | accounts | jobs | audit |
channels …`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from backend.kit.actor import Role
from backend.settings import Settings

T = TypeVar("T")

import_app = typer.Typer(help="Bring the shop's data in.", no_args_is_help=True)
accounts_app = typer.Typer(help="People who work with Aftercare.", no_args_is_help=True)
jobs_app = typer.Typer(help="Look at jobs and replay dead letters.", no_args_is_help=True)
audit_app = typer.Typer(help="The log of everything disputable.", no_args_is_help=True)
channels_app = typer.Typer(help="Check and register channels.", no_args_is_help=True)

Data = Annotated[Path | None, typer.Option(help="Folder of data; default AFTERCARE_DATA_DIR.")]


def settings_of(data: Path | None, **changes: object) -> Settings:
    """The settings of this environment, with the folder a command was told."""
    given = {"data_dir": data} if data is not None else {}
    return Settings(**given, **changes)  # type: ignore[arg-type]  # names are Settings' own


@import_app.command("orders")
def import_orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    data: Data = None,
) -> None:
    """Import orders from JSON lines or CSV; bad rows are listed, good rows go in."""
    from backend.commands import import_orders_from

    report = import_orders_from(settings_of(data), file)
    for error in report.errors:
        typer.echo(_fault(error.line, error.field, error.reason), err=True)
    typer.echo(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
        f"{report.bad} bad"
    )
    if report.errors:
        raise SystemExit(1)


def _fault(line: int, field: str, reason: str) -> str:
    return ": ".join(part for part in (f"line {line}", field, reason) if part)


@import_app.command("products")
def import_products(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    data: Data = None,
) -> None:
    """Import products and their variants from JSON lines; bad ones are listed, good ones go in."""
    from backend.commands import import_products_from

    report = import_products_from(settings_of(data), file)
    for error in report.errors:
        typer.echo(_fault(error.line, error.field, error.reason), err=True)
    typer.echo(
        f"{report.created} articles created, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.bad} bad"
    )
    if report.errors:
        raise SystemExit(1)


@accounts_app.command("create")
def create_account(
    email: str,
    role: Annotated[Role, typer.Option(help="Each includes what stands before it.")] = Role.AGENT,
    name: str = "",
    data: Data = None,
) -> None:
    """Create an account; asks for the password."""
    from backend.commands import create_account_in

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    create_account_in(settings_of(data), email, name or email, role, password)
    typer.echo(f"created {email} ({role})")


@jobs_app.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help="new, running, done, dead; all if empty")] = "dead",
    limit: int = 50,
    data: Data = None,
) -> None:
    """List jobs, dead letters by default."""
    from backend.kit.jobs import listing

    rows = _on_database(data, lambda db: db.read(listing.list_jobs, state or None, limit))
    for row in rows:
        typer.echo(
            f"{row.id}\t{row.kind}\t{row.state}\ttries {row.attempt}\t"
            f"{row.created_at:%Y-%m-%d %H:%M:%S}\t{row.key or '-'}\t{row.last_error or ''}"
        )
    if not rows:
        typer.echo(f"no {state or ''} jobs".replace("  ", " "))


@jobs_app.command("replay")
def replay_job(job_id: int, data: Data = None) -> None:
    """Put a dead letter back to work."""
    from backend.commands import replay_dead_letter

    asyncio.run(replay_dead_letter(settings_of(data), job_id))
    typer.echo(f"job {job_id} will be tried again")


@audit_app.command("verify")
def verify_audit(data: Data = None) -> None:
    """Recompute the audit log's chain of hashes."""
    from backend.audit.service import verify_chain

    broken = _on_database(data, lambda db: db.read(verify_chain))
    if broken is not None:
        typer.echo(f"aftercare: the audit log does not hold from entry {broken}", err=True)
        raise SystemExit(1)
    typer.echo("the audit log holds")


@channels_app.command("check")
def check_channels(data: Data = None) -> None:
    """Ask every vendor whether the credentials hold."""
    from backend.commands import check_channels_of

    checks = asyncio.run(check_channels_of(settings_of(data)))
    for check in checks:
        typer.echo(f"{check.account_id}: {check.problem or 'ok'}")
        if status := check.status:
            typer.echo(f"  {status.identity}, webhook {status.webhook_url or 'not set'}")
            typer.echo(f"  {status.pending} waiting, last complaint: {status.last_error or 'none'}")
    if any(check.problem for check in checks):
        raise SystemExit(1)


@channels_app.command("set-webhook")
def set_webhook(account_id: str, data: Data = None) -> None:
    """Tell the vendor where to call (Telegram)."""
    from backend.commands import set_webhook_of

    url = asyncio.run(set_webhook_of(settings_of(data), account_id))
    typer.echo(url)
    if not url.startswith("https://"):
        typer.echo("vendors call https addresses only: set AFTERCARE_PUBLIC_URL", err=True)


def _on_database(data: Path | None, use: Callable[..., Awaitable[T]]) -> T:
    from backend.serve import with_database

    return asyncio.run(with_database(settings_of(data), use))
