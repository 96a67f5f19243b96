"""Tencent's own `@wecom/crypto` as the other side, in a Node process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.wecom_crypto import CallbackKeys
from tools.node import CACHE, NODE, digest, exclusive, npm

RECIPE = Path(__file__).with_name("peer")
FILES = ("package.json", "package-lock.json", ".npmrc", "crypto.mjs")


class Tencent:
    """Seals and opens callbacks as Tencent's library does."""

    def __init__(self, process: subprocess.Popen[str], keys: CallbackKeys) -> None:
        self._process = process
        self._keys = {"token": keys.token, "key": keys.aes_key}

    def seal(self, message: str, timestamp: int, nonce: str, receiver: str) -> dict[str, str]:
        """`encrypted` and its `signature`."""
        return self._ask(
            action="seal",
            message=message,
            receiver=receiver,
            timestamp=str(timestamp),
            nonce=nonce,
        )

    def open(self, encrypted: str, timestamp: int, nonce: str) -> dict[str, str]:
        """The `message` inside, whom it is for (`id`), and the `signature` it should have."""
        return self._ask(action="open", encrypted=encrypted, timestamp=str(timestamp), nonce=nonce)

    def _ask(self, **request: Any) -> dict[str, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**self._keys, **request}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def run_tencent(keys: CallbackKeys) -> Iterator[Tencent]:
    """Install it on first use, as the lock file says, and run it."""
    folder = CACHE / f"wecom-peer-{digest(RECIPE / name for name in FILES)[:16]}"
    with exclusive("wecom-peer"):
        if not folder.exists():
            staging = folder.with_suffix(".new")
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(parents=True)
            for name in FILES:
                shutil.copy(RECIPE / name, staging)
            npm("ci", "--ignore-scripts", folder=staging)
            staging.rename(folder)
    with subprocess.Popen(
        [NODE, folder / "crypto.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Tencent(process, keys)
        finally:
            assert process.stdin is not None
            process.stdin.close()
