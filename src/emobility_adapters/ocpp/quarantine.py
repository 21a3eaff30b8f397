"""The lines of unknown stations: few, short, and heard only so that an operator can see who calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import attrs
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from emobility_adapters.ocpp.frames import read_frame
from emobility_adapters.ocpp.masking import masked
from emobility_adapters.ocpp.version import Version
from emobility_core.errors import Conflict, NotFound, Unavailable
from emobility_core.ids import Ids
from emobility_core.instants import Clock, Instant
from emobility_core.network import (
    FRAMES_KEPT,
    LONGEST_FRAME_KEPT,
    BootReport,
    QuarantinedFrame,
    QuarantineFull,
    QuarantineWork,
    Sighting,
    StationDirectory,
    StationIdentity,
    presented_forms,
    record_sighting,
)
from emobility_core.work import Event, Scope, Transactions

_log = logging.getLogger("emobility.ocpp")


@attrs.frozen(kw_only=True)
class Limits:
    """What strangers may cost: `stations` are remembered in the database, `lines` open at a time.

    A line ends after `line_for_s` seconds, `frames` frames, one of more than `longest` bytes, or where
    nothing comes within `first_within_s`. Who has left may come again after `again_after_s`; who reported
    sessions or said too much, after `barred_for_s`.
    """

    stations: int = 500
    lines: int = 100
    frames: int = 100
    longest: int = 65_536
    first_within_s: float = 30.0
    line_for_s: float = 3_600.0
    again_after_s: float = 60.0
    barred_for_s: float = 600.0


@attrs.frozen(kw_only=True)
class Stranger:
    """Who has called, as the handshake showed it."""

    identity: StationIdentity
    remote_address: str
    key: bytes | None = attrs.field(default=None, repr=False)


@attrs.define(eq=False)
class _Visit:
    """A line of a stranger, and what was heard since the last sighting was recorded."""

    stranger: Stranger
    connection: ServerConnection
    version: Version
    comes: bool = True
    heard: int = 0
    boot: BootReport | None = None
    frames: list[QuarantinedFrame] = attrs.field(factory=list)
    withheld: int = 0
    is_barred: bool = False

    def hear(self, text: str, at: Instant) -> None:
        self.heard += 1
        self.frames.append(QuarantinedFrame(at=at, frame=text[:LONGEST_FRAME_KEPT]))
        del self.frames[:-FRAMES_KEPT]


class Quarantine:
    """Lets unknown stations in to be seen, within `limits`; nothing that they say counts.

    `scope` is that of the tenant who looks after them, `digest` the keyed digest of station keys.
    """

    def __init__(
        self,
        *,
        scope: Scope,
        directory: StationDirectory,
        transactions: Transactions[QuarantineWork],
        clock: Clock,
        ids: Ids,
        digest: Callable[[bytes], str],
        limits: Limits | None = None,
    ) -> None:
        self._scope = scope
        self._directory = directory
        self._transactions = transactions
        self._clock = clock
        self._ids = ids
        self._digest = digest
        self._limits = limits or Limits()
        self._visits: dict[str, _Visit] = {}
        self._barred: dict[str, float] = {}
        self._full_until = 0.0
        # One writer at a time: strangers wait for each other, never the stations that are known.
        self._writing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._visits)

    def refusal(self, identity: StationIdentity) -> HTTPStatus | None:
        """What a handshake is refused with, None if it may go on."""
        now = asyncio.get_running_loop().time()
        if self._barred.get(identity.folded, now) > now:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if self._full_until > now:
            return HTTPStatus.SERVICE_UNAVAILABLE
        if identity.folded not in self._visits and len(self._visits) >= self._limits.lines:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None

    async def serve(self, connection: ServerConnection, stranger: Stranger, version: Version) -> None:
        """Hear a stranger until its line ends."""
        if self.refusal(stranger.identity) is not None:
            await connection.close(1013, "please try again later")
            return
        connection.protocol.max_message_size = self._limits.longest
        visit, name = _Visit(stranger, connection, version), stranger.identity.folded
        older, self._visits[name] = self._visits.get(name), visit
        if older is not None:
            self._begin(older.connection.close(1001, "the station has connected again"))
        code, reason = await self._ended(visit)
        if self._visits.get(name) is visit:
            del self._visits[name]
            self._bar(name, self._limits.barred_for_s if visit.is_barred else self._limits.again_after_s)
        if visit.frames:
            with suppress(Unavailable, NotFound, Conflict):
                await self._record(visit)
        await connection.close(code, reason)

    async def _ended(self, visit: _Visit) -> tuple[int, str]:
        """Hear a stranger to the end; return the code and the reason to close its line with."""
        try:
            async with asyncio.timeout(self._limits.line_for_s):
                return await self._hear(visit)
        except TimeoutError:
            return 1001, "this station is not accepted yet"
        except QuarantineFull as full:
            _log.warning("%s is not let in: %s", visit.stranger.identity.text, full)
            self._full_until = asyncio.get_running_loop().time() + self._limits.again_after_s
        except (Unavailable, NotFound, Conflict, ConnectionClosed):
            pass  # no database, adopted this very moment, or gone
        return 1013, "please try again later"

    async def _hear(self, visit: _Visit) -> tuple[int, str]:
        identity = visit.stranger.identity
        while True:
            async with asyncio.timeout(self._limits.first_within_s if visit.comes else None):
                frame, text = read_frame(await visit.connection.recv(decode=False))
            if await self._directory.find(identity) is not None:
                visit.frames.clear()
                return 1001, "the station's record has changed"
            visit.hear(masked(text, None), self._clock.now())
            answer = visit.version.reply_to_stranger(frame, identity, self._clock.now())
            visit.boot = answer.boot or visit.boot
            visit.withheld += answer.withheld
            if visit.comes or answer.boot is not None:
                await self._record(visit)
            if answer.withheld or visit.heard >= self._limits.frames:
                # A report that is not answered on a line that ends is one still to be delivered.
                visit.is_barred = True
                return 1013, "this station is not accepted yet"
            if answer.text is not None:
                await visit.connection.send(answer.text)

    async def _record(self, visit: _Visit) -> None:
        async with self._writing:
            key = visit.stranger.key
            sighting = Sighting(
                identity=visit.stranger.identity,
                remote_address=visit.stranger.remote_address,
                # Hexadecimal text stands for bytes, as where an operator enters it.
                key_digest=None if key is None else self._digest(presented_forms(key)[-1]),
                comes=visit.comes,
                boot=visit.boot,
                frames=tuple(visit.frames),
                withheld=visit.withheld,
            )
            visit.comes, visit.boot, visit.withheld = False, None, 0
            visit.frames.clear()
            await record_sighting(
                sighting,
                scope=self._scope,
                transactions=self._transactions,
                clock=self._clock,
                ids=self._ids,
                most=self._limits.stations,
            )

    def _bar(self, name: str, seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._barred) >= 2 * self._limits.stations:
            self._barred = {other: until for other, until in self._barred.items() if until > now}
        if len(self._barred) < 4 * self._limits.stations:
            self._barred[name] = now + seconds

    def heed(self, event: Event) -> None:
        """Close the line of a stranger that was adopted or dismissed; the first may come at once."""
        kind, _, verb = event.type.partition(".")
        if kind != "quarantined_station" or verb == "created":
            return
        name = StationIdentity(str(event.data["identity"])).folded
        visit = self._visits.get(name)
        if visit is not None:
            self._begin(visit.connection.close(1001, "the station's record has changed"))
            del self._visits[name]
        self._barred.pop(name, None)
        if verb == "dismissed":
            self._bar(name, self._limits.barred_for_s)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
