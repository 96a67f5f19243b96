"""The independent checker: reads the database and the provider's log by plain SQL."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.customers import PRICE, Customer


@dataclass
class Findings:
    """What was found; `violations` must be empty. `open_work`: not settled yet, look again."""

    conversations: int = 0
    accepted: int = 0
    replies: int = 0
    refunds: int = 0
    violations: list[str] = field(default_factory=list)
    open_work: int = 0

    def table(self) -> str:
        """One line for the report."""
        return (
            f"{self.conversations} conversations, {self.accepted} accepted messages, "
            f"{self.replies} replies, {self.refunds} refunds, {len(self.violations)} violations"
        )


Rows = Sequence[Mapping[str, Any]]


async def check(settings: Mapping[str, Any], customers: Sequence[Customer]) -> Findings:
    """Compare what went in with what came out."""
    tables = await _read_all(settings)
    effects = await asyncio.to_thread(_effects, Path(settings["data_dir"]))
    findings = Findings(conversations=len(customers))
    findings.open_work = sum(row["state"] in ("new", "running") for row in tables["job"])
    by_conversation: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in tables["message"]:
        by_conversation[row["conversation_id"]].append(row)
    wanted = Counter(_shape(by_conversation[c.conversation_id]) for c in customers)
    usual = wanted.most_common(1)[0][0]
    for customer in customers:
        _check_conversation(findings, customer, by_conversation[customer.conversation_id], usual)
    _check_money(findings, tables, effects, customers)
    dead = [row["kind"] for row in tables["job"] if row["state"] == "dead"]
    if dead:
        findings.violations.append(f"dead letters: {Counter(dead)}")
    return findings


def _shape(messages: Rows) -> tuple[str, ...]:
    """Who said what kind of thing, in order: the same for every undisturbed conversation. Notices
    of payments come when they come, so they stand at the end."""
    ordered = sorted(messages, key=lambda row: row["seq"])
    said = [
        row["body"].get("template_key") or row["author"]
        for row in ordered
        if row["body"].get("kind") != "start"
    ]
    return tuple(k for k in said if k != "refund.paid") + tuple(
        k for k in said if k == "refund.paid"
    )


def _check_conversation(
    findings: Findings, customer: Customer, messages: Rows, usual: tuple[str, ...]
) -> None:
    name = customer.external_id
    numbers = sorted(row["seq"] for row in messages)
    if numbers != list(range(1, len(numbers) + 1)):
        findings.violations.append(f"{name}: message numbers {numbers}")
    stored = Counter(
        row["external_id"].rpartition(":")[2] for row in messages if row["author"] == "customer"
    )
    for client_id in customer.accepted:
        findings.accepted += 1
        if stored[client_id] != 1:
            findings.violations.append(f"{name}: {client_id} stored {stored[client_id]} times")
    findings.violations.extend(
        f"{name}: a message's turn is {row['turn_state']}"
        for row in messages
        if row["author"] == "customer" and row["turn_state"] != "done"
    )
    findings.replies += sum(row["author"] == "bot" for row in messages)
    shape = _shape(messages)
    if shape != usual:
        findings.violations.append(f"{name}: said {shape}, usual is {usual}")
    if "refund.paid" not in shape:
        findings.violations.append(f"{name}: never told that he was paid")


def _check_money(
    findings: Findings,
    tables: Mapping[str, Rows],
    effects: Sequence[Mapping[str, Any]],
    customers: Sequence[Customer],
) -> None:
    findings.refunds = len(tables["refund"])
    paid = Counter(effect["payment_ref"] for effect in effects)
    for customer in customers:
        times = paid[f"pay-{customer.order_number}"]
        if times != 1:
            findings.violations.append(f"{customer.external_id}: paid {times} times")
    findings.violations.extend(
        f"paid {effect['amount']} on {effect['payment_ref']}"
        for effect in effects
        if effect["amount"] != PRICE
    )
    findings.violations.extend(
        f"refund {row['id']} is {row['state']}"
        for row in tables["refund"]
        if row["state"] != "succeeded"
    )


# Jobs first: when none is open any more, nothing of what is read after it can still change.
_QUERIES = {
    "job": "SELECT kind, state FROM job WHERE kind <> 'prune'",
    "message": "SELECT conversation_id, seq, external_id, author, body, turn_state FROM message",
    "refund": "SELECT id, order_id, amount, state FROM refund",
}


async def _read_all(settings: Mapping[str, Any]) -> dict[str, Rows]:
    if settings["database_url"]:
        dsn = settings["database_url"].replace("+asyncpg", "")
        connection = await asyncpg.connect(dsn)
        try:
            tables = {name: await connection.fetch(sql) for name, sql in _QUERIES.items()}
        finally:
            await connection.close()
        return {name: [_decoded(dict(row)) for row in rows] for name, rows in tables.items()}
    return await asyncio.to_thread(_read_sqlite, Path(settings["data_dir"]) / "aftercare.db")


def _read_sqlite(path: Path) -> dict[str, Rows]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return {
            name: [_decoded(dict(row)) for row in connection.execute(sql)]
            for name, sql in _QUERIES.items()
        }
    finally:
        connection.close()


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    if isinstance(row.get("body"), str):
        row["body"] = json.loads(row["body"])
    return row


def _effects(folder: Path) -> Sequence[Mapping[str, Any]]:
    connection = sqlite3.connect(folder / "demo_payments.db")
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM effect")]
    finally:
        connection.close()
