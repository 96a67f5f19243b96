"""Where the CPU of a turn goes, part by part, without HTTP: one conversation after another.

    .venv/bin/python -m bench.parts [--conversations 200] [--database postgresql+asyncpg://…]

As for a caller who waits: all in one transaction. parse: the channel's JSON to a message. accept:
contact, conversation and message stored. understanding: language, intent, slots. flow: the dialog
and what it reads. write: actions, replies, state. answer: the replies as JSON. rest: begin and
commit, threads, the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from backend.conversations.service import shown_without_files
from backend.house import House, open_house
from backend.kit.clock import SystemClock
from backend.kit.db import Tx
from backend.migrations.run import migrate
from backend.orders.importing import import_file
from backend.pipeline import inbox
from backend.pipeline.turns import Turns
from backend.settings import Settings
from bench.load import PRESSED, REFUNDS, TYPED
from bench.service import KEY, an_order
from bot.channels.base import ChannelAccount, WebhookRequest
from bot.dialogs.state import view_of
from bot.messages import InboundMessage
from bot.understanding.base import PromptUnderstanding

ACCOUNT = ChannelAccount("app", "app", "App", {"api_key": KEY})
PARTS = ("parse", "accept", "understanding", "flow", "write", "answer", "rest")


@dataclass
class Meter:
    """CPU seconds by part, of the thread that does it."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PARTS, 0.0))
    turns: int = 0

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Within it the CPU of this thread counts as this part's."""
        began = time.thread_time()
        yield
        self.seconds[name] += time.thread_time() - began


@dataclass(frozen=True, slots=True)
class MeteredTurns(Turns):
    """Turns that tell what the dialog took of them."""

    meter: Meter = field(default_factory=Meter)

    def _compute(self, *arguments: Any) -> Any:
        with self.meter.part("flow"):
            return Turns._compute(self, *arguments)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            _env_file=None,
            data_dir=Path(folder),
            database_url=arguments.database,
            demo=True,
            secret="bench",  # noqa: S106
        )
        migrate(settings.database)
        asyncio.run(_run(settings, arguments.conversations))


async def _run(settings: Settings, conversations: int) -> None:
    house = open_house(settings, [ACCOUNT], clock=SystemClock())
    await house.prepare()
    file, now = settings.data_dir / "orders.jsonl", house.clock.now()
    orders = [json.dumps(an_order(number, now)) for number in range(3 * conversations + 20)]
    file.write_text("\n".join(orders))
    await import_file(house.db, file)
    await _converse_all(house, Meter(), range(3 * conversations, 3 * conversations + 20), TYPED)
    print(f"{'CPU ms a turn':<16}" + "".join(f"{part:>14}" for part in (*PARTS, "all")))
    kinds = (("typed", TYPED), ("buttons", PRESSED), ("refunds", REFUNDS))
    for index, (name, scripts) in enumerate(kinds):
        first = index * conversations
        meter = Meter()
        began = time.process_time()
        await _converse_all(house, meter, range(first, first + conversations), scripts)
        total = time.process_time() - began
        meter.seconds["write"] -= meter.seconds["flow"]
        meter.seconds["rest"] = total - sum(meter.seconds.values())
        costs = [1000 * meter.seconds[part] / meter.turns for part in PARTS]
        print(
            f"{name:<16}"
            + "".join(f"{cost:>14.2f}" for cost in (*costs, 1000 * total / meter.turns))
        )
    await house.close()


async def _converse_all(
    house: House, meter: Meter, numbers: Sequence[int], scripts: Sequence[Sequence[str]]
) -> None:
    known = {one.name: getattr(house.turns, one.name) for one in fields(Turns)}
    turns = MeteredTurns(**known, meter=meter)
    for number in numbers:
        await _converse(house, turns, f"{number:06d}", scripts[number % len(scripts)])


async def _converse(house: House, turns: MeteredTurns, number: str, script: Sequence[str]) -> None:
    adapter, meter, options = house.channels.adapter(ACCOUNT.id), turns.meter, cast(list[str], [])
    for index, words in enumerate(script):
        said = {"sender": f"B{number}", "customer": f"B{number}", "message_id": f"m{index}"}
        if words.startswith("#"):
            if not options:
                return
            said["choice"] = options[min(int(words[1:]), len(options) - 1)]
        else:
            said["message"] = words.format(order=f"BN{number}")
        call = WebhookRequest({"authorization": f"Bearer {KEY}"}, {}, json.dumps(said).encode())
        with meter.part("parse"):
            (message,) = adapter.parse(call, house.clock.now())
        with meter.part("understanding"):
            await _prompt(turns).prepare(message)
        accepted: inbox.Accepted = await house.db.tx(_accept, turns, message)
        shown = await _shown(house, meter, accepted)
        meter.turns += 1
        lists = [reply["options"] for reply in shown if reply["options"]]
        options = [option["value"] for option in lists[-1]] if lists else []


def _accept(tx: Tx, turns: MeteredTurns, message: InboundMessage) -> inbox.Accepted:
    """As `backend.pipeline.at_once` does it, part by part."""
    meter = turns.meter
    with meter.part("accept"):
        accepted = inbox.accept(tx, ACCOUNT, message, "en", at_once=True)
    waiting = accepted.waiting
    if waiting is None:  # another turn of the conversation is open: a refund being paid is not
        raise RuntimeError("the turn was not to be taken")
    with meter.part("understanding"):
        view = view_of(waiting.state, waiting.message, turns._wording)
        understood = _prompt(turns).read(waiting.message, view)
    with meter.part("write"):
        said = turns._store(tx, waiting, waiting.conversation, waiting.state, understood, None)
    return accepted.taken_with(said, 0.0)


def _prompt(turns: Turns) -> PromptUnderstanding:
    if not isinstance(turns.understanding, PromptUnderstanding):
        raise TypeError("this understanding takes its time")
    return turns.understanding


async def _shown(house: House, meter: Meter, accepted: inbox.Accepted) -> list[dict[str, Any]]:
    with meter.part("answer"):
        said: Any = accepted.said or await house.db.read(_after, accepted.message)
        shown = shown_without_files(said) or []
        json.dumps(shown)
    return shown


def _after(tx: Tx, row: Any) -> Any:
    from backend.conversations import repository

    return repository.page_after(tx, row.conversation_id, row.seq, 50)


if __name__ == "__main__":
    main()
