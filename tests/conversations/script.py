"""Reads a golden conversation and plays it in a world. README.md beside this file explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.conversations.world import Shown, World

ACTIONS = ("customer", "picks", "presses", "sends", "edits", "opens", "sends_voice")
STEPS = (*ACTIONS, "bot", "approves", "rejects", "later")
_SIDE_WORDS = ("contains", "lacks", "options", "old", "caption", "by", "reason", "but")


@dataclass(frozen=True, slots=True)
class Script:
    """A golden conversation as written."""

    name: str
    title: str
    locale: str
    channel: str
    customer: str | None
    steps: Sequence[Mapping[str, Any]]
    outcome: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Script:
        """Read one file; a word nobody knows is an error, not a step that is passed over."""
        document = yaml.safe_load(file.read_text("utf-8"))
        unknown = set(document) - {"title", "locale", "channel", "as", "conversation", "outcome"}
        assert not unknown, f"{file.name}: {unknown}"
        steps = document["conversation"]
        for step in steps:
            assert len(set(step) & set(STEPS)) == 1, f"{file.name}: {step}"
            assert not set(step) - set(STEPS) - set(_SIDE_WORDS), f"{file.name}: {step}"
        who = document["as"]
        return cls(
            name=file.stem,
            title=document["title"],
            locale=document["locale"],
            channel=document.get("channel", "webchat"),
            customer=None if who == "anonymous" else who["customer"],
            steps=steps,
            outcome=document.get("outcome", {}),
        )


class Player:
    """Plays a script. Every message the customer gets must be expected by a `bot` step."""

    def __init__(self, script: Script, world: World) -> None:
        self.script = script
        self.world = world
        self.checked = 0

    async def play(self) -> None:
        """Play all steps, then compare the outcome."""
        for number, step in enumerate(self.script.steps, start=1):
            try:
                if "bot" not in step:
                    await self._nothing_unexpected()
                await self._step(step)
            except AssertionError as error:
                raise AssertionError(f"{self.script.name}, step {number} {step}: {error}") from None
        await self._nothing_unexpected()
        await self._compare(self.script.outcome)

    async def _step(self, step: Mapping[str, Any]) -> None:
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
            case {"approves": by}:
                await self._decide("approve", str(by), step)
            case {"rejects": by}:
                await self._decide("reject", str(by), step)
            case {"later": span}:
                await self.world.wait(timedelta(**span))
            case {"bot": keys}:
                await self._expect(_listed(keys), step)
            case _:
                raise AssertionError("a step nobody knows how to play")

    async def _decide(self, verdict: str, by: str, step: Mapping[str, Any]) -> None:
        refused = await self.world.decide(verdict, by, str(step.get("reason", "")))
        assert refused == step.get("but", ""), f"the house said {refused or 'yes'}"

    async def _pick(self, labels: Sequence[str], *, old: bool) -> None:
        asked = [shown for shown in await self.world.shown() if shown.options]
        searched = reversed(asked[:-1]) if old else asked[-1:]
        for shown in searched:
            if all(label in shown.options for label in labels):
                await self.world.press([shown.options[label] for label in labels])
                return
        offered = [list(shown.options) for shown in asked[-3:]]
        raise AssertionError(f"not on offer; offered were {offered}")

    async def _expect(self, keys: Sequence[str], step: Mapping[str, Any]) -> None:
        new = (await self.world.shown())[self.checked :]
        said = [f"{shown.key}: {shown.text}" for shown in new]
        taken = new[: len(keys)]
        assert [shown.key for shown in taken] == list(keys), f"the bot said {said}"
        self.checked += len(taken)
        text = "\n".join(_whole(shown) for shown in taken)
        for piece in _listed(step.get("contains", [])):
            assert str(piece) in text, f"{piece!r} is not in {text!r}"
        for piece in _listed(step.get("lacks", [])):
            assert str(piece) not in text, f"{piece!r} is in {text!r}"
        if "options" in step:
            assert list(taken[-1].options) == step["options"]

    async def _nothing_unexpected(self) -> None:
        rest = (await self.world.shown())[self.checked :]
        assert not rest, f"not expected: {[(shown.key, shown.text) for shown in rest]}"

    async def _compare(self, outcome: Mapping[str, Any]) -> None:
        unknown = set(outcome) - {"tickets", "paid_back", "handed_off"}
        assert not unknown, f"an outcome nobody knows: {unknown}"
        tickets = await self.world.tickets()
        wanted = outcome.get("tickets", [])
        found = [
            {name: getattr(ticket, name) for name in want}
            for ticket, want in zip(tickets, wanted, strict=False)
        ]
        assert len(tickets) == len(wanted), f"tickets: {tickets}"
        assert found == wanted
        assert dict(await self.world.paid_back()) == outcome.get("paid_back", {})
        assert await self.world.handed_off() == outcome.get("handed_off")


def _whole(shown: Shown) -> str:
    return "\n".join([shown.text, *shown.options])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
