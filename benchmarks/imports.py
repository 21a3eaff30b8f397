"""What a large import costs: rows a second, memory, and how long it holds up the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from benchmarks.probes import pss_kb
from benchmarks.servers import Unusable
from emobility_app.clients import create_client
from emobility_app.compose import running
from emobility_app.settings import Address, Settings
from emobility_app.store import migrated, opened, tenant_named
from emobility_client import Answer, Client
from emobility_core.tenancy import ROOT_NAME

_ANY = Address("127.0.0.1", 0)
_SCOPES = ("customers:write", "imports:read", "imports:write", "operations:read")
_WARM_UP = 2_000
_PULSE_S = 0.001
_LOOKS_AT_MEMORY_S = 0.1
_AN_HOUR_S = 3_600.0


@dataclass
class Pulse:
    """Beats beside the import: `stall_s` is the longest that the loop has let it wait beyond its pause,
    `busy_s` the most that the loop's thread has computed between two beats, which no other process lengthens;
    `most_kb` is the memory of the process at its highest."""

    pid: int
    stall_s: float = 0.0
    busy_s: float = 0.0
    most_kb: int = 0
    looked_at: float = field(default_factory=time.monotonic)

    async def beat(self) -> None:
        while True:
            began, computed = time.monotonic(), time.thread_time()
            await asyncio.sleep(_PULSE_S)
            self.busy_s = max(self.busy_s, time.thread_time() - computed)
            self.stall_s = max(self.stall_s, time.monotonic() - began - _PULSE_S)
            if began - self.looked_at > _LOOKS_AT_MEMORY_S:
                self.looked_at = began
                # In a thread: reading it takes the kernel longer than a row takes us.
                self.most_kb = max(self.most_kb, await asyncio.to_thread(pss_kb, self.pid))


def import_figures(folder: Path, rows: int, pid: int) -> dict[str, float]:
    """The figures of one import of so many new customers into a SQLite file, by a server in this process."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measured(folder, rows, pid))


async def _measured(folder: Path, rows: int, pid: int) -> dict[str, float]:
    url = f"sqlite:///{folder / 'import.db'}"
    await migrated(url)
    async with opened(url) as store:
        root = await tenant_named(store, ROOT_NAME)
        client = await create_client("bench", _SCOPES, tenant=root, store=store)
    async with running(Settings(database=url, http=_ANY, ocpp=_ANY)) as server:
        api = Client(server.http_url, client.id, client.secret)
        await asyncio.to_thread(_imported, api, folder, 0, _WARM_UP)
        pulse, before_kb = Pulse(pid), pss_kb(pid)
        beating = asyncio.create_task(pulse.beat())
        began = time.monotonic()
        done = await asyncio.to_thread(_imported, api, folder, _WARM_UP, rows)
        took_s = time.monotonic() - began
        beating.cancel()
    if int(done["result"]["created"]) != rows:
        raise Unusable(f"not each row made a customer: {dict(done)}")
    return {
        "import_rows_per_s": rows / took_s,
        "import_peak_mb": max(0, pulse.most_kb - before_kb) / 1_024,
        "import_stall_ms": pulse.stall_s * 1_000,
        "import_busy_ms": pulse.busy_s * 1_000,
    }


def _imported(api: Client, folder: Path, first: int, rows: int) -> Answer:
    """From the first byte of the request to the end of the operation."""
    path = folder / "customers.csv"
    with path.open("w") as file:
        file.writelines(_table(first, rows))
    begun = api.upload("/v1/imports", path, "text/csv", kind="customers", system="bench")
    return api.wait(begun, timeout_s=_AN_HOUR_S)


def _table(first: int, rows: int) -> Iterator[str]:
    yield "external_id,name,kind,email,language\r\n"
    for number in range(first, first + rows):
        yield f"{number},Customer {number},person,c{number}@example.org,de\r\n"
