"""Runs a decision table's content. Content is compiled once and kept by its hash.

The engine's own loader would compile it at each evaluation (314 µs instead of 150).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

import zen

from backend.rules.tables import I, O, TableSpec

KEPT = 256
"""Compiled contents kept at a time: published versions, and old ones being replayed."""
KEPT_DECISIONS = 4_096


class TableBroken(RuntimeError):
    """A table gave no valid answer: it was not linted, or its contract has changed since."""


@dataclass(frozen=True, slots=True)
class Decision(Generic[O]):
    """What a table said: which row of which version, on what. `row_index` counts from 0."""

    table: str
    version: int
    row_id: str
    row_index: int
    inputs: Mapping[str, Any]
    outputs: O


@dataclass(frozen=True, slots=True)
class Version:
    """Which content of a table: `content_hash` names its compiled form."""

    number: int
    content_hash: str


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256, as hex, of the content's canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


_compiled: dict[str, zen.ZenDecision] = {}
_decided: dict[tuple[Hashable, ...], Decision[Any]] = {}
"""A table says the same to the same question: on who pays the way back there are few questions."""


def evaluate(
    spec: TableSpec[I, O],
    version: Version,
    load: Callable[[], Mapping[str, Any]],
    inputs: I,
) -> Decision[O]:
    """Decide. `load` gives the content when its compiled form is not kept yet.

    Raises: TableBroken.
    """
    compiled = _compiled.get(version.content_hash)
    if compiled is None:
        compiled = zen.ZenEngine().create_decision(json.dumps(_graph(load())))
        if len(_compiled) >= KEPT:
            _compiled.clear()
        _compiled[version.content_hash] = compiled
    values = inputs.model_dump()
    asked = (spec.name, version.number, version.content_hash, *values.values())
    if (known := _decided.get(asked)) is not None:
        return known
    made = _decide(spec, version, compiled, values)
    if len(_decided) >= KEPT_DECISIONS:
        _decided.clear()
    _decided[asked] = made
    return made


def _decide(
    spec: TableSpec[I, O], version: Version, compiled: zen.ZenDecision, values: dict[str, Any]
) -> Decision[O]:
    try:
        answer = compiled.evaluate(values, {"trace": True})
        hit = answer["trace"]["table"]["traceData"]
        return Decision(
            spec.name,
            version.number,
            str(hit["rule"]["_id"]),
            int(hit["index"]),
            values,
            spec.outputs.model_validate(answer["result"]),
        )
    except (RuntimeError, TypeError, KeyError, ValueError) as error:
        raise TableBroken(f"{spec.name} version {version.number}: {error}") from error


def _graph(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content as the engine's graph: input -> table -> output."""
    return {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": content},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "in-table", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "table-out", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }
