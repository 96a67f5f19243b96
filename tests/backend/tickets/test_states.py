"""The tables of states, and their pictures in the documentation."""

from __future__ import annotations

from typing import get_args

import pytest

from backend.kit.actor import RULES, SYSTEM, Actor, Role
from backend.kit.errors import Conflict, Forbidden
from backend.refunds.states import HOLDING, REFUND, STARTS
from backend.rules.tables import REASONS, Reason
from backend.tickets.states import (
    MACHINES,
    REFUND_TICKET,
    RELEASED,
    START,
    STATUS,
    STATUSES,
    WITHDRAWABLE,
    Machine,
    ends_of,
    states_of,
    take,
    with_status,
)
from tools.state_diagrams import PAGE, drawn

CUSTOMER = Actor("customer", "c", "Lin")
SUPERVISOR = Actor("account", "s", "Sue", Role.SUPERVISOR)


def test_the_diagrams_in_the_docs_are_those_of_the_tables() -> None:
    page = PAGE.read_text("utf-8")
    assert page == drawn(page), "run: python -m tools.state_diagrams"


def test_every_state_has_a_plain_status() -> None:
    states = frozenset[str]().union(*(states_of(machine) for machine in MACHINES.values()))
    assert states == STATUS.keys()
    assert set(STATUS.values()) == set(STATUSES)
    assert with_status("open") == {"new", "awaiting_approval"}


@pytest.mark.parametrize("machine", MACHINES.values())
def test_ends_are_closed_and_all_else_is_not(machine: Machine) -> None:
    for state in states_of(machine):
        assert (STATUS[state] in ("completed", "closed")) == (state in ends_of(machine))
    assert ends_of(machine) >= RELEASED
    assert {"awaiting_approval"} == WITHDRAWABLE


@pytest.mark.parametrize(
    ("machine", "starts"), [*((one, (START,)) for one in MACHINES.values()), (REFUND, STARTS)]
)
def test_every_state_can_be_reached(machine: Machine, starts: tuple[str, ...]) -> None:
    reached = set(starts)
    for _ in machine:
        reached |= {step.target for (state, _), step in machine.items() if state in reached}
    assert reached == states_of(machine)


def test_what_holds_money_is_all_but_a_no() -> None:
    assert states_of(REFUND) - HOLDING == {"rejected", "withdrawn"}


def test_a_step_that_is_not_in_the_table_is_a_conflict() -> None:
    with pytest.raises(Conflict) as caught:
        take(REFUND_TICKET, "refunded", "withdraw", CUSTOMER)
    assert caught.value.code == "not_possible_now"


@pytest.mark.parametrize(
    ("action", "actor"),
    [
        ("withdraw", SUPERVISOR),
        ("withdraw", SYSTEM),
        ("reject", CUSTOMER),
        ("reject", Actor("api_key", "k", "ERP", Role.ADMIN)),
        ("reject", Actor("account", "a", "Ai", Role.AGENT)),
        ("start_refund", RULES),
    ],
)
def test_a_step_of_somebody_else_is_forbidden(action: str, actor: Actor) -> None:
    with pytest.raises(Forbidden):
        take(REFUND_TICKET, "awaiting_approval", action, actor)


def test_the_words_of_reasons_are_one_list() -> None:
    assert get_args(Reason) == REASONS
    assert len(set(REASONS)) == len(REASONS)
