"""Walks through a script in a world, and says where the two differ."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from backend.replay.script import ACTIONS, Script
from backend.replay.world import Shown, World

Step = Mapping[str, Any]


class Mismatch(AssertionError):
    """The product did other than the script says. Told with the step it happened at."""


class Player:
    """Plays a script. Every message the customer gets must be expected by a `bot` step.

    At the first difference it raises `Mismatch`; with `forgives` it keeps them in `mismatches` and
    goes on. `after` is awaited after each step, with its number from 1.
    """

    def __init__(
        self,
        script: Script,
        world: World,
        *,
        forgives: bool = False,
        after: Callable[[int, Step], Awaitable[None]] | None = None,
    ) -> None:
        self.script = script
        self.world = world
        self.forgives = forgives
        self.after = after
        self.checked = 0
        self.mismatches: list[Mismatch] = []

    async def play(self) -> None:
        """Play all steps, then compare the outcome. Raises: Mismatch."""
        for number, step in enumerate(self.script.steps, start=1):
            try:
                if "bot" not in step:
                    await self._nothing_unexpected()
                await self._step(step)
            except Mismatch as found:
                await self._differs(Mismatch(f"{self.script.name}, step {number} {step}: {found}"))
            if self.after is not None:
                await self.after(number, step)
        try:
            await self._nothing_unexpected()
            if self.script.judged:
                await self._compare(self.script.outcome)
        except Mismatch as found:
            await self._differs(Mismatch(f"{self.script.name}, at the end: {found}"))

    async def _differs(self, mismatch: Mismatch) -> None:
        if not self.forgives:
            raise mismatch from None
        self.mismatches.append(mismatch)
        self.checked = len(await self.world.shown())

    async def _step(self, step: Step) -> None:
        if set(step) & set(ACTIONS):
            await self._act(step)
            return
        match step:
            case {"approves": by}:
                await self._decide("approve", str(by), step)
            case {"rejects": by}:
                await self._decide("reject", str(by), step)
            case {"later": Mapping() as span}:
                await self.world.wait(timedelta(**span))
            case {"bot": keys}:
                await self._expect(_listed(keys), step)
            case _:
                raise Mismatch("a step nobody knows how to play")

    async def _act(self, step: Step) -> None:
        match step:
            case {"customer": str(text)}:
                await self.world.say(text)
            case {"customer": {"repeat": str(text), "times": int(times)}}:
                await self.world.say(text * times)
            case {"picks": picks}:
                await self._pick(_listed(picks), old=bool(step.get("old")))
            case {"presses": str(value)}:
                await self.world.press(value.split(","))
            case {"sends": files}:
                await self.world.send_files(_listed(files), str(step.get("caption", "")))
            case {"edits": {"message": int(number), "to": str(text)}}:
                await self.world.edit(number, text)
            case {"opens": payload}:
                await self.world.start(str(payload or ""))
            case {"sends_voice": True}:
                await self.world.send_unreadable()
            case _:
                raise Mismatch("a step nobody knows how to play")

    async def _decide(self, verdict: str, by: str, step: Step) -> None:
        refused = await self.world.decide(verdict, by, str(step.get("reason", "")))
        if refused != step.get("but", ""):
            raise Mismatch(f"the house said {refused or 'yes'}")

    async def _pick(self, labels: Sequence[str], *, old: bool) -> None:
        asked = [shown for shown in await self.world.shown() if shown.options]
        searched = reversed(asked[:-1]) if old else asked[-1:]
        for shown in searched:
            if all(label in shown.options for label in labels):
                await self.world.press([shown.options[label] for label in labels])
                return
        offered = [list(shown.options) for shown in asked[-3:]]
        raise Mismatch(f"not on offer; offered were {offered}")

    async def _expect(self, keys: Sequence[str], step: Step) -> None:
        new = (await self.world.shown())[self.checked :]
        taken = new[: len(keys)]
        if [shown.key for shown in taken] != list(keys):
            raise Mismatch(f"the bot said {[f'{shown.key}: {shown.text}' for shown in new]}")
        self.checked += len(taken)
        text = "\n".join("\n".join([shown.text, *shown.options]) for shown in taken)
        for piece in _listed(step.get("contains", [])):
            if str(piece) not in text:
                raise Mismatch(f"{piece!r} is not in {text!r}")
        for piece in _listed(step.get("lacks", [])):
            if str(piece) in text:
                raise Mismatch(f"{piece!r} is in {text!r}")
        if "options" in step and (not taken or list(taken[-1].options) != step["options"]):
            raise Mismatch(f"offered were {[list(shown.options) for shown in taken[-1:]]}")

    async def _nothing_unexpected(self) -> None:
        if not self.script.judged:
            return
        rest: Sequence[Shown] = (await self.world.shown())[self.checked :]
        if rest:
            raise Mismatch(f"not expected: {[(shown.key, shown.text) for shown in rest]}")

    async def _compare(self, outcome: Mapping[str, Any]) -> None:
        tickets = await self.world.tickets()
        wanted = outcome.get("tickets", [])
        found = [
            {name: getattr(ticket, name) for name in want}
            for ticket, want in zip(tickets, wanted, strict=False)
        ]
        if len(tickets) != len(wanted) or found != wanted:
            raise Mismatch(f"tickets: {tickets}")
        paid = dict(await self.world.paid_back())
        if paid != outcome.get("paid_back", {}):
            raise Mismatch(f"paid back: {paid}")
        reason = await self.world.handed_off()
        if reason != outcome.get("handed_off"):
            raise Mismatch(f"handed off: {reason}")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
