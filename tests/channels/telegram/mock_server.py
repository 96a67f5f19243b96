"""telemelya, an independent mock of the Bot API, as a process of its own on the loopback.

It keeps what bots send in Redis and files in an S3, for which a dictionary stands here.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.support.process import free_port, guarded, server_folder, wait_until_ready
from tests.support.redis import run_redis

API_KEY = "telemelya-key"


@contextmanager
def run_telemelya() -> Iterator[str]:
    """Run the mock; gives its address. Its control API takes `API_KEY`."""
    with run_redis() as redis_url, _run_s3() as s3, server_folder() as folder:
        port, log = free_port(), folder / "telemelya.log"
        settings = {
            "MOCK_SERVER_HOST": "127.0.0.1",
            "MOCK_SERVER_PORT": str(port),
            "REDIS_URL": redis_url,
            "MINIO_ENDPOINT": s3,
            "AUTH_KEYS": API_KEY,
        }
        variables = [f"{name}={value}" for name, value in settings.items()]
        command = ["env", *variables, sys.executable, "-m", "telemelya.server.app"]
        url = f"http://127.0.0.1:{port}"
        with guarded(command, log) as guard:
            wait_until_ready(guard, lambda: _answers(url), log)
            yield url


def _answers(url: str) -> bool:
    try:
        return "Telemelya" in httpx.get(url, trust_env=False).text
    except httpx.HTTPError:
        return False


@contextmanager
def _run_s3() -> Iterator[str]:
    """As much of S3 as telemelya needs: put and get of whole objects. Gives host:port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ObjectStore)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _ObjectStore(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes] = {}  # noqa: RUF012 (shared by all requests, that is its use)

    def do_PUT(self) -> None:
        self.objects[self.path] = self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer(200)

    def do_GET(self) -> None:
        content = self.objects.get(self.path)
        self._answer(404 if content is None else 200, content or b"")

    def do_HEAD(self) -> None:
        self._answer(200)

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the tests' output is for tests."""
