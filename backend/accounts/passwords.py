"""Passwords as argon2id, computed in threads: 100 ms and 64 MB each, never on the event loop and
never within a transaction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 2
"""Hashes computed side by side: a flood of logins must not eat the memory."""


class Passwords:
    """Makes and checks hashes. The default costs are those of RFC 9106 for little memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._nobodys: str | None = None

    def hash_now(self, password: str) -> str:
        """The hash, blocking: for commands."""
        return self._hasher.hash(password)

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.hash_now, password)

    async def verify(self, known: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. None, for an unknown account, takes as long."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._verify, known, password
        )

    def is_outdated(self, known: str) -> bool:
        """Whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(known)

    def _verify(self, known: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody's password")
        try:
            self._hasher.verify(known or self._nobodys, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
        return known is not None
