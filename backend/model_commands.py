"""`aftercare nlu …` and `aftercare sentiment …`: train, test, compare, activate."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.kit.clock import SystemClock
from backend.kit.errors import Invalid
from backend.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.understanding.models.labelled import BadRow, Phrase
    from bot.understanding.models.report import Report
    from bot.understanding.models.shelf import Shelf

# What understands is imported by the commands themselves: it would slow the start of all others.

MAX_BAD_SHOWN = 50

Data = Annotated[Path | None, typer.Option(help="Folder of data; default AFTERCARE_DATA_DIR.")]
File = Annotated[Path, typer.Argument(help="CSV with text,label or YAML as the shipped seeds.")]
Files = Annotated[list[Path], typer.Argument(help="CSV with text,label or YAML as the seeds.")]
Named = Annotated[str, typer.Argument(help="A version, or `shipped`.")]


def app_for(kind: str, help_text: str) -> typer.Typer:
    """The commands for one kind of model (`nlu`, `sentiment`)."""
    app = typer.Typer(help=help_text, no_args_is_help=True)

    @app.command("train")
    def train_version(
        files: Files,
        name: Annotated[str, typer.Option(help="The version's name; default: the time.")] = "",
        alone: Annotated[bool, typer.Option("--alone", help="Without our own phrases.")] = False,
        new_labels: Annotated[
            bool, typer.Option("--new-labels", help="Take labels that the product doesn't know.")
        ] = False,
        activate: Annotated[bool, typer.Option("--activate", help="Use it at once.")] = False,
        data: Data = None,
    ) -> None:
        """Train a version on labelled phrases, together with ours, and print how good it is."""
        shelf = _shelf(data, kind)
        version = name or f"{SystemClock().now():%Y%m%d-%H%M%S}"
        with _told():
            _train(shelf, files, version, alone=alone, new_labels=new_labels)
            if activate:
                shelf.activate(version)
        typer.echo(f"{version} is {'in use' if activate else 'kept'}")
        if not activate:
            typer.echo(f"use it with: aftercare {kind} activate {version}")

    @app.command("test")
    def test_version(
        file: File,
        version: Annotated[str, typer.Option(help="Default: the one in use.")] = "",
        data: Data = None,
    ) -> None:
        """Measure a version on labelled phrases."""
        shelf = _shelf(data, kind)
        with _told():
            _print(_scored(shelf, version or shelf.active(), _phrases(file)))

    @app.command("compare")
    def compare_versions(
        one: Named,
        other: Named,
        file: Annotated[
            Path | None, typer.Argument(help="Labelled phrases; without: the stored reports.")
        ] = None,
        data: Data = None,
    ) -> None:
        """Show what changes from one version to another."""
        from bot.understanding.models.learning import differences

        shelf = _shelf(data, kind)
        with _told():
            phrases = _phrases(file) if file else None
            before, after = (
                _stored(shelf, name) if phrases is None else _scored(shelf, name, phrases)
                for name in (one, other)
            )
        for line in differences(before, after):
            typer.echo(line)

    @app.command("list")
    def list_versions(data: Data = None) -> None:
        """List the versions; * marks the one in use."""
        for version in _shelf(data, kind).versions():
            told = f"accuracy {version.report['accuracy']:.3f}" if version.report else "no report"
            typer.echo(f"{'*' if version.active else ' '} {version.name}  {told}")

    @app.command("activate")
    def activate_version(version: Named, data: Data = None) -> None:
        """Use a version from now on; running processes follow within seconds."""
        with _told():
            _shelf(data, kind).activate(version)
        typer.echo(f"{version} is in use")

    @app.command("rollback")
    def roll_back(data: Data = None) -> None:
        """Use the version again that was in use before."""
        with _told():
            version = _shelf(data, kind).roll_back()
        typer.echo(f"{version} is in use again")

    return app


def _train(
    shelf: Shelf, files: Sequence[Path], version: str, *, alone: bool, new_labels: bool
) -> None:
    from bot.understanding.models.learning import gather, learn
    from knowledge.embedding import shared_embedder

    material = gather(files, shelf.kind, alone=alone, new_labels=new_labels)
    _print_bad(material.bad)
    if not material.own:
        raise ValueError("no phrase could be taken from what was given")
    shelf.check_free(version)
    with typer.progressbar(length=100, label=version, file=sys.stderr) as bar:

        def on_progress(done: int, of: int) -> None:
            bar.update(100 * done // of - bar.pos)

        learned = learn(material, version, shared_embedder(), on_progress)
    own = {"own": learned.own.to_json()} if learned.own else {}
    folder = shelf.store(version, learned.model, learned.report.to_json(), own)
    _print(learned.report)
    if learned.own is not None:
        typer.echo("of these, your own phrases:")
        _print(learned.own)
    typer.echo(f"written to {folder}")


def _scored(shelf: Shelf, version: str, phrases: Sequence[Phrase]) -> Report:
    from bot.understanding.models.learning import score
    from knowledge.embedding import shared_embedder

    return score(shelf.load(version), phrases, shared_embedder())


def _phrases(file: Path) -> Sequence[Phrase]:
    from bot.understanding.models.labelled import read_labelled

    read = read_labelled(file)
    _print_bad(read.bad)
    return read.phrases


def _stored(shelf: Shelf, version: str) -> Report:
    from bot.understanding.models.report import Report

    if not (told := shelf.report(version)):
        raise ValueError(f"no report of {version} is stored")
    return Report.from_json(told)


def _shelf(data: Path | None, kind: str) -> Shelf:
    from bot.understanding.models.shelf import Shelf

    return Shelf(data or Settings().data_dir, kind)


def _print(report: Report) -> None:
    for line in report.lines():
        typer.echo(line)


def _print_bad(bad: Sequence[BadRow]) -> None:
    for row in bad[:MAX_BAD_SHOWN]:
        typer.echo(f"{row.file}, line {row.line}: {row.reason}", err=True)
    if len(bad) > MAX_BAD_SHOWN:
        typer.echo(f"… and {len(bad) - MAX_BAD_SHOWN} more bad rows", err=True)


@contextmanager
def _told() -> Iterator[None]:
    """Errors of use and of files as one clear line."""
    from bot.understanding.models.classifier import ModelError

    try:
        yield
    except (ValueError, ModelError) as error:
        raise Invalid("model", str(error)) from error
