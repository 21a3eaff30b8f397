"""What a process and its descendants have used: CPU seconds and memory, read from Linux's /proc."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_QUIET_SHARE = 0.08


class _Stat(NamedTuple):
    parent: int
    ticks: int


def cpu_s(pid: int) -> float:
    """User and system seconds of all threads of a process and its descendants, the ended ones included.

    The kernel counts to a hundredth of a second. 0 for pid 0, which stands for "none".
    """
    if pid == 0:
        return 0.0
    stats = _stats()
    return sum(stats[one].ticks for one in _family(pid, stats)) / _TICKS


def pss_kb(pid: int) -> int:
    """Proportional set size of a process and its descendants: shared pages count by their share."""
    stats = _stats()
    return sum(_pss_kb(one) for one in _family(pid, stats))


async def settled_cpu_s(pids: Sequence[int], *, timeout_s: float = 30.0) -> tuple[list[float], bool]:
    """The CPU seconds of each process once all rest, so that work put off until later counts too.

    Rest: less than 8 % of a core together, twice in a row. The flag is False if that never came.
    """
    deadline = time.monotonic() + timeout_s
    before, at, calm = [cpu_s(pid) for pid in pids], time.monotonic(), 0
    while time.monotonic() < deadline:
        await asyncio.sleep(0.25)
        now, then = [cpu_s(pid) for pid in pids], time.monotonic()
        calm = calm + 1 if (sum(now) - sum(before)) / (then - at) < _QUIET_SHARE else 0
        before, at = now, then
        if calm == 2:
            return now, True
    return before, False


def _stats() -> dict[int, _Stat]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path("/proc", entry, "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            # The name may hold spaces and brackets; from the last bracket on, fields are fixed (proc(5)).
            fields = text[text.rindex(")") + 2 :].split()
            found[int(entry)] = _Stat(int(fields[1]), sum(int(ticks) for ticks in fields[11:15]))
    return found


def _family(pid: int, stats: dict[int, _Stat]) -> list[int]:
    if pid not in stats:
        raise ProcessLookupError(f"process {pid} has ended")
    family = [pid]
    for member in family:
        family += [child for child, stat in stats.items() if stat.parent == member]
    return family


def _pss_kb(pid: int) -> int:
    for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
