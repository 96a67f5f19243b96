"""Checks money, four ways against one another: the provider's books, the refunds, the tickets,
and what customers were told; and recomputes the audit log's chain."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from tests.chaos.findings import Findings, Thread, key_of
from tests.chaos.tables import Row, Tables

PRICE = 4_900
"""What every order cost, in minor units."""
TOLD_AMOUNT = "49.00"

GENESIS = "0" * 64
_HASHED = (
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "subject",
    "data",
    "prev_hash",
)


def check_money(findings: Findings, threads: Sequence[Thread], tables: Tables) -> None:
    """For each yes one ticket and one refund, paid once and in full, and told once, whether the
    customer stayed to the end or not. Without a yes, none."""
    orders = {row["number"]: row["id"] for row in tables["order"]}
    tickets, refunds = _by_order(tables["ticket"]), _by_order(tables["refund"])
    findings.refunds = len(tables["refund"])
    for thread in threads:
        order_id = orders[thread.customer.order_number]
        _check_customer(findings, thread, tickets.pop(order_id, []), refunds.pop(order_id, []))
    for order_id, rows in [*tickets.items(), *refunds.items()]:
        findings.broken("refund", f"order {order_id}", f"nobody came, it has {len(rows)} requests")
    _check_books(findings, tables)


def _by_order(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["order_id"]].append(row)
    return found


def _check_customer(
    findings: Findings, thread: Thread, tickets: Sequence[Row], refunds: Sequence[Row]
) -> None:
    name, due = thread.customer.name, int(thread.said_yes)
    if (len(tickets), len(refunds)) != (due, due):
        told_so = f"has {len(tickets)} tickets and {len(refunds)} refunds for {due} yes"
        findings.broken("refund", name, told_so)
    told = [row for row in thread.outgoing if key_of(row) == "refund.paid"]
    if len(told) != due:
        findings.broken("refund", name, f"was told {len(told)} times that he was paid, not {due}")
    for row in told:
        if TOLD_AMOUNT not in row["body"]["text"]:
            findings.broken("refund", name, f"was told {row['body']['text']!r}")


def _check_books(findings: Findings, tables: Tables) -> None:
    tickets = {row["id"]: row for row in tables["ticket"]}
    payments = {row["id"]: row for row in tables["payment"]}
    transfers: dict[str, list[Row]] = defaultdict(list)
    for row in tables["refund_transfer"]:
        transfers[row["refund_id"]].append(row)
    books = {row["idempotency_key"]: row for row in tables["effect"]}
    for refund in tables["refund"]:
        name, ticket = f"refund {refund['id']}", tickets[refund["ticket_id"]]
        if (refund["state"], ticket["state"]) != ("succeeded", "refunded"):
            findings.broken("refund", name, f"is {refund['state']}, its ticket {ticket['state']}")
        paid = sum(row["amount"] for row in transfers[refund["id"]])
        if not paid == refund["amount"] == ticket["amount"] == PRICE:
            findings.broken(
                "refund", name, f"{paid} paid of {refund['amount']}, ticket {ticket['amount']}"
            )
        for transfer in transfers[refund["id"]]:
            entry = books.pop(transfer["id"], None)
            ref = payments[transfer["payment_id"]]["provider_ref"]
            if entry is None or (entry["amount"], entry["payment_ref"]) != (
                transfer["amount"],
                ref,
            ):
                findings.broken(
                    "refund", name, f"transfer {transfer['id']} is in the books {entry}"
                )
    for key, entry in books.items():
        findings.broken("refund", entry["payment_ref"], f"{key} was paid, no transfer knows of it")
    twice = Counter(row["payment_ref"] for row in tables["effect"])
    for ref, times in twice.items():
        if times > 1:
            findings.broken("refund", ref, f"was paid back {times} times")


def check_audit(findings: Findings, tables: Tables) -> None:
    """The chain is whole, and every refund's end stands in it once."""
    findings.audit_entries = len(tables["audit_entry"])
    seq, last = 0, GENESIS
    for entry in tables["audit_entry"]:
        seq += 1
        if (entry["seq"], entry["prev_hash"], entry["hash"]) != (seq, last, _hash_of(entry)):
            findings.broken("audit", f"entry {entry['seq']}", f"does not follow {seq - 1}")
        last = entry["hash"]
    heads = [(row["seq"], row["hash"]) for row in tables["audit_head"]]
    if heads != ([(seq, last)] if seq else heads):
        findings.broken("audit", "head", f"is {heads}, the last entry {seq} {last}")
    ends = Counter(
        entry["data"]["refund"]
        for entry in tables["audit_entry"]
        if entry["action"] == "refund.succeeded"
    )
    for refund in tables["refund"]:
        if ends[refund["id"]] != 1:
            findings.broken(
                "audit", f"refund {refund['id']}", f"{ends[refund['id']]} entries of its end"
            )


def _hash_of(entry: Mapping[str, Any]) -> str:
    """SHA-256 over the entry as sorted JSON without spaces, in ASCII, its time in UTC."""
    content = {name: entry[name] for name in _HASHED}
    content["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
