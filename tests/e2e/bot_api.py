"""A Bot API that refuses the token until it is told to take it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD: dict[str, Any] = {
    "getme": {"id": 7012345678, "is_bot": True, "first_name": "Care", "username": "lumo_care_bot"},
    "getwebhookinfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
}


class BotApi:
    """What it answers; `takes_token` and `webhook` may be set at any time."""

    def __init__(self) -> None:
        self.takes_token = False
        self.webhook = ""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                known = GOOD.get(self.path.rpartition("/")[2].lower())
                if api.takes_token and known is not None:
                    result = {**known, "url": api.webhook} if "url" in known else known
                    self._answer(200, {"ok": True, "result": result})
                else:
                    refusal = {"ok": False, "error_code": 401, "description": "Unauthorized"}
                    self._answer(401, refusal)

            do_GET = do_POST  # noqa: N815 (the server's name for it)

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def run_bot_api() -> Iterator[BotApi]:
    """Answers within the block."""
    api = BotApi()
    thread = threading.Thread(target=api.server.serve_forever, daemon=True)
    thread.start()
    yield api
    api.server.shutdown()
    api.server.server_close()
    thread.join()
