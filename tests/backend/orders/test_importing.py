"""Files of orders: good rows go in, bad ones are listed, a repeat changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.actor import SYSTEM, Actor, Role
from backend.kit.db import Database
from backend.kit.errors import Forbidden, Invalid
from backend.orders.csv_format import read_csv
from backend.orders.formats import MAX_LINE, Parsed, read_json_lines
from backend.orders.importing import Format, import_file, import_orders
from backend.orders.schemas import ImportReport, OrderIn
from tests.backend.orders.builders import an_order, raw_order, stored

HEADER = (
    "number,customer_external_id,customer_name,customer_phone,business,status,currency,country,"
    "cross_border,sku,title_zh-CN,title_en,quantity,unit_price_minor,discount_minor,"
    "shipping_fee_minor,payment_provider,payment_ref,payment_method,payment_amount_minor,"
    "payment_paid_at,placed_at,delivered_at"
)
FIRST = (
    "LL-1,C1,林晓,13800138001,appliances,delivered,CNY,CN,no,KETTLE,水壶,Kettle,1,5900,900,1000,"
    "demo,pay-1,alipay,9000,2026-05-12T10:01:00+08:00,2026-05-12T10:00:00+08:00,"
    "2026-05-17T15:30:00+08:00"
)
SECOND = "LL-1,,,,,,,,,CUP,杯子,,2,1500,,,,,,,,,"


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def json_lines(orders: Iterable[Mapping[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(order).encode() for order in orders)


async def take(
    database: Database, content: bytes, kind: Format = "jsonl", actor: Actor = SYSTEM
) -> ImportReport:
    return await import_orders(database, io.BytesIO(content), kind, actor)


def told(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(error.line, error.field, error.reason) for error in report.errors]


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.updated, report.unchanged


async def test_good_rows_go_in_and_bad_ones_are_listed(database: Database) -> None:
    lines = [
        json_lines([raw_order(number="A-1")]),
        b"",
        b"{not json",
        json_lines([raw_order(number="A-2", country="XX", currency="XXX")]),
        json_lines([raw_order(number="A-3", items=[{"sku": "X", "quantity": 0}])]),
        b"[]",
        b"\xff\xfe",
        json_lines([raw_order(number="a 1")]),
        json_lines([raw_order(number="A-4")]),
    ]
    report = await take(database, b"\r\n".join(lines))
    assert counts(report) == (2, 0, 0)
    assert report.bad == 6  # orders, whatever number of faults each has
    found = told(report)
    assert [(line, field) for line, field, _reason in found] == [
        (3, ""),
        (4, "currency"),
        (4, "country"),
        (5, "items.0.quantity"),
        (5, "items.0.unit_price_minor"),
        (6, ""),
        (7, ""),
        (8, "number"),
    ]
    assert (8, "number", "already stands on line 1") in found
    assert (await stored(database, "A-4")).paid == 9000


async def test_a_repeated_import_changes_nothing(database: Database) -> None:
    content = json_lines([raw_order(number=f"A-{n}") for n in range(5)] + [raw_order(country="XX")])
    first, second = await take(database, content), await take(database, content)
    assert (counts(first), counts(second)) == ((5, 0, 0), (0, 0, 5))
    assert told(first) == told(second)


async def test_more_than_a_batch_reports_progress(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_bytes(json_lines([raw_order(number=f"A-{n}") for n in range(450)]))
    progress: list[int] = []
    report = await import_file(database, file, progress.append)
    assert counts(report) == (450, 0, 0)
    assert len(progress) == 3
    assert progress == sorted(progress)
    assert progress[-1] == file.stat().st_size


async def test_a_line_without_end_is_refused_not_read(database: Database) -> None:
    content = b'{"number": "' + b"x" * (MAX_LINE * 2) + b'"}\n' + json_lines([raw_order()])
    report = await take(database, content)
    assert counts(report) == (1, 0, 0)
    assert told(report) == [(1, "", f"the line is longer than {MAX_LINE:,} bytes")]


async def test_csv_rows_of_one_order_stand_together(database: Database) -> None:
    report = await take(database, csv_of(FIRST, SECOND, ""), "csv")
    assert (told(report), counts(report)) == ([], (1, 0, 0))
    order = await stored(database, "LL-1")
    assert [(item.sku, item.quantity) for item in order.items] == [("KETTLE", 1), ("CUP", 2)]
    assert order.items[0].titles == {"zh-CN": "水壶", "en": "Kettle"}
    assert (order.cross_border, order.paid, order.total) == (False, 9000, 9000)
    again = await take(database, "\ufeff".encode() + csv_of(FIRST, SECOND), "csv")
    assert counts(again) == (0, 0, 1)


async def test_csv_and_json_of_one_order_are_the_same(database: Database) -> None:
    await take(database, csv_of(FIRST, SECOND), "csv")
    same = raw_order(
        number="LL-1",
        customer={"external_id": "C1", "name": "林晓", "phone": "13800138001"},
        items=[
            {
                "sku": "KETTLE",
                "titles": {"zh-CN": "水壶", "en": "Kettle"},
                "quantity": 1,
                "unit_price_minor": 5900,
            },
            {"sku": "CUP", "titles": {"zh-CN": "杯子"}, "quantity": 2, "unit_price_minor": 1500},
        ],
        carrier="",
        tracking_number="",
        events=[],
    )
    same["payments"][0] |= {"ref": "pay-1", "method": "alipay"}
    assert counts(await take(database, json_lines([same]))) == (0, 0, 1)


BAD_ROWS: Sequence[tuple[Sequence[str], tuple[int, str, str]]] = [
    ([FIRST.replace(",1,5900", ",one,5900")], (2, "quantity", "valid integer")),
    ([FIRST.replace(",1,5900", ",1,59.00")], (2, "unit_price_minor", "valid integer")),
    ([FIRST.replace(",1,5900", f",1,{'9' * 5000}")], (2, "unit_price_minor", "valid integer")),
    ([FIRST, SECOND.replace(",2,", ",0,")], (3, "quantity", "greater than or equal to 1")),
    ([FIRST, SECOND.replace("杯子", "x" * 301)], (3, "title_zh-CN", "at most 300")),
    ([FIRST.replace("demo", "De Mo")], (2, "payment_provider", "pattern")),
    ([FIRST.replace(",no,", ",maybe,")], (2, "cross_border", "valid boolean")),
    ([FIRST.replace("2026-05-12T10:00:00+08:00", "2026-05-12")], (2, "placed_at", "")),
    ([FIRST.replace("13800138001", "none")], (2, "customer_phone", "four digits")),
    ([FIRST, SECOND.replace("LL-1,,", "LL-1,C2,")], (3, "customer_external_id", "line 2")),
    ([FIRST, FIRST.replace("LL-1", "LL-9"), FIRST], (4, "number", "already stands on line 2")),
    ([FIRST + ",extra"], (2, "", "24 fields, but the header has 23")),
    ([FIRST.replace("林晓", '"林晓')], (2, "", "not CSV")),
    ([FIRST], (2, "payments", "CNY 90.00, but items − discount + shipping are CNY 60.00")),
    ([FIRST.replace(",CN,", ",XX,"), SECOND], (2, "country", "ISO 3166")),
    ([FIRST.replace("LL-1,", ",")], (2, "number", "required")),
    ([FIRST] + [SECOND] * 1000, (2, "number", "more than 1,000 rows")),
]


@pytest.mark.parametrize(("rows", "expected"), BAD_ROWS)
async def test_csv_errors_name_line_and_column(
    sqlite_database: Database, rows: Sequence[str], expected: tuple[int, str, str]
) -> None:
    line, field, reason = expected
    found = told(await take(sqlite_database, csv_of(*rows), "csv"))
    assert any(
        (one[0], one[1]) == (line, field) and reason.lower() in one[2].lower() for one in found
    ), found


def test_a_row_that_is_no_utf8_takes_no_other_along() -> None:
    gbk = FIRST.replace("LL-1", "LL-2").encode("gbk")
    bad, good = list(read_csv(io.BytesIO(csv_of() + b"\n" + gbk + b"\n" + FIRST.encode())))
    assert [(error.line, error.reason) for error in bad.errors] == [(2, "not UTF-8")]
    assert good.order is not None


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_of_spreadsheets(delimiter: str) -> None:
    content = csv_of(FIRST, SECOND).replace(b",", delimiter.encode())
    (parsed,) = read_csv(io.BytesIO(content))
    assert parsed.order is not None


@pytest.mark.parametrize(
    ("header", "field", "reason"),
    [
        (HEADER.replace("quantity", "qty"), "qty", "unknown column"),
        (HEADER.replace("quantity", "qty"), "quantity", "required column"),
        (HEADER + ",sku", "sku", "given twice"),
        ("", "number", "required column"),
        ("\x00\udcff" * 10, "encoding", "save the file as UTF-8 (Excel: CSV UTF-8)"),
    ],
)
def test_wrong_columns_stop_the_import(header: str, field: str, reason: str) -> None:
    content = header.encode("utf-8", "surrogateescape") + b"\n" + FIRST.encode()
    with pytest.raises(Invalid) as caught:
        list(read_csv(io.BytesIO(content)))
    assert (field, reason) in [(error.field, error.reason) for error in caught.value.errors]


def test_several_payments_stand_in_several_rows() -> None:
    first = FIRST.replace(",9000,", ",5000,")
    second = SECOND.removesuffix(",,,,,,,") + ",demo,pay-2,alipay,4000,2026-05-12T10:01:00+08:00,,"
    (parsed,) = read_csv(io.BytesIO(csv_of(first, second)))
    assert parsed.order is not None
    assert [payment.ref for payment in parsed.order.payments] == ["pay-1", "pay-2"]


async def test_only_a_manager_imports(sqlite_database: Database) -> None:
    agent = Actor("account", "a", "agent", Role.AGENT)
    with pytest.raises(Forbidden):
        await take(sqlite_database, json_lines([raw_order()]), actor=agent)


async def test_other_files_are_refused(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"\.csv"):
        await import_file(sqlite_database, tmp_path / "orders.xlsx")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_readers(content: bytes) -> None:
    """Whatever comes, every line is read or refused."""
    for parsed in read_json_lines(io.BytesIO(content)):
        assert parsed.errors
    for parsed in read_csv(io.BytesIO(HEADER.encode() + b"\n" + content)):
        assert parsed.errors


_words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
    lambda text: bool(text.strip())
)
_items = st.lists(
    st.fixed_dictionaries(
        {
            "sku": st.text("ABC-", min_size=1, max_size=3),
            "titles": st.fixed_dictionaries({"zh-CN": _words, "en": _words}),
            "quantity": st.integers(1, 100_000),
            "unit_price_minor": st.integers(0, 10_000),
        }
    ),
    min_size=1,
    max_size=4,
)


@given(_items, _words, st.booleans())
def test_what_is_written_as_csv_is_read_back(
    items: list[dict[str, Any]], name: str, cross_border: bool
) -> None:
    changes: dict[str, Any] = {
        "customer": {"external_id": "C1", "name": name},
        "items": items,
        "cross_border": cross_border,
        "events": [],
        "carrier": "",
        "tracking_number": "",
    }
    order = an_order(**changes)
    (parsed,) = read_csv(io.BytesIO(_as_csv(order)))
    assert parsed.order == order
    assert _read_json(order.model_dump_json().encode()).order == order


def _read_json(line: bytes) -> Parsed:
    (parsed,) = read_json_lines(io.BytesIO(line))
    return parsed


def _as_csv(order: OrderIn) -> bytes:
    left_out = {"items", "customer", "payments", "events", "address"}
    told = order.model_dump(mode="json", exclude=left_out)
    told |= {"customer_external_id": "C1", "customer_name": order.customer.name}
    (payment,) = order.model_dump(mode="json")["payments"]
    told |= {f"payment_{name}": value for name, value in payment.items()}
    rows: list[dict[str, Any]] = []
    for item in order.items:
        told |= {"sku": item.sku, "quantity": item.quantity}
        told |= {"unit_price_minor": item.unit_price_minor}
        told |= {f"title_{locale}": title for locale, title in (item.titles or {}).items()}
        rows.append(dict(told))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
