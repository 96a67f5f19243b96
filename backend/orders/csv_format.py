"""Orders as CSV: a row an item; rows of one order stand together and share the number.

A row may also carry a payment. What belongs to the whole order stands in its first row and is
empty or the same in the others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, BinaryIO

from pydantic import ValidationError

from backend.kit.errors import FieldError, Invalid
from backend.orders.formats import Parsed, faults_of, refused
from backend.orders.schemas import OrderIn, RowError

_CUSTOMER = {
    f"customer_{name}": name for name in ("external_id", "name", "email", "phone", "locale", "tier")
}
_PAYMENT = {
    "payment_provider": "provider",
    "payment_ref": "ref",
    "payment_method": "method",
    "payment_amount_minor": "amount_minor",
    "payment_paid_at": "paid_at",
    "payment_method_id": "method_id",
}
_ITEM = ("sku", "title", "quantity", "unit_price_minor", "returnable")
_ORDER = (
    "number",
    "business",
    "status",
    "currency",
    "country",
    "cross_border",
    "discount_minor",
    "shipping_fee_minor",
    "email",
    "phone",
    "placed_at",
    "delivered_at",
    "carrier",
    "tracking_number",
)
_OPTIONAL = {
    "title",
    "returnable",
    "discount_minor",
    "shipping_fee_minor",
    "email",
    "phone",
    "delivered_at",
    "carrier",
    "tracking_number",
}
_TITLE = re.compile(r"title_(?P<locale>[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)")
REQUIRED = {"customer_external_id", "customer_name", *_ITEM, *_ORDER} - _OPTIONAL
KNOWN = {*_CUSTOMER, *_PAYMENT, *_ITEM, *_ORDER}
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_MAX_HEADER = 100_000
MAX_ROWS = 1_000
"""Rows of one order."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells by column, without the empty ones; `fault` says why it can't be read."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


def read_csv(stream: BinaryIO) -> Generator[Parsed, None, None]:
    """The file's orders. UTF-8 with a header row; comma, semicolon or tab between the fields.

    Raises: Invalid when columns are missing, unknown or doubled.
    """
    # Bytes that are no UTF-8 become lone surrogates: their row is refused, not the whole file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        first = text.readline(_MAX_HEADER)
        delimiter = max(",;\t", key=first.count)
        header = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
        _check_header(header)
        rows = _rows(text, header, delimiter)
        for _number, group in groupby(rows, key=lambda row: row.cells.get("number", row.line)):
            yield _order(list(group))
    finally:
        text.detach()  # the stream is the caller's to close


def _check_header(header: Sequence[str]) -> None:
    if not all(_is_text(name) for name in header):
        errors = [FieldError("encoding", "save the file as UTF-8 (Excel: CSV UTF-8)")]
        raise Invalid("not_utf8", "line 1 is not UTF-8", errors=errors)
    faults = [(name, "required column") for name in sorted(REQUIRED - set(header))]
    for name in header:
        if name not in KNOWN and not _TITLE.fullmatch(name):
            faults.append((name, "unknown column"))
        elif header.count(name) > 1 and (name, "given twice") not in faults:
            faults.append((name, "given twice"))
    if faults:
        errors = [FieldError(name[:100], why) for name, why in faults[:50]]
        raise Invalid("bad_columns", "line 1 does not name the columns", errors=errors)


def _rows(text: Iterable[str], header: Sequence[str], delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 2  # where the row begins; the header was line 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Row(line, {}, f"not CSV: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            fault = f"{len(cells)} fields, but the header has {len(header)}"
        elif not all(_is_text(cell) for cell in cells):
            fault = "not UTF-8"
        else:
            fault = ""
        named = zip(header, (cell.strip() for cell in cells), strict=False)
        yield _Row(line, {name: cell for name, cell in named if cell}, fault)


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= char <= "\udfff" for char in cell)


def _order(rows: Sequence[_Row]) -> Parsed:
    first = rows[0]
    if len(rows) > MAX_ROWS:
        return refused(first.line, "number", f"more than {MAX_ROWS:,} rows of one order")
    errors = [RowError(line=row.line, field="", reason=row.fault) for row in rows if row.fault]
    if not errors:
        errors = list(_contradictions(rows))
    if errors:
        return Parsed(first.line, errors=tuple(errors))
    where: dict[str, tuple[int, str]] = {}
    data: dict[str, Any] = {
        **{name: _value(name, first.cells[name]) for name in _ORDER if name in first.cells},
        "customer": _part(first, _CUSTOMER, "customer", where),
        "items": [],
        "payments": [],
    }
    for row in rows:
        item = _item(row, f"items.{len(data['items'])}", where)
        if item:
            data["items"].append(item)
        payment = _part(row, _PAYMENT, f"payments.{len(data['payments'])}", where)
        if payment and payment not in data["payments"]:
            data["payments"].append(payment)
    try:
        return Parsed(first.line, OrderIn.model_validate(data), where=where)
    except ValidationError as error:
        told = Parsed(first.line, where=where)
        found = tuple(told.error(name, why) for name, why in faults_of(error))
        return Parsed(first.line, errors=found)


def _contradictions(rows: Sequence[_Row]) -> Iterator[RowError]:
    first = rows[0]
    for row in rows[1:]:
        for name in (*_ORDER, *_CUSTOMER):
            cell = row.cells.get(name)
            if cell is not None and cell != first.cells.get(name):
                why = f"differs from the order's first row, line {first.line}"
                yield RowError(line=row.line, field=name, reason=why)


def _item(row: _Row, path: str, where: dict[str, tuple[int, str]]) -> dict[str, Any]:
    item = _part(row, {name: name for name in _ITEM}, path, where)
    titles: dict[str, str] = {}
    for name, cell in row.cells.items():
        if match := _TITLE.fullmatch(name):
            titles[match["locale"]] = cell
            where[f"{path}.titles.{match['locale']}"] = (row.line, name)
    return {**item, "titles": titles} if titles else item


def _part(
    row: _Row, columns: Mapping[str, str], path: str, where: dict[str, tuple[int, str]]
) -> dict[str, Any]:
    """The part's fields that the row fills; where its errors belong is noted in any case."""
    where[path] = (row.line, "")
    where.update({f"{path}.{name}": (row.line, column) for column, name in columns.items()})
    return {
        name: _value(name, row.cells[column])
        for column, name in columns.items()
        if column in row.cells
    }


def _value(name: str, cell: str) -> Any:
    """The cell as JSON would have it; what can't be read so stays text and is refused as such."""
    if name == "quantity" or name.endswith("_minor"):
        return int(cell) if _INTEGER.fullmatch(cell) else cell
    if name in ("cross_border", "returnable"):
        return _BOOLEANS.get(cell.lower(), cell)
    return cell
