"""A campaign's report: one column a database, printed, and kept as JSON and Markdown."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.findings import KINDS, Findings
from tests.chaos.fleet import Fleet
from tests.chaos.plan import Plan
from tests.chaos.record import Record

SHOWN_VIOLATIONS = 20


@dataclass
class Report:
    """The figures of one campaign. Times in seconds."""

    kind: str
    processes: str
    seed: int
    at_once: int
    faults: Mapping[str, int]
    vendor_faults: Mapping[str, int]
    fell: int
    conversations: int
    finished: int
    accepted: int
    handed_over: int
    turns: int
    replies: int
    refunds: int
    audit_entries: int
    repeats: int
    may_repeat: int
    stormed: float
    seconds: float
    broken: Mapping[str, int]
    violations: Sequence[str]
    evidence: str = field(default="")

    @classmethod
    def of(
        cls,
        plan: Plan,
        record: Record,
        findings: Findings,
        fleet: Fleet,
        stormed: float,
        seconds: float,
    ) -> Report:
        """The report on what was found."""
        faults = Counter(fault.kind for fault in record.faults)
        faults["kill"] = fleet.kills
        form = Counter(fleet.form)
        return cls(
            kind=plan.kind,
            processes=" + ".join(f"{number} {role}" for role, number in form.items()),
            seed=plan.seed,
            at_once=plan.at_once,
            faults=dict(faults),
            vendor_faults=dict(sorted(record.refusals.items())),
            fell=fleet.fell,
            conversations=findings.conversations,
            finished=sum(customer.finished for customer in record.customers),
            accepted=findings.accepted,
            handed_over=findings.handed_over,
            turns=findings.turns,
            replies=findings.replies,
            refunds=findings.refunds,
            audit_entries=findings.audit_entries,
            repeats=findings.repeats,
            may_repeat=findings.may_repeat,
            stormed=round(stormed, 1),
            seconds=round(seconds, 1),
            broken={kind: findings.by_kind().get(kind, 0) for kind in KINDS},
            violations=[f"{v.kind}: {v.who}: {v.detail}" for v in findings.violations],
        )

    def write(self, folder: Path) -> None:
        """Keep it beside what it is about."""
        if self.violations:
            self.evidence = str(folder)
        (folder / "report.json").write_text(json.dumps(dataclasses.asdict(self), indent=2))
        (folder / "report.md").write_text(table([self]))


def table(reports: Sequence[Report]) -> str:
    """The reports side by side, in Markdown."""
    head = [f"{one.kind}, {one.processes}" for one in reports]
    lines = [f"| | {' | '.join(head)} |", f"|---|{'---:|' * len(reports)}"]
    for label, values in _rows(reports):
        lines.append(f"| {label} | {' | '.join(values)} |")
    for one in reports:
        lines += [f"\n{one.kind}: {each}" for each in one.violations[:SHOWN_VIOLATIONS]]
        if one.evidence:
            lines.append(f"\nEvidence: {one.evidence}")
    return "\n".join(lines) + "\n"


def _rows(reports: Sequence[Report]) -> list[tuple[str, list[str]]]:
    kinds = sorted({kind for one in reports for kind in one.faults})
    refusals = sorted({kind for one in reports for kind in one.vendor_faults})

    def row(label: str, attribute: str) -> tuple[str, list[str]]:
        return label, [f"{getattr(one, attribute):,}" for one in reports]

    return [
        row("seed", "seed"),
        *((f"fault: {k}", [str(one.faults.get(k, 0)) for one in reports]) for k in kinds),
        row("processes that fell by themselves", "fell"),
        *((f"met: {k}", [str(one.vendor_faults.get(k, 0)) for one in reports]) for k in refusals),
        row("conversations at once", "at_once"),
        row("conversations", "conversations"),
        row("of them spoken to the end", "finished"),
        row("messages accepted", "accepted"),
        row("deliveries of them to us", "handed_over"),
        row("turns", "turns"),
        row("replies", "replies"),
        row("refunds", "refunds"),
        row("audit entries", "audit_entries"),
        row("seconds of storm", "stormed"),
        row("seconds", "seconds"),
        *((f"violations: {k}", [str(one.broken[k]) for one in reports]) for k in KINDS),
        ("Telegram repeats / bound", [f"{one.repeats} / {one.may_repeat}" for one in reports]),
    ]
