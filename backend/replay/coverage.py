"""Which steps of which flows, and which messages, conversations visit, and which none does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.dialogs.flow import Flow, Step
from bot.dialogs.flows import FLOWS
from bot.dialogs.observer import Outcome, names_of, wanted
from bot.dialogs.offered import CHANGES

_IDENTIFY: Final = "identify"
"""Called by flows that change orders, and by no other."""
_PIECES: Final = ("choice.", "refund.reason.", "refund.part.", "system.")
"""Templates that are parts of messages, or are said by others than the dialog."""
_DETAILS: Final = ("detail", "item_detail")


def flows_offered(changes: bool) -> Mapping[str, Flow]:
    """The flows of a shop, by whether it lets customers change their orders by themselves."""
    without = () if changes else (*CHANGES, _IDENTIFY)
    return {name: flow for name, flow in FLOWS.items() if name not in without}


@dataclass(frozen=True, slots=True)
class StepVisits:
    """A step with what became of it, how often, and the outcomes no conversation came to."""

    flow: str
    step: str
    outcomes: Mapping[str, int]
    missing: tuple[str, ...]


@dataclass(slots=True)
class Coverage:
    """Counts visits to `flows` (an `Observer` of the engine) and messages sent; adds up."""

    flows: Mapping[str, Flow] = field(default_factory=lambda: FLOWS)
    visits: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    keys: Counter[str] = field(default_factory=Counter)
    _names: dict[tuple[str, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for flow in self.flows.values():
            for step, name in zip(flow.steps, names_of(flow), strict=True):
                self._names[flow.id, id(step)] = name

    def visited(self, flow: str, step: Step, outcome: Outcome) -> None:
        if name := self._names.get((flow, id(step))):
            self.visits[flow, name, outcome.value] += 1

    def said(self, keys: Iterable[str]) -> None:
        """Count messages by their templates' keys."""
        self.keys.update(keys)

    def add(self, other: Coverage) -> None:
        """Take another one's counts in."""
        self.visits.update(other.visits)
        self.keys.update(other.keys)

    def steps(self) -> list[StepVisits]:
        """Every step of every flow, in their order."""
        return [
            self._step(flow, step, name)
            for flow in self.flows.values()
            for step, name in zip(flow.steps, names_of(flow), strict=True)
        ]

    def unvisited(self) -> list[str]:
        """Steps with an outcome that no conversation came to, as `flow: step: outcome`."""
        return [
            f"{one.flow}: {one.step}: {outcome}" for one in self.steps() for outcome in one.missing
        ]

    def unsaid(self, known: Collection[str]) -> list[str]:
        """Of the catalog's `known` keys, the messages that no conversation led to."""
        return sorted(
            key
            for key in known
            if key not in self.keys
            and not key.startswith(_PIECES)
            and key.rpartition(".")[2] not in _DETAILS
        )

    def _step(self, flow: Flow, step: Step, name: str) -> StepVisits:
        outcomes = {
            outcome.value: count
            for outcome in Outcome
            if (count := self.visits[flow.id, name, outcome.value])
        }
        missing = tuple(one.value for one in wanted(step) if one.value not in outcomes)
        return StepVisits(flow.id, name, outcomes, missing)
