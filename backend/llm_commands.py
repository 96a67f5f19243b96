"""What `aftercare llm …` does."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from backend.kit.errors import Invalid
from backend.settings import Settings

app = typer.Typer(help="The language model, where one is configured.", no_args_is_help=True)


class By(StrEnum):
    """What costs are summed over."""

    DAY = "day"
    CONVERSATION = "conversation"


@app.callback()
def llm() -> None:
    """The language model, where one is configured."""


@app.command()
def costs(
    days: Annotated[int, typer.Option(help="UTC days, with today.")] = 30,
    by: Annotated[By, typer.Option(help="Sums of days, or the dearest conversations.")] = By.DAY,
    data: Annotated[
        Path | None, typer.Option(help="Folder of data; default AFTERCARE_DATA_DIR.")
    ] = None,
) -> None:
    """Tokens and what they cost."""
    from backend.kit.actor import SYSTEM
    from backend.serve import with_database
    from backend.spending import service
    from backend.spending.schemas import model_cost_out

    if not 1 <= days <= service.MAX_DAYS:
        raise Invalid(f"--days is 1 to {service.MAX_DAYS}")
    settings = Settings(data_dir=data) if data is not None else Settings()
    wide = by is By.CONVERSATION

    found = asyncio.run(
        with_database(
            settings,
            lambda db: db.read(
                lambda tx: service.costs(tx, SYSTEM, days=days, by_conversation=wide)
            ),
        )
    )
    for row in map(model_cost_out, found):
        where = [row.conversation_id or ""] if wide else []
        figures = [f"{row.questions} questions", f"{row.tokens_in} + {row.tokens_out} tokens"]
        typer.echo("\t".join([str(row.day), *where, *figures, f"{row.cost} {row.currency}"]))
    if not found:
        typer.echo("no language model was asked")
