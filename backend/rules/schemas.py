"""Decision tables as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from backend.rules.service import TableView
from backend.rules.tables import Column


class DraftIn(BaseModel):
    """A table as JDM (hitPolicy, inputs, outputs, rules); docs/guides/rules.md explains it."""

    model_config = ConfigDict(extra="forbid")

    content: dict[str, Any]


class ColumnOut(BaseModel):
    """A column a table knows. `kind`: integer, boolean, text, or word (one of `words`).
    `money`: minor units of the row's currency."""

    name: str
    kind: str
    words: list[str]
    money: bool


class VersionOut(BaseModel):
    """`status`: draft, published or retired."""

    version: int
    status: str
    author: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


class TableOut(BaseModel):
    """A table: what its rows may name, its versions (newest first), and one version's content."""

    table: str
    inputs: list[ColumnOut]
    outputs: list[ColumnOut]
    versions: list[VersionOut]
    version: int
    content: dict[str, Any]


class TableListOut(BaseModel):
    """Every table with its published version."""

    items: list[TableOut]


class DraftOut(BaseModel):
    """The draft that was saved."""

    table: str
    version: int


def table_out(view: TableView) -> TableOut:
    """A table for the API."""
    return TableOut(
        table=view.spec.name,
        inputs=[_column(one) for one in view.spec.input_columns().values()],
        outputs=[_column(one) for one in view.spec.output_columns().values()],
        versions=[
            VersionOut(
                version=one.version,
                status=one.status,
                author=one.author_name,
                created_at=one.created_at,
                published_by=one.published_by,
                published_at=one.published_at,
            )
            for one in view.versions
        ],
        version=view.version,
        content=dict(view.content),
    )


def _column(column: Column) -> ColumnOut:
    return ColumnOut(
        name=column.name, kind=column.kind, words=list(column.words), money=column.money
    )
