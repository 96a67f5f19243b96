"""Closed-loop load: customers who hold a conversation by the app channel, turn by turn.

A client of few microseconds (plain asyncio streams, one connection a customer), because it shares
the machine with what it measures.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.service import KEY

TYPED = (
    (
        "hi",
        "I want a refund for order {order}",
        "yes, I received it",
        "I no longer want it",
        "yes",
        "how long does the refund take",
        "where is my parcel {order}",
        "bye",
    ),
    (
        "你好",
        "我想退款，订单号 {order}",
        "收到了",
        "不想要了",
        "确认",
        "退款多久到账",
        "订单 {order} 到哪了",
        "再见",
    ),
)
PRESSED = (("hi", "#0", "#0", "#5", "#0", "help", "#1", "#0", "#0"),)
"""`#n` presses the n-th option last shown: a refund, the parcel, a refund again (nothing is left),
the request's state. What the typed conversation is about, by buttons wherever there are any."""
REFUNDS = (("I want a refund for order {order}", "#0", "#5", "#0"),)
"""Nothing but a refund: every fourth turn writes a ticket, a decision and a payout."""


@dataclass
class Result:
    """Latencies in milliseconds of the turns counted, and how long all took, in seconds."""

    latencies: list[float] = field(default_factory=list)
    wall: float = 0.0
    turns: int = 0

    def percentile(self, share: float) -> float:
        """The latency that `share` of the turns stayed below."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def hold(
    port: int, numbers: Sequence[int], scripts: Sequence[Sequence[str]], concurrency: int
) -> Result:
    """Hold a conversation for each number, so many at a time. Raises: RuntimeError on an error."""
    result = Result()
    left: Iterator[int] = iter(numbers)
    started = time.perf_counter()

    async def one_after_another() -> None:
        line = await _Line.open(port)
        for number in left:
            await _converse(line, number, scripts[number % len(scripts)], result)
        line.close()

    await asyncio.gather(*(one_after_another() for _ in range(concurrency)))
    result.wall = time.perf_counter() - started
    return result


async def _converse(line: _Line, number: int, script: Sequence[str], result: Result) -> None:
    who = f"B{number:06d}"
    options: list[str] = []
    for words in script:
        said: dict[str, Any] = {"sender": who, "customer": who}
        if words.startswith("#"):
            if not options:
                break
            said["choice"] = options[min(int(words[1:]), len(options) - 1)]
        else:
            said["message"] = words.format(order=f"BN{number:06d}")
        began = time.perf_counter()
        answer = await line.post(said)
        took = 1000 * (time.perf_counter() - began)
        if answer["status"] != "answered" or not answer["replies"]:
            raise RuntimeError(f"{words!r} was answered by {answer}")
        result.turns += 1
        if words.startswith("#") or not any(word.startswith("#") for word in script):
            result.latencies.append(took)
        shown = [reply["options"] for reply in answer["replies"] if reply["options"]]
        options = [option["value"] for option in shown[-1]] if shown else []


class _Line:
    """A connection that is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> _Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, said: dict[str, Any]) -> Any:
        body = json.dumps(said).encode()
        head = (
            "POST /api/app/v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {KEY}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status, *lines = answer.decode("latin-1").lower().split("\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith("content-length:"))
        content = await self._reader.readexactly(length)
        if not status.startswith("http/1.1 200"):
            raise RuntimeError(f"{status}: {content[:300]!r}")
        return json.loads(content)

    def close(self) -> None:
        self._writer.close()
