"""Passwords are checked a few at a time, and no endless queue waits for it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from argon2 import PasswordHasher

from emobility_adapters.passwords import ArgonPasswords
from emobility_adapters.passwords.argon2 import AT_ONCE, MOST_WAITING
from emobility_core.identity import PasswordsBusy


class Held(PasswordHasher):
    """Verifies nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go_on = threading.Event()

    def verify(self, *arguments: Any) -> Any:
        self.go_on.wait()
        return super().verify(*arguments)


async def test_whoever_would_wait_for_too_long_is_refused_by_name_and_nobody_else_is() -> None:
    hasher = Held()
    passwords = ArgonPasswords(hasher)
    hashed = hasher.hash("a quiet harbour wall")
    waiting = [
        asyncio.create_task(passwords.fits(hashed, "a quiet harbour wall"))
        for _ in range(AT_ONCE + MOST_WAITING)
    ]
    await asyncio.sleep(0)
    for beyond in (passwords.fits(hashed, "other"), passwords.hash("other")):
        with pytest.raises(PasswordsBusy):
            await beyond
    waiting[-1].cancel()
    hasher.go_on.set()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert done[:-1] == [True] * (AT_ONCE + MOST_WAITING - 1)
    assert await passwords.fits(hashed, "other") is False
    assert await passwords.fits(None, "\x00 nobody") is False
