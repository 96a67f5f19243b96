"""Checks what channels' customers received against what was to be said to them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from tests.chaos.findings import Findings, Thread
from tests.chaos.record import Fault, Receipt
from tests.chaos.tables import Row, Tables

PULLED = frozenset({"webchat", "app"})
"""Channels whose clients fetch what is stored: storing is delivering."""

KEYED = frozenset({"wecom_kf", "wecom"})
"""Channels whose vendor knows a repeat by a key of ours: nothing may come twice, whatever broke."""

RECORDED_WITHIN = 0.5
"""Seconds that the record of a send may need to be durable after its own time stamp."""


def check_deliveries(
    findings: Findings, thread: Thread, faults: Sequence[Fault], tables: Tables
) -> None:
    """Every reply once and in order; where the vendor takes no key, repeats need a reason."""
    if thread.customer.channel in PULLED:
        return
    name = thread.customer.name
    for row in thread.outgoing:
        if row["delivery"] != "sent":
            findings.broken("reply_lost", name, f"{row['id']} is {row['delivery']}")
    if thread.customer.channel in KEYED:
        _check_keyed(findings, thread)
        return
    said = [(text, list(rows)) for text, rows in groupby(thread.outgoing, _said)]
    heard = [(text, list(some)) for text, some in groupby(thread.receipts, _heard)]
    if [text for text, _ in said] != [text for text, _ in heard]:
        missing = {text for text, _ in said} - {text for text, _ in heard}
        kind = "reply_lost" if missing else "out_of_order"
        wanted, got = [text for text, _ in said], [text for text, _ in heard]
        findings.broken(kind, name, f"was to hear {wanted}, heard {got}")
        return
    recorded = {
        part["message_id"]: part["at"].timestamp() + RECORDED_WITHIN
        for part in tables["delivered_part"]
    }
    for (text, rows), (_, receipts) in zip(said, heard, strict=True):
        _check_times(findings, name, text, rows, receipts, faults, recorded)


def _check_keyed(findings: Findings, thread: Thread) -> None:
    """All that was to be said, in order, once: however it was split or joined on its way."""
    wanted = "".join("".join(_said(row).split()) for row in thread.outgoing)
    got = "".join("".join(_heard(receipt).split()) for receipt in thread.receipts)
    if wanted == got:
        return
    kind = "out_of_order"
    if len(wanted) != len(got):
        kind = "reply_lost" if len(wanted) > len(got) else "reply_twice"
    findings.broken(kind, thread.customer.name, f"was to hear {wanted!r}, heard {got!r}")


def _said(row: Row) -> str:
    return str(row["body"]["text"]).strip()


def _heard(receipt: Receipt) -> str:
    return receipt.text.strip()


def _check_times(
    findings: Findings,
    name: str,
    text: str,
    rows: Sequence[Row],
    receipts: Sequence[Receipt],
    faults: Sequence[Fault],
    recorded: dict[str, float],
) -> None:
    """Replies of one text in a row, against their receipts: each once, and once more at most for
    each send that broke: whose answer the vendor kept back, or which was not recorded yet when
    something was done to the service."""
    again = len(receipts) - len(rows)
    ends = [receipt.at for receipt in receipts[1:]]
    ends.append(max((recorded.get(row["id"], 0.0) for row in rows), default=0.0))
    broke = sum(
        receipt.broke or _any_between(faults, receipt.at, end)
        for receipt, end in zip(receipts, ends, strict=True)
    )
    findings.repeats += max(again, 0)
    findings.may_repeat += broke
    if again < 0:
        findings.broken("reply_lost", name, f"{text!r}: {len(receipts)} of {len(rows)} came")
    elif again > broke:
        findings.broken(
            "reply_twice", name, f"{text!r} came {again} times too often, {broke} sends had broken"
        )


def _any_between(faults: Sequence[Fault], start: float, end: float) -> bool:
    return any(fault.at <= end and start <= fault.until for fault in faults)
