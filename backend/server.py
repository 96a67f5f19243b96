"""Our HTTP servers: uvicorn, with an end in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from backend.running import CLOSING, Drain
from backend.settings import Settings


class DrainingServer(uvicorn.Server):
    """Ends as `Drain` says; a second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain
        # A worker that failed ends the process, too.
        drain.when_begun(self._stop_after_notice)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal. Not handed on to uvicorn, which would end the process by it: we exit with 0."""
        if self._drain.has_begun:
            self.force_exit = True
        else:
            asyncio.get_running_loop().call_soon_threadsafe(self._drain.begin)

    async def shutdown(self, sockets: Any = None) -> None:
        """No new connections; sockets are closed with 1012; requests have what time is left."""
        self._drain.begin()
        left = self._drain.left() - CLOSING
        self.config.timeout_graceful_shutdown = max(1, int(left))
        await super().shutdown(sockets)

    def _stop_after_notice(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(self._drain.notice, setattr, self, "should_exit", True)


class SideServer(uvicorn.Server):
    """Beside a worker, which handles the signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield


def config_of(app: ASGIApp, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """uvicorn's settings; its log lines take our form."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        log_level=settings.log_level.lower(),
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
        ws_per_message_deflate=False,
    )
