"""A station in a Node process: the npm package `ocpp-rpc`, which checks both sides by its own schemas."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs

from tests.npm import NODE

HERE = Path(__file__).parent
PATIENCE_S = 20.0

Json = dict[str, Any]


@attrs.define(eq=False)
class ForeignStation:
    """What the station was asked and what it found wrong with our frames; `call` asks for it."""

    process: Process
    violations: list[Any] = attrs.field(factory=list)
    asked: list[tuple[str, Json]] = attrs.field(factory=list)
    _heard: asyncio.Condition = attrs.field(factory=asyncio.Condition)
    _waiting: dict[int, asyncio.Future[Json]] = attrs.field(factory=dict)
    _numbers: Any = attrs.field(factory=itertools.count)

    async def call(self, method: str, params: Json) -> Json:
        """Send a request and return the result; anything but a result that its schema allows fails."""
        number = next(self._numbers)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._tell({"todo": "call", "id": number, "method": method, "params": params})
        async with asyncio.timeout(PATIENCE_S):
            told = await answered
        assert "result" in told, (method, told)
        result: Json = told["result"]
        return result

    async def will_answer(self, method: str, params: Json) -> None:
        """Answer requests of this name so from now on."""
        await self._tell({"todo": "answer", "method": method, "params": params})

    async def is_asked(self, method: str) -> Json:
        """Wait until the station has been asked this, and return the newest payload."""
        async with asyncio.timeout(PATIENCE_S), self._heard:
            await self._heard.wait_for(lambda: any(name == method for name, _ in self.asked))
            return next(params for name, params in reversed(self.asked) if name == method)

    async def _tell(self, line: Json) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        await self.process.stdin.drain()

    async def listen(self) -> None:
        """Take what the process tells, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            told = json.loads(line)
            if "id" in told:
                self._waiting.pop(told["id"]).set_result(told)
            elif "violation" in told:
                self.violations.append(told["violation"])
            elif "asked" in told:
                async with self._heard:
                    self.asked.append((told["asked"], told["params"]))
                    self._heard.notify_all()


@asynccontextmanager
async def foreign_station(packages: Path, endpoint: str, identity: str) -> AsyncIterator[ForeignStation]:
    """A connected station; on leaving it must have found nothing wrong."""
    process = await create_subprocess_exec(
        NODE, HERE / "station.cjs", endpoint, identity,
        stdin=PIPE, stdout=PIPE, env={**os.environ, "NODE_PATH": str(packages)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        opened = await process.stdout.readline()
        assert json.loads(opened) == {"open": "ocpp1.6"}
        station = ForeignStation(process)
        listening = asyncio.create_task(station.listen())
        yield station
        process.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            await listening
            assert await process.wait() == 0
        assert station.violations == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
