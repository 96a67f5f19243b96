"""What the guide shows is what the import takes."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

from backend.kit.actor import SYSTEM
from backend.kit.db import Database
from backend.orders.csv_format import KNOWN, read_csv
from backend.orders.importing import import_orders
from backend.orders.schemas import EventIn, ItemIn, OrderIn, PaymentIn

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "orders.md").read_text("utf-8")


def example(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


async def test_its_order_is_imported(sqlite_database: Database) -> None:
    line = json.dumps(json.loads(example("json"))).encode()
    report = await import_orders(sqlite_database, io.BytesIO(line), "jsonl", SYSTEM)
    assert (report.created, report.errors) == (1, [])


async def test_its_csv_is_imported(sqlite_database: Database) -> None:
    content = example("csv").encode()
    report = await import_orders(sqlite_database, io.BytesIO(content), "csv", SYSTEM)
    assert (report.created, report.errors) == (1, [])
    (parsed,) = read_csv(io.BytesIO(content))
    assert parsed.order is not None
    assert [item.sku for item in parsed.order.items] == ["FA-TEE", "FA-BELT"]


def test_it_names_every_field_and_column() -> None:
    told = set(re.findall(r"`([a-z_]+)", GUIDE))
    for model in (OrderIn, ItemIn, PaymentIn, EventIn):
        assert set(model.model_fields) <= told, model.__name__
    assert told >= KNOWN
