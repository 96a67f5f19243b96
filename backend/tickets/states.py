"""State machines as literal tables: (state, action) -> where to, and who may. Pure.

The diagrams in docs/tickets.md are drawn from these tables (`python -m tools.state_diagrams`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backend.kit.actor import Actor, Role
from backend.kit.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may take a step."""

    name: str
    allows: Callable[[Actor], bool]


HOUSE = Guard("house", lambda actor: actor.kind in ("system", "rules"))
"""The program itself: rules and jobs."""
CUSTOMER = Guard("customer", lambda actor: actor.kind == "customer")
SUPERVISOR = Guard("supervisor", lambda actor: actor.kind == "account" and _supervises(actor))
"""A person, never an API key."""
SUPERVISOR_OR_HOUSE = Guard(
    "supervisor or house", lambda actor: HOUSE.allows(actor) or SUPERVISOR.allows(actor)
)


def _supervises(actor: Actor) -> bool:
    return actor.may(Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Step:
    """Where an action leads, and who may take it."""

    target: str
    guard: Guard


Machine = Mapping[tuple[str, str], Step]
"""(state, action) -> step. What is not in it can't be done."""


def take(machine: Machine, state: str, action: str, actor: Actor) -> str:
    """The state after `action`. Raises: Conflict (not from this state), Forbidden (not by him)."""
    step = machine.get((state, action))
    if step is None:
        raise Conflict(
            "not_possible_now",
            f"can't {action.replace('_', ' ')} what is {state.replace('_', ' ')}",
            params={"state": state, "action": action},
        )
    if not step.guard.allows(actor):
        raise Forbidden("role_too_low", f"this takes a {step.guard.name}")
    return step.target


def states_of(machine: Machine) -> frozenset[str]:
    """Every state of a machine."""
    return frozenset(state for state, _ in machine) | {step.target for step in machine.values()}


def ends_of(machine: Machine) -> frozenset[str]:
    """The states nothing leads out of."""
    return states_of(machine) - {state for state, _ in machine}


def mermaid(machine: Machine, starts: tuple[str, ...]) -> str:
    """The machine as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", *(f"    [*] --> {state}" for state in starts)]
    lines += [
        f"    {state} --> {step.target}: {action} [{step.guard.name}]"
        for (state, action), step in machine.items()
    ]
    lines += [f"    {state} --> [*]" for state in sorted(ends_of(machine))]
    return "\n".join(lines) + "\n"


START = "new"
REFUND_TICKET: Machine = {
    ("new", "await_approval"): Step("awaiting_approval", HOUSE),
    ("new", "start_refund"): Step("refunding", HOUSE),
    ("awaiting_approval", "start_refund"): Step("refunding", SUPERVISOR),
    ("awaiting_approval", "reject"): Step("rejected", SUPERVISOR),
    ("awaiting_approval", "withdraw"): Step("withdrawn", CUSTOMER),
    ("refunding", "complete"): Step("refunded", HOUSE),
    ("refunding", "fail"): Step("needs_attention", HOUSE),
    ("needs_attention", "start_refund"): Step("refunding", SUPERVISOR_OR_HOUSE),
    ("needs_attention", "reject"): Step("rejected", SUPERVISOR),
}
"""A ticket about money, with or without the goods coming back."""

CHANGE_TICKET: Machine = {
    ("new", "await_approval"): Step("awaiting_approval", HOUSE),
    ("new", "apply"): Step("applied", HOUSE),
    ("awaiting_approval", "apply"): Step("applied", SUPERVISOR),
    ("awaiting_approval", "reject"): Step("rejected", SUPERVISOR),
    ("awaiting_approval", "withdraw"): Step("withdrawn", CUSTOMER),
}
"""A change of an order that is not sent yet: made at once, or when a person agrees."""

GOODS_TICKET: Machine = {
    ("new", "await_approval"): Step("awaiting_approval", HOUSE),
    ("new", "await_goods"): Step("awaiting_goods", HOUSE),
    ("awaiting_approval", "await_goods"): Step("awaiting_goods", SUPERVISOR),
    ("awaiting_approval", "reject"): Step("rejected", SUPERVISOR),
    ("awaiting_approval", "withdraw"): Step("withdrawn", CUSTOMER),
    ("awaiting_goods", "receive_goods"): Step("fulfilled", SUPERVISOR),
    ("awaiting_goods", "reject"): Step("rejected", SUPERVISOR),
}
"""Goods on their way back, for money or for others: settled when they have arrived."""

MACHINES: Mapping[str, Machine] = {
    "refund_only": REFUND_TICKET,
    "return_refund": REFUND_TICKET,
    "cancellation": CHANGE_TICKET,
    "order_change": CHANGE_TICKET,
    "exchange": GOODS_TICKET,
    "return": GOODS_TICKET,
}
"""Ticket kind -> its states."""

STATUS: Mapping[str, str] = {
    "new": "open",
    "awaiting_approval": "open",
    "refunding": "in_progress",
    "needs_attention": "in_progress",
    "awaiting_goods": "in_progress",
    "refunded": "completed",
    "applied": "completed",
    "fulfilled": "completed",
    "rejected": "closed",
    "withdrawn": "closed",
}
"""State -> the plain status shops think in."""

STATUSES = ("open", "in_progress", "completed", "closed")
RELEASED = frozenset({"rejected", "withdrawn"})
"""States in which a ticket no longer claims units of its order."""
WITHDRAWABLE = frozenset(
    state for machine in MACHINES.values() for state, action in machine if action == "withdraw"
)
"""States in which the customer may still take his request back."""


def with_status(status: str) -> frozenset[str]:
    """The states a plain status stands for."""
    return frozenset(state for state, plain in STATUS.items() if plain == status)
