"""The command line: one small command a thing an operator does."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from backend import articles_commands, llm_commands, model_commands
from backend.kit import memory
from backend.kit.actor import Role
from backend.kit.errors import DatabaseAway, DomainError
from backend.settings import Settings

T = TypeVar("T")

app = typer.Typer(help="Aftercare: conversational after-sales service.", no_args_is_help=True)
jobs_app = typer.Typer(help="Look at jobs and replay dead letters.", no_args_is_help=True)
channels_app = typer.Typer(help="Check and register channels.", no_args_is_help=True)
import_app = typer.Typer(help="Bring the shop's data in.", no_args_is_help=True)
accounts_app = typer.Typer(help="People who work with Aftercare.", no_args_is_help=True)
audit_app = typer.Typer(help="The log of everything disputable.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
app.add_typer(jobs_app, name="jobs")
app.add_typer(channels_app, name="channels")
app.add_typer(import_app, name="import")
app.add_typer(accounts_app, name="accounts")
app.add_typer(articles_commands.app, name="knowledge")
app.add_typer(llm_commands.app, name="llm")
app.add_typer(model_commands.app_for("nlu", "What customers want: train, test."), name="nlu")
app.add_typer(model_commands.app_for("sentiment", "How they feel: train, test."), name="sentiment")

Port = Annotated[int, typer.Option(help="Port to listen on.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Data = Annotated[Path | None, typer.Option(help="Folder of data; default AFTERCARE_DATA_DIR.")]


def main() -> None:
    """Entry point: errors of use are one clear line, not a traceback."""
    memory.come_up()
    try:
        app()
    except DomainError as error:
        _fail(error.detail, [f"{item.field}: {item.reason}" for item in error.errors])
    except DatabaseAway as error:
        _fail(f"the database can't be reached: {error}", [])


def _fail(reason: str, more: list[str]) -> None:
    print(f"aftercare: {reason}", file=sys.stderr)
    for line in more:
        print(f"  {line}", file=sys.stderr)
    raise SystemExit(1)


def _settings(data: Path | None, **changes: object) -> Settings:
    given = {"data_dir": data} if data is not None else {}
    return Settings(**given, **changes)  # type: ignore[arg-type]  # names are Settings' own


def _demo_settings(data: Path | None, **changes: object) -> Settings:
    return _settings(
        data,
        demo=True,
        shop_name="Lumo & Leaf 屿光集",
        shop_timezone="Asia/Shanghai",
        return_address="Lumo & Leaf Returns, 88 Yuguang Rd, Shanghai / 上海市屿光路 88 号",
        **changes,
    )


@app.command()
def demo(port: Port = 8000, host: Host = "127.0.0.1", data: Data = None) -> None:
    """Start the demo shop: one process, SQLite, everything in one folder."""
    from backend.serve import serve_demo

    serve_demo(_demo_settings(data, public_url=f"http://{host}:{port}"), host, port)


@app.command(name="all")
def all_in_one(port: Port = 8000, host: Host = "127.0.0.1", data: Data = None) -> None:
    """Web and worker in one process (the embedded form)."""
    from backend.serve import serve

    serve(_settings(data), host, port, works=True)


@app.command()
def web(port: Port = 8000, host: Host = "127.0.0.1", data: Data = None) -> None:
    """Only the web side; start as many as you need, on Postgres."""
    from backend.serve import serve

    serve(_settings(data), host, port, works=False)


@app.command()
def worker(data: Data = None) -> None:
    """Only a worker; start as many as you need, on Postgres."""
    from backend.serve import work

    work(_settings(data))


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema."""
    from backend.serve import prepare

    prepare(_settings(data))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new archive, e.g. shop.tar.gz.")],
    data: Data = None,
) -> None:
    """Copy the shop into one file while it runs (embedded form; holds its secrets, too)."""
    from backend.commands import back_up_to

    report = back_up_to(_settings(data), file)
    print(f"{file}: {report.files} files, {report.bytes / 1e6:.1f} MB")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `aftercare backup` made.")],
    into: Annotated[Path, typer.Option(help="An empty folder, or one to be made.")],
) -> None:
    """Bring a backup back into an empty folder, checked and on the newest schema."""
    from backend.commands import show_progress
    from backend.restoring import restore as bring_back

    report = bring_back(file, into, show_progress)
    made = f"made {report.created_at:%Y-%m-%d %H:%M:%S} UTC by version {report.version}"
    print(f"{into}: {report.files} files, {report.bytes / 1e6:.1f} MB, {made}")
    print(f"start it with: aftercare all --data {into}")


@app.command()
def health(
    url: Annotated[str, typer.Option(help="Where the web side answers.")] = "http://127.0.0.1:8000",
    worker: Annotated[bool, typer.Option(help="Ask for a worker on this host instead.")] = False,
    data: Data = None,
) -> None:
    """Exit with 0 if this process's container is well, else with 1 (a container's healthcheck)."""
    from backend.probe import probe_web, probe_worker

    told = probe_worker(_settings(data)) if worker else probe_web(url)
    print(told.detail)
    if not told.well:
        raise SystemExit(1)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data: Data = None,
) -> None:
    """Look at settings, folder, database, Redis, channels, clock, disk, words and rules."""
    from backend.doctor import examine, print_table, to_json

    findings = examine(data)
    if as_json:
        print(to_json(findings))
    else:
        print_table(findings)
    if any(one.grade == "fail" for one in findings):
        raise SystemExit(1)


