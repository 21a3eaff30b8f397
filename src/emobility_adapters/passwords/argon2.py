"""Argon2id in threads of its own, a few at once, so that nothing else waits for it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# Each takes 64 MB while it runs (RFC 9106, 4: the second recommended option).
_AT_ONCE = 2


class ArgonPasswords:
    """Implements the core's `Passwords`."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(_AT_ONCE, "argon2")
        # What a password of nobody is held against; its own password is never typed.
        self._nobody = self._hasher.hash("\x00 nobody")

    async def hash(self, password: str) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password)

    async def fits(self, hashed: str | None, password: str) -> bool:
        loop = asyncio.get_running_loop()
        fits = await loop.run_in_executor(self._threads, self._fits, hashed or self._nobody, password)
        return fits and hashed is not None

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
