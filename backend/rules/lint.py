"""What must hold before a decision table is saved. Pure.

The engine itself takes a broken cell for one that does not match, so everything that can be known
about a cell is found out here: its words, its types, that it compiles, and that it can match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import zen
from pydantic import ValidationError

from backend.kit.errors import FieldError
from backend.rules.tables import MANUAL, Column, TableSpec

MAX_ROWS = 500
MAX_CELL = 500
ROW_KEYS = {"_id", "_description"}
INTEGER_PROBES = (0, 1, 1_000_000)

_TOKEN = re.compile(
    r"""(?P<string>"[^"\\]*"|'[^'\\]*') | (?P<number>\d+(?:\.\d+)?) | (?P<name>[A-Za-z_]\w*)
      | (?P<operator>\.\.|[<>=!]=|[<>,\[\]()$-]) | (?P<space>\s+) | (?P<other>.)""",
    re.VERBOSE,
)
_OPERATORS = {
    "integer": {"..", "<=", ">=", "==", "!=", "<", ">", ",", "[", "]", "(", ")", "$", "-"},
    "word": {"==", "!=", ",", "[", "]"},
    "text": {"==", "!=", ",", "[", "]"},
}
_NAMES = {"in", "not", "and", "or"}
_LITERAL = re.compile(r"""\s*(?:"([^"\\]*)"|'([^'\\]*)'|(-?\d+)|(true|false))\s*""")


def lint(spec: TableSpec[Any, Any], content: Any) -> list[FieldError]:
    """What is wrong with a table's content, each with its row and column; empty: nothing."""
    structure = list(_structure(spec, content))
    if structure:
        return structure
    errors = list(_rows(spec, content))
    return errors or list(_reachable(spec, content))


def read_literal(cell: str) -> str | int | bool | None:
    """The value an output cell stands for; None when it is not a plain value."""
    match = _LITERAL.fullmatch(cell)
    if match is None:
        return None
    double, single, number, boolean = match.groups()
    if number is not None:
        return int(number)
    if boolean is not None:
        return bool(boolean == "true")
    text: str | None = double if double is not None else single
    return text


def _structure(spec: TableSpec[Any, Any], content: Any) -> Iterator[FieldError]:
    """The frame: columns the table knows, rows that are rows."""
    if not isinstance(content, Mapping):
        yield FieldError("content", "must be a decision table")
        return
    if content.get("hitPolicy") != "first":
        yield FieldError("hitPolicy", 'must be "first": one row decides')
    sides = (("inputs", spec.input_columns()), ("outputs", spec.output_columns()))
    for side, known in sides:
        yield from _columns(side, known, content.get(side))
    outputs = content.get("outputs")
    columns = outputs if isinstance(outputs, list) else []
    named = [item.get("field") for item in columns if isinstance(item, Mapping)]
    for missing in sorted(name for name in spec.output_columns() if name not in named):
        yield FieldError("outputs", f"column {missing} is missing")
    rules = content.get("rules")
    if not isinstance(rules, Sequence) or isinstance(rules, str) or not rules:
        yield FieldError("rules", "at least one row is needed")
    elif len(rules) > MAX_ROWS:
        yield FieldError("rules", f"at most {MAX_ROWS} rows")


def _columns(side: str, known: Mapping[str, Column], columns: Any) -> Iterator[FieldError]:
    if not isinstance(columns, Sequence) or isinstance(columns, str):
        yield FieldError(side, "must be a list of columns")
        return
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        where = f"{side}, column {number}"
        if not isinstance(column, Mapping) or not isinstance(column.get("id"), str):
            yield FieldError(where, "needs an id")
            continue
        field = column.get("field")
        if not isinstance(field, str) or field not in known:
            yield FieldError(where, f"unknown column {field}; known: {', '.join(known)}")
        for mark in (f"id:{column['id']}", f"field:{field}"):
            if mark in seen:
                yield FieldError(where, f"{mark.replace(':', ' ')} is there twice")
            seen.add(mark)


def fields_by_id(content: Mapping[str, Any], side: str) -> Mapping[str, str]:
    """Column id -> the field it stands for."""
    return {column["id"]: column["field"] for column in content[side]}


def _rows(spec: TableSpec[Any, Any], content: Mapping[str, Any]) -> Iterator[FieldError]:
    inputs, outputs = fields_by_id(content, "inputs"), fields_by_id(content, "outputs")
    ids: set[str] = set()
    for number, row in enumerate(content["rules"], 1):
        where = f"row {number}"
        if not isinstance(row, Mapping):
            yield FieldError(where, "must be a row of cells")
            continue
        row_id = row.get("_id")
        if not isinstance(row_id, str) or not 0 < len(row_id) <= 64:
            yield FieldError(where, "needs an _id of at most 64 characters")
        elif row_id in ids:
            yield FieldError(where, f"the id {row_id} is there twice")
        ids.add(str(row_id))
        misshapen = list(_shape(where, row, {**inputs, **outputs}))
        yield from misshapen
        if not misshapen:
            yield from _conditions(spec, where, row, inputs)
            yield from _answers(spec, where, row, outputs)


