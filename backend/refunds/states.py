"""The states of a refund. Pure."""

from __future__ import annotations

from backend.tickets.states import (
    CUSTOMER,
    HOUSE,
    SUPERVISOR,
    Machine,
    Step,
)

REFUND: Machine = {
    ("awaiting_approval", "approve"): Step("approved", SUPERVISOR),
    ("awaiting_approval", "reject"): Step("rejected", SUPERVISOR),
    ("awaiting_approval", "withdraw"): Step("withdrawn", CUSTOMER),
    ("approved", "execute"): Step("executing", HOUSE),
    ("approved", "fail"): Step("failed", HOUSE),
    ("executing", "execute"): Step("executing", HOUSE),
    ("executing", "succeed"): Step("succeeded", HOUSE),
    ("executing", "fail"): Step("failed", HOUSE),
    ("failed", "retry"): Step("approved", SUPERVISOR),
    ("failed", "execute"): Step("executing", HOUSE),
    ("failed", "reject"): Step("rejected", SUPERVISOR),
}
"""(state, action) -> where to and who may. Out of `failed`: a person tries again or gives up (not
while the outcome is unknown), or a dead letter is replayed."""

STARTS = ("awaiting_approval", "approved")
"""A person must agree, or the rules have agreed already."""

HOLDING = frozenset({"awaiting_approval", "approved", "executing", "succeeded", "failed"})
"""States whose whole amount counts against what was paid: promised, under way, or paid out. A
failed one keeps it until a person has decided, because money may have moved."""

COUNTED = frozenset({"approved", "executing", "succeeded", "failed"})
"""States that count in a customer's history."""
