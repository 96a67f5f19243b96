"""Compiles the tables the shop starts with from YAML a manager can read. Pure but for the file.

`when` holds conditions by column: a value, a list of values, or a comparison as text. Amounts are
written in the row's currency (`"<= 200.00"`) and become minor units. `then` holds the answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from backend.kit.money import MINOR_DIGITS
from backend.rules.tables import Column, TableSpec

FOLDER = Path(__file__).resolve().parent.parent / "seeds" / "rules"
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")


def shipped_content(spec: TableSpec[Any, Any]) -> Mapping[str, Any]:
    """The shipped version of a table, as a JDM decision table."""
    text = (FOLDER / f"{spec.name}.yml").read_text(encoding="utf-8")
    return compile_table(spec, yaml.safe_load(text))


def compile_table(spec: TableSpec[Any, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """A YAML document as a JDM decision table; `lint` is yet to be run on it.

    Raises: KeyError, ValueError for what can't be a cell.
    """
    inputs, outputs = spec.input_columns(), spec.output_columns()
    rules = []
    for row in document["rows"]:
        cells = {"_id": row["id"], "_description": row.get("why", "")}
        when = row.get("when", {})
        for name, value in when.items():
            cells[f"in_{name}"] = _condition(inputs[name], value, when.get("currency"))
        for name, value in row["then"].items():
            cells[f"out_{outputs[name].name}"] = _literal(value)
        rules.append(cells)
    return {
        "hitPolicy": "first",
        "inputs": [_column("in", name) for name in inputs],
        "outputs": [_column("out", name) for name in outputs],
        "rules": rules,
    }


def _column(side: str, name: str) -> Mapping[str, str]:
    return {"id": f"{side}_{name}", "name": name, "field": name, "type": "expression"}


def _condition(column: Column, value: Any, currency: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_literal(item) for item in value)
    if column.kind == "integer" and isinstance(value, str):
        if not column.money:
            return value
        if not isinstance(currency, str):
            raise ValueError(f"{column.name} needs one currency beside it")
        return _AMOUNT.sub(lambda amount: _minor(amount.group(), currency), value)
    return _literal(value)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and '"' not in value:
        return f'"{value}"'
    raise ValueError(f"{value!r} can't be a cell")


def _minor(amount: str, currency: str) -> str:
    """`200.00` CNY -> `20000`."""
    digits = MINOR_DIGITS[currency]
    whole, _, fraction = amount.partition(".")
    if len(fraction) != digits:
        raise ValueError(f"{amount}: {currency} has {digits} digits behind the point")
    return str(int(whole + fraction))
