"""Right writes end in the expected state, wrong ones are refused for the right reason.

Each scenario runs in a transaction that is undone: in a fresh shop.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.changes.policy import ChangePolicy
from backend.kit.db import Database, Tx
from backend.kit.errors import DomainError
from bench.retail import expected
from bench.retail.data import Scenario
from bench.retail.mutations import mutations_of
from bench.retail.state import comparable, rows_written, stored
from bench.retail.talks import Talks, talk
from bench.retail.writes import asker, carry_out
from bot.understanding.base import Understanding


@dataclass(slots=True)
class Found:
    """What came out. `refused`: by the policy itself, and by the product in the same place."""

    scenarios: int = 0
    right: int = 0
    writes: int = 0
    refused: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Refusals:
    """Mutated writes by kind: tried, and refused as they should be."""

    tried: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class _Undo(Exception):
    """Ends a transaction without a trace."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


async def undone(db: Database, fn: Any, *args: Any) -> Any:
    """Run `fn` in a transaction that leaves nothing behind; its result."""

    def run(tx: Tx) -> None:
        raise _Undo(fn(tx, *args))

    try:
        await db.tx(run)
    except _Undo as undo:
        return undo.result
    raise AssertionError("a transaction was to be undone")


async def replay_right(
    db: Database, shop: Mapping[str, Any], scenarios: Sequence[Scenario], policy: ChangePolicy
) -> Found:
    """Replay the right writes of all scenarios."""
    found, fresh = Found(), expected.initial(shop)
    for scenario in scenarios:
        found.scenarios += 1
        found.writes += len(scenario.writes)
        faults, refused = await undone(db, _replay, shop, fresh, scenario, policy)
        found.refused += refused
        found.wrong += faults
        found.right += not faults and not refused
    return found


def _replay(
    tx: Tx,
    shop: Mapping[str, Any],
    fresh: expected.State,
    scenario: Scenario,
    policy: ChangePolicy,
) -> tuple[list[str], list[str]]:
    state = expected.copied(fresh)
    faults, refused = [], []
    who = asker(tx, scenario.user)
    for place, write in enumerate(scenario.writes):
        why_not = code = ""
        try:
            expected.after(state, shop, write)
        except expected.NotAllowed as no:
            why_not = str(no)
        try:
            with tx.savepoint():
                carry_out(tx, who, write, f"{scenario.id}-{place}", policy)
        except DomainError as error:
            code = error.code
        if bool(code) != bool(why_not):
            faults.append(f"{scenario.id} {write.name}: {code or 'done'}, policy: {why_not}")
        elif code:
            refused.append(f"{scenario.id} {write.name}: {code} ({why_not})")
    wanted, have = comparable(state), comparable(stored(tx))
    faults += [
        f"{scenario.id} {part} {key}: {have[part][key]} instead of {wanted[part][key]}"
        for part in ("orders", "users")
        for key in wanted[part]
        if have[part][key] != wanted[part][key]
    ]
    return faults, refused


async def hold_talks(
    db: Database,
    shop: Mapping[str, Any],
    scenarios: Sequence[Scenario],
    policy: ChangePolicy,
    understanding: Understanding,
) -> Talks:
    """Let a scripted customer talk each scenario through."""
    found, fresh = Talks(), expected.initial(shop)
    for scenario in scenarios:
        form, solved, ended = await undone(db, talk, shop, fresh, scenario, policy, understanding)
        found.tried[form] += 1
        found.solved[form] += solved
        if not solved:
            found.ended[f"{form}: {ended}"] += 1
            found.unsolved.append(f"{scenario.id} {ended}")
    return found


async def replay_mutated(
    db: Database,
    shop: Mapping[str, Any],
    scenarios: Sequence[Scenario],
    policy: ChangePolicy,
    seed: int,
) -> Refusals:
    """Replay writes made wrong in many ways, some for each scenario."""
    found, chance = Refusals(), random.Random(seed)  # noqa: S311 - the same cases every time
    for scenario in scenarios:
        for fault in await undone(db, _mutate, shop, scenario, policy, chance, found):
            found.wrong.append(fault)
    return found


def _mutate(
    tx: Tx,
    shop: Mapping[str, Any],
    scenario: Scenario,
    policy: ChangePolicy,
    chance: random.Random,
    found: Refusals,
) -> list[str]:
    faults = []
    for wrong in mutations_of(tx, shop, scenario, policy, chance):
        before = rows_written(tx)
        found.tried[wrong.name] += 1
        code = "accepted"
        try:
            wrong.attempt(tx)
        except DomainError as error:
            code = error.code
        if code != wrong.code:
            faults.append(f"{scenario.id} {wrong.name}: {code} instead of {wrong.code}")
        elif rows_written(tx) != before:
            faults.append(f"{scenario.id} {wrong.name}: refused, but something changed")
        else:
            found.right[wrong.name] += 1
    return faults
