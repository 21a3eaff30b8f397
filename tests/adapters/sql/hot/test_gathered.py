"""Whoever asks at the same time is answered by the same query, and nobody by another's giving up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from emobility_adapters.sql.hot.gathered import MOST, Gathered


async def test_many_who_ask_at_once_are_few_look_ups() -> None:
    asked: list[Sequence[int]] = []

    async def load(keys: Sequence[int]) -> Mapping[int, str]:
        asked.append(keys)
        return {key: str(key) for key in keys if key % 2}

    gathered = Gathered(load)
    answers = await asyncio.gather(*(gathered.get(number) for number in [*range(MOST + 1), 1]))
    assert [len(keys) for keys in asked] == [MOST, 1]
    assert answers[:4] == [None, "1", None, "3"]
    assert answers[-1] == "1"


async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_after() -> None:
    failures: list[Exception] = [KeyError("away")]

    async def load(keys: Sequence[int]) -> Mapping[int, str]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(keys, "found")

    gathered = Gathered(load)
    for answer in await asyncio.gather(gathered.get(1), gathered.get(2), return_exceptions=True):
        assert isinstance(answer, KeyError)
    assert await gathered.get(1) == "found"


async def test_who_gives_up_takes_no_answer_from_the_others() -> None:
    go_on = asyncio.Event()

    async def load(keys: Sequence[int]) -> Mapping[int, str]:
        await go_on.wait()
        return dict.fromkeys(keys, "found")

    gathered = Gathered(load)
    impatient, patient = asyncio.create_task(gathered.get(1)), asyncio.create_task(gathered.get(1))
    await asyncio.sleep(0)
    impatient.cancel()
    go_on.set()
    assert await patient == "found"
    with pytest.raises(asyncio.CancelledError):
        await impatient
