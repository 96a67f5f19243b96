"""Where the CPU of a turn goes, part by part, without HTTP: one conversation after another.

    .venv/bin/python -m bench.parts [--conversations 200] [--database postgresql+asyncpg://…]

parse: the channel's JSON to a message. accept: contact, conversation, message and job stored.
understanding: language, intent, slots. flow: the dialog and what it reads. write: actions, replies,
state, the job's end. answer: the replies as JSON. rest: begin and commit, threads, the event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from backend.conversations.service import shown_without_files
from backend.house import House, open_house
from backend.kit.clock import SystemClock
from backend.kit.db import Tx
from backend.kit.jobs.worker import Hand
from backend.migrations.run import migrate
from backend.orders.importing import import_file
from backend.pipeline import inbox
from backend.pipeline.turns import Turns
from backend.pipeline.waiting import Begun
from backend.settings import Settings
from bench.load import PRESSED, REFUNDS, TYPED
from bench.service import KEY, an_order
from bot.channels.base import ChannelAccount, WebhookRequest
from bot.dialogs.state import view_of

ACCOUNT = ChannelAccount("app", "app", "App", {"api_key": KEY})
HAND = Hand("bench", 600.0)
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

    def timed(self, name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
        """The function; what it takes counts as this part."""

        def run(*arguments: Any) -> Any:
            with self.part(name):
                return fn(*arguments)

        return run


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
        accept = meter.timed("accept", inbox.accept)
        accepted: inbox.Accepted = await house.db.tx(accept, ACCOUNT, message, "en", HAND)
        shown = await _answer(house, turns, accepted)
        meter.turns += 1
        lists = [reply["options"] for reply in shown if reply["options"]]
        options = [option["value"] for option in lists[-1]] if lists else []


async def _answer(
    house: House, turns: MeteredTurns, accepted: inbox.Accepted
) -> list[dict[str, Any]]:
    meter, job = turns.meter, accepted.turn
    if job is None:  # another turn of the conversation is open: a refund being paid is not
        raise RuntimeError("the turn was not handed over")
    begun: Begun = job.known
    waiting = begun.waiting
    with meter.part("understanding"):
        view = view_of(waiting.state, waiting.message, turns._wording)
        understood = await turns.understanding.understand(waiting.message, view)
    commit = meter.timed("write", turns._commit)
    said = await house.db.tx(commit, job, waiting, waiting.state, understood)
    with meter.part("answer"):
        if said is None:
            said = await house.db.read(_after, waiting.rows[-1])
        shown = shown_without_files(said) or []
        json.dumps(shown)
    return shown


def _after(tx: Tx, row: Any) -> Any:
    from backend.conversations import repository

    return repository.page_after(tx, row.conversation_id, row.seq, 50)


if __name__ == "__main__":
    main()
