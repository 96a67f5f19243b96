"""Reads the public shop and its scenarios: db.json, tasks_train.json, tau1_tasks_*.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

WRITES = frozenset(
    {
        "cancel_pending_order",
        "modify_pending_order_address",
        "modify_pending_order_items",
        "modify_pending_order_payment",
        "return_delivered_order_items",
        "exchange_delivered_order_items",
        "modify_user_address",
    }
)


@dataclass(frozen=True, slots=True)
class Write:
    """A call that changes the shop."""

    name: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A customer's wishes in plain words, and the writes that fulfil them."""

    id: str
    user: str
    words: str
    writes: tuple[Write, ...]


def read_shop(folder: Path) -> dict[str, Any]:
    """users, products, orders. Raises: OSError."""
    shop: dict[str, Any] = json.loads((folder / "db.json").read_text("utf-8"))
    return shop


def read_scenarios(folder: Path, shop: Mapping[str, Any]) -> list[Scenario]:
    """All of them. Raises: OSError."""
    return [*_newer(folder, shop), *_older(folder)]


def _newer(folder: Path, shop: Mapping[str, Any]) -> Iterator[Scenario]:
    for task in json.loads((folder / "tasks_train.json").read_text("utf-8")):
        actions = task["evaluation_criteria"]["actions"]
        writes = tuple(
            Write(one["name"], one["arguments"]) for one in actions if one["name"] in WRITES
        )
        said = task["user_scenario"]["instructions"]
        parts = ("known_info", "reason_for_call", "task_instructions")
        words = " ".join(said[part] or "" for part in parts)
        yield Scenario(f"new-{task['id']}", _owner(shop, writes, words), words, writes)


def _older(folder: Path) -> Iterator[Scenario]:
    for part in ("dev", "train"):
        tasks = json.loads((folder / f"tau1_tasks_{part}.json").read_text("utf-8"))
        for number, task in enumerate(tasks):
            writes = tuple(
                Write(one["name"], one["kwargs"])
                for one in task["actions"]
                if one["name"] in WRITES
            )
            yield Scenario(f"{part}-{number}", task["user_id"], task["instruction"], writes)


def _owner(shop: Mapping[str, Any], writes: tuple[Write, ...], words: str) -> str:
    for write in writes:
        if "order_id" in write.told:
            return str(shop["orders"][write.told["order_id"]]["user_id"])
        return str(write.told["user_id"])
    for user_id, user in shop["users"].items():
        name = f"{user['name']['first_name']} {user['name']['last_name']}"
        if name in words and (user["address"]["zip"] in words or user["email"] in words):
            return str(user_id)
    return ""


def cents(amount: float) -> int:
    """Dollars as the data has them, in cents."""
    exact = Decimal(str(amount)) * 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
