"""A proxy whose connections can fall silent: open, and nothing comes through any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class SilentProxy:
    """Forwards until told otherwise; connections made later are forwarded again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._silent: list[asyncio.Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def fall_silent(self) -> None:
        """The connections there are carry nothing any more, in either direction."""
        for event in self._silent:
            event.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        silent = asyncio.Event()
        self._silent.append(silent)
        behind, to_server = await asyncio.open_connection(*self._target)
        for source, target in ((reader, to_server), (behind, writer)):
            self._tasks.add(asyncio.create_task(_pass_on(source, target, silent)))

    async def close(self) -> None:
        """Let go of all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _pass_on(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, silent: asyncio.Event
) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            if not silent.is_set():
                target.write(data)
                await target.drain()
    target.close()


@asynccontextmanager
async def silent_proxy(host: str, port: int) -> AsyncIterator[SilentProxy]:
    """A proxy to host:port on a port of its own."""
    proxy = SilentProxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
