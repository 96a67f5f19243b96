"""Checks what customers' own clients were shown against what was stored."""

from __future__ import annotations

from tests.chaos.check_deliveries import PULLED
from tests.chaos.findings import Findings, Thread, is_incoming
from tests.chaos.record import Shown
from tests.chaos.tables import Row


def check_shown(findings: Findings, thread: Thread) -> None:
    """All of the conversation, without gap, repetition or another's words, and in its order."""
    customer = thread.customer
    for complaint in customer.complaints:
        findings.broken("client", customer.name, complaint)
    if customer.channel in PULLED:
        _check_screen(findings, thread)
    for connection in customer.connections:
        first = connection.after + 1
        if connection.pushed != list(range(first, first + len(connection.pushed))):
            findings.broken(
                "out_of_order",
                customer.name,
                f"pushed {connection.pushed} after {connection.after}",
            )


def _check_screen(findings: Findings, thread: Thread) -> None:
    """Storing is delivering here only if what is stored was given out.

    Everybody came back once all was settled and asked on from his last number (`come_back`): what
    he was not shown by then he would never have been.
    """
    customer, name = thread.customer, thread.customer.name
    stored = {row["seq"]: row for row in thread.messages}
    for number, row in stored.items():
        if number not in customer.seen:
            words = row["body"]["text"]
            findings.broken("reply_lost", name, f"was never shown {number}, {words!r}")
    for number, shown in [*customer.seen.items(), *customer.told]:
        if number not in stored or not _is(stored[number], shown):
            findings.broken("reply_lost", name, f"was shown {shown} as {number}")
    if list(customer.seen) != sorted(customer.seen):
        findings.broken("out_of_order", name, f"was shown {list(customer.seen)}")


def _is(row: Row, shown: Shown) -> bool:
    """A press of his own is shown by its label."""
    return bool(
        row["id"] == shown.message_id and (is_incoming(row) or row["body"]["text"] == shown.text)
    )
