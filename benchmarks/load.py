"""The load generator, a process of its own: `python -m benchmarks.load JSON`, one result as JSON on stdout.

It watches the server's and the database's CPU itself, so that what is counted and what was sent agree.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import uvloop

from benchmarks.fleet import PATIENCE_S, Fleet
from benchmarks.hostile import call_off, let_loose
from benchmarks.probes import cpu_s, pss_kb, settled_cpu_s
from benchmarks.scripts import Station
from benchmarks.wire import RunBroken, Script

_AT_ONCE = 200
_LOOK_EVERY_S = 0.5
_REST_S = 30.0


class Kind(StrEnum):
    """What the stations do."""

    ECHO = "echo"
    METER_VALUES = "meter-values"
    SESSIONS = "sessions"
    OPEN = "open"
    OPEN_ECHO = "open-echo"
    IDLE = "idle"
    STORM = "storm"
    STORM_QUEUE = "storm-queue"


@dataclass(frozen=True)
class Job:
    """One run. `rate` is messages a second of all stations together (open loop only); pid 0 means none.

    In a storm stations come over `spread_s`; `hostile` says whether hostile ones come besides.
    """

    kind: Kind
    port: int
    stations: int
    server_pid: int
    database_pid: int = 0
    warm_up_s: float = 1.0
    window_s: float = 3.0
    rate: float = 0.0
    spread_s: float = 0.0
    hostile: float = 0


@dataclass
class Load:
    """What a run sent and what it cost.

    Frames, readings and sessions are those acknowledged in the whole run; messages, seconds and CPU
    belong to the window. `replies` answered calls of the server. `skipped` are messages that fell due
    while their station still waited for an answer.
    """

    frames: int = 0
    replies: int = 0
    readings: int = 0
    sessions: int = 0
    messages: int = 0
    window_s: float = 0.0
    server_cpu_s: float = 0.0
    database_cpu_s: float = 0.0
    client_cpu_s: float = 0.0
    came_to_rest: bool = True
    skipped: int = 0
    booted_after_s: float = 0.0
    pss_before_kb: int = 0
    pss_after_kb: int = 0
    pss_peak_kb: int = 0
    failures: list[str] = field(default_factory=list)


_STORMS = (Kind.STORM, Kind.STORM_QUEUE)
_SCRIPTS: dict[Kind, Callable[[Station], Script]] = {
    Kind.ECHO: Station.echoed,
    Kind.METER_VALUES: Station.reporting,
    Kind.SESSIONS: Station.whole_sessions,
    Kind.OPEN: Station.paced,
    Kind.OPEN_ECHO: Station.paced_echo,
    Kind.IDLE: Station.idle,
    Kind.STORM: Station.idle,
    Kind.STORM_QUEUE: Station.returning,
}


async def run(job: Job) -> Load:
    """Run one job; what went wrong stands in `failures`."""
    load = Load()
    fleet = Fleet(job.stations, job.port, _SCRIPTS[job.kind])
    try:
        await _connect(fleet, job, load)
        if job.kind is Kind.IDLE:
            await fleet.hold(job.window_s)
            load.pss_after_kb = pss_kb(job.server_pid)
        elif job.kind not in _STORMS:
            loose = await let_loose(job.port, job.stations) if job.hostile else []
            await fleet.work(job.warm_up_s, rate=job.rate)
            await _measure(fleet, job, load, rests=not loose)
            call_off(loose)
        await fleet.end()
    except RunBroken as broken:
        load.failures.append(str(broken))
    load.frames, load.replies = fleet.run.frames, fleet.run.replies
    load.readings, load.sessions = fleet.run.readings, fleet.run.sessions
    return load


async def _connect(fleet: Fleet, job: Job, load: Load) -> None:
    load.pss_before_kb = pss_kb(job.server_pid)
    (before,), began = [cpu_s(job.server_pid)], time.monotonic()
    at_once = job.stations if job.kind in _STORMS else _AT_ONCE
    connecting = fleet.connect(at_once, spread_s=job.spread_s, patience_s=PATIENCE_S + 2 * job.spread_s)
    watch = asyncio.create_task(_watch_peak(job.server_pid, load)) if job.spread_s else None
    load.failures += await connecting
    if watch is not None:
        watch.cancel()
    load.booted_after_s = time.monotonic() - began
    if job.kind in _STORMS:
        (after,), load.came_to_rest = await settled_cpu_s([job.server_pid])
        load.server_cpu_s, load.messages = after - before, fleet.run.frames
    if load.failures:
        raise RunBroken(f"{len(load.failures)} of {job.stations} stations did not come up")


async def _watch_peak(pid: int, load: Load) -> None:
    while True:
        load.pss_peak_kb = max(load.pss_peak_kb, pss_kb(pid))
        await asyncio.sleep(_LOOK_EVERY_S)


async def _measure(fleet: Fleet, job: Job, load: Load, *, rests: bool) -> None:
    """`rests` is False where somebody keeps the server busy all the time."""
    pids = [job.server_pid, job.database_pid]
    before, rested = await settled_cpu_s(pids, timeout_s=_REST_S if rests else 0.0)
    sent, skipped, client, began = fleet.run.frames, fleet.skipped, time.process_time(), time.monotonic()
    await fleet.work(job.window_s, rate=job.rate)
    load.window_s, load.client_cpu_s = time.monotonic() - began, time.process_time() - client
    after, rested_again = await settled_cpu_s(pids, timeout_s=_REST_S if rests else 0.0)
    load.messages, load.skipped = fleet.run.frames - sent, fleet.skipped - skipped
    load.server_cpu_s, load.database_cpu_s = (then - now for now, then in zip(before, after, strict=True))
    load.came_to_rest = (rested and rested_again) or not rests


def main() -> None:
    """Read the job from the command line and print the load as JSON."""
    fields = json.loads(sys.argv[1])
    job = Job(**{**fields, "kind": Kind(fields["kind"])})
    print(json.dumps(asdict(uvloop.run(run(job)))))


if __name__ == "__main__":
    main()
