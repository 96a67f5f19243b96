"""What `aftercare knowledge …` does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from backend.kit.errors import Invalid
from backend.settings import Settings

app = typer.Typer(help="The articles that the bot answers from.", no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Folder of data; default AFTERCARE_DATA_DIR.")]
Locale = Annotated[str, typer.Option(help="zh-CN, en …")]


@app.command("import")
def import_articles(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, readable=True)],
    locale: Locale = "en",
    data: Data = None,
) -> None:
    """Bring in Markdown, HTML, PDF and DOCX; a folder named like a locale gives its files'."""
    from knowledge.importing import import_folder

    try:
        report = import_folder(folder, _folder(data), locale)
    except ValueError as error:
        raise Invalid(str(error)) from error
    for problem in report.problems:
        typer.echo(problem, err=True)
    typer.echo(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, "
        f"{len(report.problems)} bad"
    )
    if report.problems:
        raise SystemExit(1)


@app.command()
def reindex(data: Data = None) -> None:
    """Check the articles, and have running processes index them again within seconds."""
    from backend.pipeline.articles import STAMP, articles_of

    folder = _folder(data)
    articles, problems = articles_of(folder)
    for problem in problems:
        typer.echo(problem, err=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).touch()
    typer.echo(f"{len(articles)} articles will be indexed")
    if problems:
        raise SystemExit(1)


@app.command()
def search(question: str, locale: Locale = "en", limit: int = 3, data: Data = None) -> None:
    """What the articles have on a question, best first, and whether a customer would be told."""
    from backend.pipeline.articles import articles_of
    from bot.understanding.normalise import for_matching
    from knowledge.embedding import shared_embedder
    from knowledge.hybrid import THRESHOLD, HybridIndex

    index = HybridIndex.build(articles_of(_folder(data))[0], shared_embedder())
    for hit in index.search(for_matching(question), locale, limit):
        mark = "would answer" if hit.confidence >= THRESHOLD else "not sure"
        section = hit.section
        typer.echo(f"{hit.confidence:.2f} {mark}: {section.article_id}#{section.number}")
        typer.echo(f"     {section.title} › {section.heading}\n     {section.text[:200]}")


@app.command()
def unanswered(days: int = 30, limit: int = 100, data: Data = None) -> None:
    """What customers asked and no article answered, the newest first."""
    from backend.conversations.repository_questions import unanswered_questions
    from backend.serve import with_database

    if not 1 <= limit <= 1000 or not 1 <= days <= 3650:
        raise Invalid("--limit is 1 to 1000, --days 1 to 3650")
    since = timedelta(days=days)
    found = asyncio.run(
        with_database(
            _settings(data),
            lambda db: db.read(lambda tx: unanswered_questions(tx, tx.now - since, limit)),
        )
    )
    for one in found:
        typer.echo(
            f"{one.asked_at:%Y-%m-%d %H:%M}\t{one.locale}\t{' '.join(one.text.split())[:200]}"
        )
    if not found:
        typer.echo("no unanswered questions")


def _settings(data: Path | None) -> Settings:
    return Settings(data_dir=data) if data is not None else Settings()


def _folder(data: Path | None) -> Path:
    from backend.pipeline.articles import FOLDER

    return _settings(data).data_dir / FOLDER
