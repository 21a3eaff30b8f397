"""Argon2id in threads of its own, a few at once, so that nothing else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from emobility_core.identity import PasswordsBusy

# Each takes 64 MB while it runs (RFC 9106, 4: the second recommended option).
AT_ONCE = 2
# About a second's work: whoever came later would give up before it is done.
MOST_WAITING = 32
T = TypeVar("T")

_USUAL = PasswordHasher()


@cache
def _of_nobody(hasher: PasswordHasher) -> str:
    """What a password of nobody is held against; its own password is never typed."""
    return hasher.hash("\x00 nobody")


class ArgonPasswords:
    """Implements the core's `Passwords`."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or _USUAL
        self._threads = ThreadPoolExecutor(AT_ONCE, "argon2")
        self._under_way = 0
        self._nobody = _of_nobody(self._hasher)

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def fits(self, hashed: str | None, password: str) -> bool:
        return await self._run(self._fits, hashed or self._nobody, password) and hashed is not None

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._under_way >= AT_ONCE + MOST_WAITING:
            raise PasswordsBusy()
        done = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        self._under_way += 1
        done.add_done_callback(self._ended)
        return await done

    def _ended(self, _: object) -> None:
        # Also of one that nobody waits for any more, which is done all the same.
        self._under_way -= 1

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
