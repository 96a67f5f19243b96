"""The shop a replay happens in: the demo shop, or one written in a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from backend.catalog.schemas import ProductIn
from backend.catalog.service import upsert_products
from backend.demo import load_demo
from backend.house import House, open_house
from backend.kit.actor import SYSTEM
from backend.kit.clock import FixedClock, SystemClock
from backend.kit.errors import FieldError, Invalid
from backend.migrations.run import migrate
from backend.orders.importing import import_file
from backend.refunds.history import record_past_refund
from backend.replay.channel import ACCOUNT, ReplayAdapter
from backend.settings import Settings
from bot.channels.base import ChannelAccount
from bot.channels.registry import AdapterFactory
from bot.dialogs.observer import Observer
from bot.understanding.base import Understanding

BESIDE: Final = "shop.yml"
"""A shop's file of this name beside a conversation is the shop it happens in."""
DEMO: Final[Mapping[str, Any]] = {"name": "Lumo & Leaf 屿光集", "timezone": "Asia/Shanghai"}


class _PastRefund(BaseModel):
    model_config = ConfigDict(extra="forbid")

    order: str
    amount_minor: int
    at: AwareDatetime


class _ShopFile(BaseModel):
    """What a shop's file says. Orders are checked by their import."""

    model_config = ConfigDict(extra="forbid")

    name: str
    timezone: str
    now: AwareDatetime
    products: list[ProductIn]
    orders: list[dict[str, Any]]
    past_refunds: list[_PastRefund] = []
    changes: str = ""


def shop_for(folder: Path) -> Path | None:
    """The shop's file in a folder of conversations, if there is one."""
    beside = folder / BESIDE
    return beside if beside.is_file() else None


def files_of(shop: Path | None) -> list[Path]:
    """The files a shop is written in."""
    if shop is None:
        return []
    return [shop, shop.parent / _written(shop)["changes"]] if has_changes(shop) else [shop]


def open_shop(
    folder: Path,
    shop: Path | None,
    clock: FixedClock,
    *,
    accounts: Sequence[ChannelAccount] = (ACCOUNT,),
    factories: Mapping[str, AdapterFactory] | None = None,
    observer: Observer | None = None,
    reader: Understanding | None = None,
    **changes: Any,
) -> House:
    """The house of the shop built in `folder`, reached by `accounts`; `changes` of its settings.
    Photos are looked at with what every installation has, and messages understood as they say,
    unless a `reader` is given."""
    written = _written(shop)
    settings = Settings(
        _env_file=None,
        **{
            "data_dir": folder,
            "shop_name": written["name"],
            "shop_timezone": written["timezone"],
            "demo_payments": "slow_seconds=0",
            "photo_checks": "blank,reused",
            "secret": "replay",
            **({"changes": shop.parent / written["changes"]} if shop and has_changes(shop) else {}),
            **changes,
        },
    )
    return open_house(
        settings,
        accounts,
        clock=clock,
        factories=factories or {ACCOUNT.channel: ReplayAdapter},
        observer=observer,
        understanding=reader,
    )


def has_changes(shop: Path | None) -> bool:
    """Whether its customers may change orders by themselves (`changes`: a policy's file)."""
    return "changes" in _written(shop)


def shop_clock(shop: Path | None) -> FixedClock:
    """The moment the shop stands at: as written, or now in the demo shop."""
    return FixedClock(_written(shop)["now"] if shop else SystemClock().now())


def build_shop(folder: Path, shop: Path | None) -> Path:
    """A database with the shop, to be copied for each conversation. Raises: Invalid."""
    folder.mkdir(parents=True, exist_ok=True)
    migrate(str(folder / "aftercare.db"))
    asyncio.run(_fill(folder, shop))
    return folder


async def _fill(folder: Path, shop: Path | None) -> None:
    clock = shop_clock(shop)
    house = open_shop(folder, shop, clock, understanding="rules")
    try:
        await house.prepare()
        if shop is None:
            await load_demo(house.db, clock)
        else:
            await _import(house, folder, _written(shop))
    finally:
        await house.close()


async def _import(house: House, folder: Path, shop: Mapping[str, Any]) -> None:
    products = [ProductIn.model_validate(product) for product in shop["products"]]
    await house.db.tx(upsert_products, SYSTEM, products)
    file = folder / "orders.jsonl"
    lines = [json.dumps(one, default=_iso) for one in shop["orders"]]
    await asyncio.to_thread(file.write_text, "\n".join(lines), "utf-8")
    report = await import_file(house.db, file)
    if report.errors:
        raise Invalid("shop_unreadable", str(report.errors[0]))
    for past in shop.get("past_refunds", ()):
        await house.db.tx(record_past_refund, past["order"], past["amount_minor"], past["at"])


@cache
def _written(shop: Path | None) -> Mapping[str, Any]:
    """A shop's file, read once. Raises: Invalid naming the faulty fields."""
    if shop is None:
        return DEMO
    try:
        document: Mapping[str, Any] = yaml.safe_load(shop.read_text("utf-8"))
        _ShopFile.model_validate(document)
    except (OSError, yaml.YAMLError) as error:
        raise Invalid("shop_unreadable", f"{shop}: {error}") from error
    except ValidationError as error:
        faults = [
            FieldError(".".join(map(str, one["loc"])), one["msg"])
            for one in error.errors(include_url=False, include_input=False)
        ]
        where = "; ".join(f"{one.field}: {one.reason}" for one in faults)
        raise Invalid("shop_unreadable", f"{shop}: {where}", errors=faults) from error
    return document


def _iso(value: datetime) -> str:
    return value.isoformat()