def _shape(where: str, row: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[FieldError]:
    """Cells of unknown columns, or too large to be looked at."""
    for key, cell in row.items():
        if key not in columns and key not in ROW_KEYS:
            yield FieldError(f"{where}, column {key[:64]}", "unknown column")
        elif not isinstance(cell, str) or len(cell) > MAX_CELL:
            yield FieldError(
                f"{where}, column {columns.get(key, key)}",
                f"must be text of at most {MAX_CELL} characters",
            )


def _conditions(
    spec: TableSpec[Any, Any], where: str, row: Mapping[str, Any], inputs: Mapping[str, str]
) -> Iterator[FieldError]:
    columns = spec.input_columns()
    cells = {field: str(row.get(key) or "").strip() for key, field in inputs.items()}
    for field, cell in cells.items():
        if cell:
            for reason in _cell(columns[field], cell):
                yield FieldError(f"{where}, column {field}", reason)
        if cell and columns[field].money and not cells.get("currency"):
            yield FieldError(f"{where}, column {field}", "an amount needs its currency beside it")


def _cell(column: Column, cell: str) -> Iterator[str]:
    """What is wrong with one condition."""
    if column.kind == "boolean":
        if cell not in ("true", "false"):
            yield "must be true, false or empty"
        return
    wrong = [reason for reason in _tokens(column, cell) if reason]
    if wrong:
        yield wrong[0]
        return
    try:
        zen.compile_unary_expression(cell)
        if column.kind == "integer":
            for probe in INTEGER_PROBES:
                zen.evaluate_unary_expression(cell, {"$": probe})
        elif column.kind == "word" and not any(
            zen.evaluate_unary_expression(cell, {"$": word}) for word in column.words
        ):
            yield "can never match"
    except RuntimeError as error:
        yield _engine_reason(error)


def _tokens(column: Column, cell: str) -> Iterator[str]:
    for token in _TOKEN.finditer(cell):
        kind, text = str(token.lastgroup), token.group()
        if kind == "space":
            continue
        if kind == "name":
            if text not in _NAMES:
                yield f"unknown name {text} (words stand in quotes)"
        elif kind == "number":
            if column.kind != "integer":
                yield f"expects words in quotes, not the number {text}"
            elif "." in text:
                yield f"expects whole numbers, not {text}"
        elif kind == "string":
            if column.kind == "integer":
                yield f"expects whole numbers, not {text}"
            elif column.kind == "word" and text[1:-1] not in column.words:
                yield f"unknown word {text}; known: {', '.join(column.words)}"
        elif text not in _OPERATORS[column.kind]:
            yield f"{text} can't stand here"


def _engine_reason(error: RuntimeError) -> str:
    """The engine's own words, without the stack it adds."""
    first = str(error).partition("\n")[0]
    try:
        return f"can't be read: {json.loads(first)['source']}"
    except (ValueError, KeyError, TypeError):
        return f"can't be read: {first[:200]}"


def _answers(
    spec: TableSpec[Any, Any], where: str, row: Mapping[str, Any], outputs: Mapping[str, str]
) -> Iterator[FieldError]:
    values: dict[str, str | int | bool] = {}
    for key, field in outputs.items():
        cell = str(row.get(key) or "").strip()
        value = read_literal(cell)
        if not cell:
            yield FieldError(f"{where}, column {field}", "is empty")
        elif value is None:
            yield FieldError(
                f"{where}, column {field}", "must be a plain value: a word in quotes, a number …"
            )
        else:
            values[field] = value
    try:
        spec.outputs.model_validate(values)
    except ValidationError as invalid:
        for error in invalid.errors():
            field = str(error["loc"][0])
            if field in values:
                yield FieldError(f"{where}, column {field}", error["msg"])


def _reachable(spec: TableSpec[Any, Any], content: Mapping[str, Any]) -> Iterator[FieldError]:
    """The last row takes everything and says manual; no row is hidden by one above it."""
    inputs = fields_by_id(content, "inputs")
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(content["rules"], 1):
        conditions = tuple(str(row.get(key) or "").strip() for key in inputs)
        if conditions in seen:
            yield FieldError(f"row {number}", f"row {seen[conditions]} has the same conditions")
        elif not any(conditions) and number < len(content["rules"]):
            yield FieldError(f"row {number}", "takes everything: the rows below it never decide")
        seen.setdefault(conditions, number)
    last = content["rules"][-1]
    where = f"row {len(content['rules'])}"
    if any(str(last.get(key) or "").strip() for key in inputs):
        yield FieldError(where, "the last row must take everything (no conditions)")
    manual = next(
        key
        for key, field in fields_by_id(content, "outputs").items()
        if field == spec.manual_output
    )
    if read_literal(str(last.get(manual) or "")) != MANUAL:
        yield FieldError(f"{where}, column {spec.manual_output}", f'must be "{MANUAL}"')
