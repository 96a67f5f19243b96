"""The independent checker: compares what customers and vendors saw with what was stored.

It reads the record of the senders and the vendors, and the tables by plain SQL; of the service it
knows the names of tables and columns and the documented form of the audit log, none of its code.
How a conversation has to go is learnt from calm customers, who came before the storm.
"""

from __future__ import annotations

from tests.chaos.check_deliveries import check_deliveries
from tests.chaos.check_money import check_audit, check_money
from tests.chaos.check_shown import check_shown
from tests.chaos.check_words import Words
from tests.chaos.findings import Findings, Thread, is_incoming, threads
from tests.chaos.record import Record, Sent
from tests.chaos.tables import Row, Tables

IN_ORDER = frozenset({"wecom_kf"})
"""Channels whose vendor hands out messages in their order, so that none can overtake another."""


def check(record: Record, tables: Tables) -> Findings:
    """All promises, one after another."""
    findings = Findings(conversations=len(record.customers))
    found = threads(record, tables)
    words = Words(record, tables, found)
    for thread in found:
        _check_stored(findings, thread)
        _check_turns(findings, thread)
        words.check(findings, thread)
        _check_order(findings, thread)
        check_shown(findings, thread)
        check_deliveries(findings, thread, record.faults, tables)
    check_money(findings, found, tables)
    check_audit(findings, tables)
    _check_jobs(findings, tables)
    return findings


def _check_stored(findings: Findings, thread: Thread) -> None:
    """Each accepted message is there, once, as it was sent; and none that nobody sent."""
    name = thread.customer.name
    if len(thread.conversations) != 1:
        findings.broken("turn_twice", name, f"has {len(thread.conversations)} conversations")
    numbers = [row["seq"] for row in thread.messages]
    if numbers != list(range(1, len(numbers) + 1)):
        findings.broken("lost", name, f"message numbers {numbers}")
    stored = {row["external_id"]: row for row in thread.incoming}
    for one in thread.sent:
        findings.handed_over += one.tries
        row = stored.pop(one.external_id, None)
        if one.accepted is None:
            continue
        findings.accepted += 1
        if row is None:
            findings.broken("lost", name, f"{one.external_id} was accepted and is not there")
        elif one.text not in (row["body"]["text"], row["body"]["choice"], ""):
            findings.broken("lost", name, f"{one.external_id} says {row['body']}")
        elif row["turn_state"] != "done":
            findings.broken("lost", name, f"{one.external_id}: turn is {row['turn_state']}")
    for external_id in stored:
        findings.broken("turn_twice", name, f"{external_id} was never sent by anybody")


def _check_turns(findings: Findings, thread: Thread) -> None:
    """Each message was answered by one turn."""
    name = thread.customer.name
    # Every turn writes the state once: its version counts them, whatever they said.
    turns = sum(row["state_version"] for row in thread.conversations)
    findings.turns += turns
    findings.replies += len(thread.outgoing)
    least, most = _turns(thread)
    if turns > most:
        findings.broken("turn_twice", name, f"{turns} turns were taken, {most} at most were due")
    elif turns < least:
        findings.broken("lost", name, f"{turns} turns were taken, {least} were due")


def _turns(thread: Thread) -> tuple[int, int]:
    """How many turns the stored messages are worth, at least and at most. An album is one turn,
    and each photo that comes when that has been taken is one more."""
    photos = [row["body"]["group_id"] for row in thread.incoming if row["body"]["group_id"]]
    others = sum(is_incoming(row) for row in thread.messages) - len(photos)
    return others + len(set(photos)), others + len(photos)


def _check_order(findings: Findings, thread: Thread) -> None:
    """Turns follow the vendor's order among all messages that had been accepted.

    A message was there in time for a turn when it was accepted before the previous turn of the
    conversation was stored, or before the turn's own message had so much as set out.
    """
    sent = {one.external_id: one for one in thread.sent}
    by_id = {row["id"]: row for row in thread.messages if is_incoming(row)}
    taken: list[tuple[Sent, float]] = []
    for row in thread.outgoing:
        source = by_id.get(row["answers"] or "")
        one = sent.get(source["external_id"]) if source else None
        if one is not None and (not taken or taken[-1][0] is not one):
            taken.append((one, row["sent_at"].timestamp()))
    in_order = thread.customer.channel in IN_ORDER
    for place, (one, _at) in enumerate(taken):
        before = taken[place - 1][1] if place else 0.0
        for later, _ in taken[place + 1 :]:
            if later.order > one.order or later.accepted is None:
                continue
            if in_order or later.accepted < max(before, one.first_sent):
                findings.broken(
                    "out_of_order",
                    thread.customer.name,
                    f"{one.external_id} was answered before {later.external_id}",
                )


def _check_jobs(findings: Findings, tables: Tables) -> None:
    for row in tables["job"]:
        if row["state"] != "done":
            findings.broken("stuck", f"job {row['id']}", _job_words(row))


def _job_words(row: Row) -> str:
    return f"{row['kind']} {row['payload']} is {row['state']}: {row['last_error']}"
