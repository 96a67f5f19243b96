"""Decision tables: decide by the published version, draft and publish new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.audit import service as audit
from backend.kit.actor import SYSTEM, Actor, Role, require
from backend.kit.db import Tx
from backend.kit.errors import Conflict, Invalid, NotFound
from backend.rules import repository
from backend.rules.engine import Decision, TableBroken
from backend.rules.engine import evaluate as run
from backend.rules.lint import ROW_KEYS, lint
from backend.rules.repository import StoredDecision, TableVersion
from backend.rules.shipped import shipped_content
from backend.rules.tables import TABLES, I, O, TableSpec


@dataclass(frozen=True, slots=True)
class TableView:
    """A table for the desk: its contract, its versions (newest first), one version's content."""

    spec: TableSpec[Any, Any]
    versions: Sequence[TableVersion]
    version: int
    content: Mapping[str, Any]


def evaluate(tx: Tx, spec: TableSpec[I, O], inputs: I) -> Decision[O]:
    """What the published version says, without keeping it (a quote). Raises: TableBroken."""
    version = repository.published(tx, spec.name)
    if version is None:
        raise TableBroken(f"{spec.name} has no published version")
    return run(spec, version, lambda: _content(tx, spec.name, version.number), inputs)


def record_decisions(tx: Tx, ticket_id: str, decisions: Sequence[Decision[Any]]) -> None:
    """Keep decisions with the ticket they were made for."""
    repository.add_decisions(
        tx,
        [
            StoredDecision(
                ticket_id=ticket_id,
                rule_table=made.table,
                version=made.version,
                row_id=made.row_id,
                row_index=made.row_index,
                inputs=made.inputs,
                outputs=made.outputs.model_dump(),
                decided_at=tx.now,
            )
            for made in decisions
        ],
    )


def decisions_of(tx: Tx, ticket_ids: Sequence[str]) -> Sequence[StoredDecision]:
    """The decisions made for tickets, oldest first."""
    return repository.decisions_of(tx, ticket_ids)


def ensure_defaults(tx: Tx) -> None:
    """Publish the shipped version of each table that has none yet. Safe to repeat and to race."""
    for spec in TABLES.values():
        if repository.versions(tx, spec.name):
            continue
        content = shipped_content(spec)
        _check(spec, content)
        if repository.add(tx, spec.name, 1, content, SYSTEM, is_published=True):
            audit.record(tx, SYSTEM, "rules.published", f"rules:{spec.name}", {"version": 1})


def list_tables(tx: Tx, actor: Actor) -> Sequence[TableView]:
    """Every table with its published version. Raises: Forbidden."""
    return [get_table(tx, actor, name) for name in TABLES]


def get_table(tx: Tx, actor: Actor, name: str, version: int | None = None) -> TableView:
    """A table with one version's content, the published one's if none is named.

    Raises: Forbidden, NotFound.
    """
    require(actor, Role.AGENT)
    spec = _spec(name)
    versions = repository.versions(tx, name)
    if version is None:
        current = repository.published(tx, name)
        if current is None:
            raise NotFound("version_not_found")
        version = current.number
    return TableView(spec, versions, version, _content(tx, name, version))


def save_draft(tx: Tx, actor: Actor, name: str, content: Any) -> int:
    """Save a new draft version and tell its number; nothing decides by it yet.

    Raises: Forbidden, NotFound, Invalid with an error for each wrong cell.
    """
    require(actor, Role.MANAGER)
    spec = _spec(name)
    _check(spec, content)
    repository.lock(tx, name)
    known = repository.versions(tx, name)
    version = known[0].version + 1 if known else 1
    if not repository.add(tx, name, version, _tidy(content), actor, is_published=False):
        raise Conflict("saved_meanwhile", "somebody else saved a draft just now")
    audit.record(tx, actor, "rules.drafted", f"rules:{name}", {"version": version})
    return version


def publish(tx: Tx, actor: Actor, name: str, version: int) -> None:
    """Let a draft (or a version used before) decide from now on; the present one retires.

    Raises: Forbidden, NotFound, Invalid, Conflict when it is published already.
    """
    require(actor, Role.MANAGER)
    spec = _spec(name)
    repository.lock(tx, name)
    current = repository.published(tx, name)
    if current is not None and current.number == version:
        raise Conflict("already_published")
    # Linted again: the table's contract may have changed since the draft was saved.
    _check(spec, _content(tx, name, version))
    repository.retire_published(tx, name)
    repository.set_published(tx, name, version, actor)
    data = {"version": version, "replaces": current.number if current else None}
    audit.record(tx, actor, "rules.published", f"rules:{name}", data)


def _spec(name: str) -> TableSpec[Any, Any]:
    if name not in TABLES:
        raise NotFound("table_not_found")
    return TABLES[name]


def _content(tx: Tx, name: str, version: int) -> Mapping[str, Any]:
    content = repository.content(tx, name, version)
    if content is None:
        raise NotFound("version_not_found")
    return content


def _check(spec: TableSpec[Any, Any], content: Any) -> None:
    errors = lint(spec, content)
    if errors:
        raise Invalid("table_invalid", f"{len(errors)} errors in {spec.name}", errors=errors)


def _tidy(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only what the engine and the desk read, cells trimmed, so that equal tables hash equally."""
    sides = {
        side: [
            {"id": column["id"], "name": column["field"], "field": column["field"]}
            | {"type": "expression"}
            for column in content[side]
        ]
        for side in ("inputs", "outputs")
    }
    keys = [*ROW_KEYS, *(column["id"] for side in sides.values() for column in side)]
    rules = [
        {key: str(row[key]).strip() for key in sorted(keys) if key in row}
        for row in content["rules"]
    ]
    return {"hitPolicy": "first", **sides, "rules": rules}
