"""Products come in as JSON lines: one article by itself, or variants of one product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.catalog import service as catalog
from backend.catalog.importing import import_file
from backend.catalog.schemas import ProductIn
from backend.kit.actor import Actor, Role
from backend.kit.db import Database
from backend.kit.errors import Forbidden, Invalid


def mug(**changes: Any) -> dict[str, Any]:
    """A mug in two colours."""
    return {
        "id": "MUG",
        "business": "appliances",
        "category": "kitchen",
        "titles": {"en": "Harbour mug", "zh-CN": "海港杯"},
        "variants": [
            {"sku": "MUG-GREEN", "options": {"colour": "green"}, "prices_minor": {"CNY": 3900}},
            {
                "sku": "MUG-WHITE",
                "options": {"colour": "white"},
                "prices_minor": {"CNY": 3500, "EUR": 490},
                "available": False,
            },
        ],
    } | changes


def written(folder: Path, *rows: Any) -> Path:
    file = folder / "products.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines), "utf-8")
    return file


async def test_variants_are_found_by_their_product(database: Database, tmp_path: Path) -> None:
    report = await import_file(database, written(tmp_path, mug()))
    assert (report.created, report.errors) == (2, [])
    green, white = await database.read(catalog.variants_of, "MUG")
    assert (green.sku, dict(green.options), dict(green.prices)) == (
        "MUG-GREEN",
        {"colour": "green"},
        {"CNY": 3900},
    )
    assert green.available
    assert not white.available
    assert white.titles == {"en": "Harbour mug", "zh-CN": "海港杯"}


async def test_a_repeat_changes_nothing_and_a_new_price_one_article(
    database: Database, tmp_path: Path
) -> None:
    await import_file(database, written(tmp_path, mug()))
    again = await import_file(database, written(tmp_path, mug()))
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    dearer = mug()
    dearer["variants"][0]["prices_minor"] = {"CNY": 4200}
    report = await import_file(database, written(tmp_path, dearer))
    assert (report.updated, report.unchanged) == (1, 1)


async def test_bad_products_are_listed_and_good_ones_go_in(
    sqlite_database: Database, tmp_path: Path
) -> None:
    nameless = mug(id="CUP", titles={})
    euro = mug(
        id="BOWL", variants=[{"sku": "B", "options": {"a": "b"}, "prices_minor": {"XXX": 1}}]
    )
    file = written(tmp_path, "{", nameless, mug(), euro, mug(id="MUG-2"))
    report = await import_file(sqlite_database, file)
    assert report.created == 2
    assert [error.line for error in report.errors] == [1, 2, 4, 5, 5]
    assert "stands on line 3" in report.errors[-1].reason


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": []},
        {"sku": "MUG"},
        {"id": None},
        {"variants": [{"sku": "A", "options": {"a": "b"}}, {"sku": "A", "options": {"a": "c"}}]},
    ],
)
def test_an_article_is_by_itself_or_a_variant(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"variants|sku"):
        ProductIn.model_validate(mug(**changes))


async def test_only_managers_and_the_house_take_products_in(
    sqlite_database: Database, tmp_path: Path
) -> None:
    agent = Actor("account", "a1", "Ai", Role.AGENT)
    with pytest.raises(Forbidden):
        await import_file(sqlite_database, written(tmp_path, mug()), actor=agent)
    with pytest.raises(Invalid, match="must end"):
        await import_file(sqlite_database, tmp_path / "products.csv")
