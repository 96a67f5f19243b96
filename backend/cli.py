"""The command line: one small command a thing an operator does."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from backend import articles_commands, llm_commands, model_commands, shop_commands
from backend.kit import memory
from backend.kit.errors import DatabaseAway, DomainError
from backend.settings import Settings, faults_of
from backend.shop_commands import Data, settings_of

app = typer.Typer(
    help="Aftercare: conversational after-sales service.",
    no_args_is_help=True,
    # Older releases print every local variable beside a traceback: the settings, addresses.
    pretty_exceptions_show_locals=False,
)
app.add_typer(shop_commands.audit_app, name="audit")
app.add_typer(shop_commands.jobs_app, name="jobs")
app.add_typer(shop_commands.channels_app, name="channels")
app.add_typer(shop_commands.import_app, name="import")
app.add_typer(shop_commands.accounts_app, name="accounts")
app.add_typer(articles_commands.app, name="knowledge")
app.add_typer(llm_commands.app, name="llm")
app.add_typer(model_commands.app_for("nlu", "What customers want: train, test."), name="nlu")
app.add_typer(model_commands.app_for("sentiment", "How they feel: train, test."), name="sentiment")

Port = Annotated[int, typer.Option(help="Port to listen on.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]


def main() -> None:
    """Entry point: errors of use are one clear line, not a traceback."""
    memory.come_up()
    try:
        app()
    except DomainError as error:
        _fail(error.detail, [f"{item.field}: {item.reason}" for item in error.errors])
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        _fail("the settings are wrong (`aftercare doctor` looks at all of them)", faults_of(error))
    except DatabaseAway as error:
        _fail(f"the database can't be reached: {error}", [])


def _fail(reason: str, more: list[str]) -> None:
    print(f"aftercare: {reason}", file=sys.stderr)
    for line in more:
        print(f"  {line}", file=sys.stderr)
    raise SystemExit(1)


def _demo_settings(data: Path | None, **changes: object) -> Settings:
    return settings_of(
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

    serve(settings_of(data), host, port, works=True)


@app.command()
def web(port: Port = 8000, host: Host = "127.0.0.1", data: Data = None) -> None:
    """Only the web side; start as many as you need, on Postgres."""
    from backend.serve import serve

    serve(settings_of(data), host, port, works=False)


@app.command()
def worker(data: Data = None) -> None:
    """Only a worker; start as many as you need, on Postgres."""
    from backend.serve import work

    work(settings_of(data))


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database to the newest schema."""
    from backend.serve import prepare

    prepare(settings_of(data))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The new archive, e.g. shop.tar.gz.")],
    data: Data = None,
) -> None:
    """Copy the shop into one file while it runs (embedded form; holds its secrets, too)."""
    from backend.commands import back_up_to

    report = back_up_to(settings_of(data), file)
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

    told = probe_worker(settings_of(data)) if worker else probe_web(url)
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


if __name__ == "__main__":
    main()