@app.command()
def chat(
    locale: Annotated[str, typer.Option(help="zh-CN, en …")] = "zh-CN",
    customer: Annotated[str, typer.Option(help="Speak as this customer, e.g. C1001.")] = "",
    data: Data = None,
) -> None:
    """Talk to the bot in the terminal, on the demo shop's data."""
    from backend.terminal import converse

    asyncio.run(converse(_demo_settings(data), locale, customer))


@app.command()
def converse(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="A conversation's file.")
    ] = None,
    coverage: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Play a folder; print what none visits."),
    ] = None,
    understanding: Annotated[str, typer.Option(help="local or rules")] = "local",
    locale: Annotated[str, typer.Option(help="In place of the file's: zh-CN, en …")] = "",
    customer: Annotated[str, typer.Option(help="Signed in, in place of the file's.")] = "",
    shop: Annotated[
        Path | None,
        typer.Option(
            exists=True, help="A shop's file; default: shop.yml beside it, or the demo shop."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Replay a written conversation: what was understood, decided and answered, turn by turn."""
    from backend.replay import commands

    if (file is None) == (coverage is None) or understanding not in ("local", "rules"):
        _fail("give a FILE or --coverage FOLDER; --understanding is local or rules", [])
    if coverage is not None:
        well = commands.cover(
            coverage, understanding=understanding, locale=locale, shop=shop, as_json=as_json
        )
    else:
        well = commands.converse(
            file or Path(),
            understanding=understanding,
            locale=locale,
            customer=customer,
            shop=shop,
            as_json=as_json,
        )
    if not well:
        raise SystemExit(1)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI document."""
    from backend.serve import openapi_document

    print(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


@import_app.command("orders")
def import_orders(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    data: Data = None,
) -> None:
    """Import orders from JSON lines or CSV; bad rows are listed, good rows go in."""
    from backend.commands import import_orders_from

    report = import_orders_from(_settings(data), file)
    for error in report.errors:
        print(f"line {error.line}: {error.field}: {error.reason}", file=sys.stderr)
    print(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
        f"{len(report.errors) + report.more_errors} bad"
    )
    if report.errors:
        raise SystemExit(1)


@import_app.command("products")
def import_products(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    data: Data = None,
) -> None:
    """Import products and their variants from JSON lines; bad ones are listed, good ones go in."""
    from backend.commands import import_products_from

    report = import_products_from(_settings(data), file)
    for error in report.errors:
        print(f"line {error.line}: {error.field}: {error.reason}", file=sys.stderr)
    print(
        f"{report.created} articles created, {report.updated} updated, "
        f"{report.unchanged} unchanged, {len(report.errors) + report.more_errors} bad"
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
    create_account_in(_settings(data), email, name or email, role, password)
    print(f"created {email} ({role})")


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
        print(
            f"{row.id}\t{row.kind}\t{row.state}\ttries {row.attempt}\t"
            f"{row.created_at:%Y-%m-%d %H:%M:%S}\t{row.key or '-'}\t{row.last_error or ''}"
        )
    if not rows:
        print(f"no {state or ''} jobs".replace("  ", " "))


@jobs_app.command("replay")
def replay_job(job_id: int, data: Data = None) -> None:
    """Put a dead letter back to work."""
    from backend.commands import replay_dead_letter

    asyncio.run(replay_dead_letter(_settings(data), job_id))
    print(f"job {job_id} will be tried again")


@audit_app.command("verify")
def verify_audit(data: Data = None) -> None:
    """Recompute the audit log's chain of hashes."""
    from backend.audit.service import verify_chain

    broken = _on_database(data, lambda db: db.read(verify_chain))
    if broken is not None:
        _fail(f"the audit log does not hold from entry {broken}", [])
    print("the audit log holds")


@channels_app.command("check")
def check_channels(data: Data = None) -> None:
    """Ask every vendor whether the credentials hold."""
    from backend.commands import check_channels_of

    checks = asyncio.run(check_channels_of(_settings(data)))
    for check in checks:
        print(f"{check.account_id}: {check.problem or 'ok'}")
        if status := check.status:
            print(f"  {status.identity}, webhook {status.webhook_url or 'not set'}")
            print(f"  {status.pending} waiting, last complaint: {status.last_error or 'none'}")
    if any(check.problem for check in checks):
        raise SystemExit(1)


@channels_app.command("set-webhook")
def set_webhook(account_id: str, data: Data = None) -> None:
    """Tell the vendor where to call (Telegram)."""
    from backend.commands import set_webhook_of

    print(asyncio.run(set_webhook_of(_settings(data), account_id)))


def _on_database(data: Path | None, use: Callable[..., Awaitable[T]]) -> T:
    from backend.serve import with_database

    return asyncio.run(with_database(_settings(data), use))


if __name__ == "__main__":
    main()
