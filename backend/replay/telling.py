"""What came of one message: understood how, led to what, decided by which rule, answered how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.replay import repository
from backend.replay.house_world import HouseWorld
from backend.replay.player import Step
from backend.replay.world import Shown


@dataclass(frozen=True, slots=True)
class TurnTold:
    """One step of a conversation that did something, with all that followed from it.

    `understood` as stored with the message: commands, confidence, source, intents, spans, signals,
    locale. `slots` are those known afterwards, by flow; `decided` the rules' decisions in it.
    """

    step: int
    did: Mapping[str, Any]
    understood: Sequence[Mapping[str, Any]]
    actions: Sequence[str]
    decided: Sequence[Mapping[str, Any]]
    slots: Mapping[str, Mapping[str, Any]]
    waiting: Sequence[str]
    replies: Sequence[Shown]


class Teller:
    """Collects what each step of a replay did. `after` goes to the player."""

    def __init__(self, world: HouseWorld) -> None:
        self.world = world
        self.turns: list[TurnTold] = []
        self._seq = 0
        self._decided = 0
        self._shown = 0

    async def after(self, number: int, step: Step) -> None:
        """Look at what the step left behind, unless it only compared."""
        if "bot" in step:
            return
        read = self.world.house.db.read
        rows = await read(repository.understood_after, self._seq)
        decisions = await read(repository.decisions)
        state = await read(repository.dialog_state)
        shown = await self.world.shown()
        told = [understood for _, understood in rows if understood]
        traces = [line for understood in told for line in understood.get("trace", ())]
        self.turns.append(
            TurnTold(
                step=number,
                did=step,
                understood=told,
                actions=[line.removeprefix("act ") for line in traces if line.startswith("act ")],
                decided=decisions[self._decided :],
                slots={frame["flow"]: frame["slots"] for frame in state.get("stack", ())},
                waiting=[request["flow"] for request in state.get("queue", ())],
                replies=shown[self._shown :],
            )
        )
        self._seq = max((seq for seq, _ in rows), default=self._seq)
        self._decided, self._shown = len(decisions), len(shown)


def to_lines(turn: TurnTold) -> list[str]:
    """A turn for people to read."""
    what = ", ".join(f"{name} {value}" for name, value in turn.did.items())
    lines = [f"── {turn.step}. {what}"]
    for understood in turn.understood:
        lines += _understood(understood)
    lines += [f"   action      {action}" for action in turn.actions]
    for one in turn.decided:
        outputs = ", ".join(f"{name} {value}" for name, value in one["outputs"].items())
        lines.append(
            f"   decided     {one['rule_table']} v{one['version']}, row {one['row_id']}: {outputs}"
        )
    for flow, slots in turn.slots.items():
        known = ", ".join(f"{name}={value}" for name, value in slots.items()) or "nothing yet"
        lines.append(f"   slots       {flow}: {known}")
    if turn.waiting:
        lines.append(f"   waiting     {', '.join(turn.waiting)}")
    for shown in turn.replies:
        first, *rest = shown.text.splitlines() or [""]
        lines.append(f"   bot         {shown.key}: {first}")
        lines += [f"               {line}" for line in rest]
        if shown.options:
            lines.append(f"               {' '.join(f'[{label}]' for label in shown.options)}")
    return lines


def _understood(understood: Mapping[str, Any]) -> list[str]:
    lines = [
        f"   understood  {understood['source']} {understood['confidence']:.2f}, "
        f"{understood['locale']}, feeling {understood['sentiment']:+.2f}"
    ]
    if intents := understood.get("intents"):
        ranked = ", ".join(f"{one['intent']} {one['score']:.2f}" for one in intents)
        lines.append(f"   intents     {ranked}")
    for span in understood.get("spans", ()):
        place = f"[{span['start']}:{span['end']}]"
        lines.append(f"   read        {span['kind']} {span['value']!r} {place}")
    if signals := understood.get("signals"):
        lines.append(f"   signals     {', '.join(signals)}")
    return [*lines, *(f"   command     {command}" for command in understood["commands"])]
