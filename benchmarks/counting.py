"""Counts what a run left in the database, in plain SQL: what was acknowledged must be there, exactly once.

`_QUERIES` is the one place to adapt when tables change.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import astuple, dataclass, replace

import asyncpg

_QUERIES = (
    "SELECT count(*) FROM charging_session",
    "SELECT count(*) FROM meter_reading",
    "SELECT count(*) FROM station_frame WHERE inbound",
)
_PATIENCE_S = 15.0


@dataclass(frozen=True)
class Stored:
    """Sessions, meter readings, and frames that came in from stations."""

    sessions: int
    readings: int
    frames: int

    def __sub__(self, before: Stored) -> Stored:
        now, then = astuple(self), astuple(before)
        return Stored(*(one - other for one, other in zip(now, then, strict=True)))


def stored(url: str) -> Stored:
    """What the database behind `url` holds now."""
    if url.startswith("sqlite:///"):
        return Stored(*_sqlite(url.removeprefix("sqlite:///")))
    return Stored(*asyncio.run(_postgresql(url)))


def missing(url: str, before: Stored, acknowledged: Stored, *, all_frames: bool = True) -> str:
    """How the growth since `before` differs from what was acknowledged; empty if it does not.

    Without `all_frames` there are stations whose frames nobody counts. Waits a little, because raw frames
    may be written after the answer.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while (grown := _grown(url, before, acknowledged, all_frames)) != acknowledged:
        if time.monotonic() > deadline:
            return f"acknowledged {acknowledged}, but stored {grown}"
        time.sleep(0.25)
    return ""


def _grown(url: str, before: Stored, acknowledged: Stored, all_frames: bool) -> Stored:
    grown = stored(url) - before
    if not all_frames and grown.frames >= acknowledged.frames:
        return replace(grown, frames=acknowledged.frames)
    return grown


def _sqlite(path: str) -> list[int]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return [int(connection.execute(query).fetchone()[0]) for query in _QUERIES]
    finally:
        connection.close()


async def _postgresql(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [int(await connection.fetchval(query)) for query in _QUERIES]
    finally:
        await connection.close()
