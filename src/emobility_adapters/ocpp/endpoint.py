"""The OCPP endpoint: `ws://HOST:PORT/ocpp/{identity}`, one task a station."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from emobility_adapters.ocpp.admission import Admission, end_turn
from emobility_adapters.ocpp.allowance import Allowance, Rate
from emobility_adapters.ocpp.caller import Caller, Services
from emobility_adapters.ocpp.connection import StationConnection
from emobility_adapters.ocpp.frames import LONGEST_KEPT
from emobility_adapters.ocpp.handshake import Gate, GuestGate, chosen_of, known_station, stranger_on
from emobility_adapters.ocpp.line import ANSWER_WITHIN_S, Line
from emobility_adapters.ocpp.lines import Drain, Lines
from emobility_adapters.ocpp.quarantine import Quarantine
from emobility_adapters.ocpp.security import LineSecurity
from emobility_adapters.ocpp.settling import SETTLE_S, settling
from emobility_adapters.ocpp.version import Version
from emobility_core.errors import Unavailable
from emobility_core.ids import StationId, parse_id
from emobility_core.network import (
    FrameLog,
    KnownStation,
    StationDirectory,
    StationState,
    record_connection,
    still_admits,
)
from emobility_core.work import Event, Scope

_log = logging.getLogger("emobility.ocpp")

# Mobile networks forget idle connections after about 90 s; a station may take its time to answer,
# and a stuck one is found by its silence, not at the first missed pong.
PING_EVERY_S = 75.0
_PONG_WITHIN_S = 150.0
_OPEN_WITHIN_S = 20.0


@attrs.frozen(kw_only=True)
class OcppEndpoint:
    """Binds the protocol to the use cases. `versions` are those spoken, the preferred one first; `digest` is
    the keyed digest of station keys, `security` what lines prove and are refused for; unknown stations are
    let into the `quarantine`, or refused without one.

    `admission` bounds who knocks, `rate` what each station says; `drain` is how lines end at a restart.
    A request of ours is given up after `answer_within_s`, a station that reads nothing after
    `unread_within_s`; a station that came back without a boot is asked for its status after `settle_s` to
    twice as many seconds; that one left while the database was away is tried to be recorded every
    `again_after_s`.
    """

    directory: StationDirectory
    frames: FrameLog
    services: Services
    versions: Sequence[Version]
    lines: Lines
    digest: Callable[[bytes], str]
    security: LineSecurity
    answer_within_s: float = ANSWER_WITHIN_S
    unread_within_s: float = _PONG_WITHIN_S
    settle_s: float = SETTLE_S
    again_after_s: float = 5.0
    quarantine: Quarantine | None = None
    admission: Admission = attrs.field(factory=Admission)
    drain: Drain = attrs.field(factory=Drain)
    rate: Rate | None = None
    callers: dict[StationId, Caller] = attrs.field(factory=dict, init=False)

    @asynccontextmanager
    async def listening(
        self, bound: socket.socket, *, tls: ssl.SSLContext | None = None, guest_key: bytes | None = None
    ) -> AsyncIterator[Server]:
        """Accept stations while the block runs; on leaving, nobody is let in any more and lines close in
        waves with 1012 (service restart), the last ones with 1001 (going away). Who calls with the
        `guest_key`, if there is one, is a simulated station of this server's own."""
        # asyncio sees to it only where a socket was made with the protocol's number; what is accepted
        # inherits it. Else answers wait for acknowledgements (40 ms).
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        gate = self._gate() if guest_key is None else GuestGate(self._gate(), guest_key)
        async with serve(
            self._serve,
            sock=bound,
            ssl=tls,
            process_request=partial(self.admission.admit, gate),
            subprotocols=self._spoken(),
            select_subprotocol=lambda _, offered: chosen_of(self._spoken(), offered),
            create_connection=StationConnection.within(self.unread_within_s),
            compression=None,
            max_size=LONGEST_KEPT,
            max_queue=4,
            ping_interval=PING_EVERY_S,
            ping_timeout=_PONG_WITHIN_S,
            # Also the turn at the gate has to come within this time.
            open_timeout=_OPEN_WITHIN_S,
            backlog=4096,
            server_header=None,
        ) as server:
            try:
                yield server
            finally:
                self.admission.close()
                await self.lines.drain(self.drain)
                self.lines.end()

    def _spoken(self) -> list[Subprotocol]:
        return [version.subprotocol for version in self.versions]

    def _gate(self) -> Gate:
        return Gate(
            directory=self.directory,
            digest=self.digest,
            clocks=self.services.clocks,
            trust=self.security.trust,
            refused=self.security.refused,
            behind_proxy=self.security.behind_proxy,
            quarantine=self.quarantine,
        )

    async def _serve(self, connection: ServerConnection) -> None:
        try:
            await self._serve_agreed(connection)
        finally:
            end_turn(connection)

    async def _serve_agreed(self, connection: ServerConnection) -> None:
        agreed = (connection.subprotocol or "").lower()
        version = next((one for one in self.versions if one.subprotocol == agreed), None)
        if version is None:
            # OCPP-J 1.6, 3.2: without an agreed subprotocol the handshake ends and the line closes.
            await connection.close(1002, f"the subprotocol must be {' or '.join(self._spoken())}")
            return
        stranger = stranger_on(connection)
        if stranger is not None and self.quarantine is not None:
            end_turn(connection)
            await self.quarantine.serve(connection, stranger, version)
            return
        known = known_station(connection)
        station = known.station
        scope = Scope(station.tenant, known.path, f"station:{station.identity.text}")
        try:
            known = await self.security.confirm(known, scope)
        except Unavailable:
            await connection.close(1013, "please try again later")
            return
        turn = self.lines.turn(station.id)
        clock = self.services.clocks.of(known.path)
        caller = Caller(known, scope, clock, seen_at=clock.now(), turn=turn)
        line = self._line(connection, caller, version)
        self.lines.open(known, line, version)
        self.callers[station.id] = caller
        try:
            async with turn:
                state = await self._connected(caller, online=True)
                caller.boots, caller.dialect.clock.offset = state.boots, state.clock_offset
                caller.dialect.profile = self.services.profiles.of(state.boot)
            end_turn(connection)
            with settling(line, caller, version.status_request, self.settle_s):
                await line.serve()
        except Unavailable:
            await connection.close(1013, "please try again later")
        finally:
            if self.lines.close(station.id, line):
                del self.callers[station.id]
                await self._gone(caller)

    def _line(self, connection: ServerConnection, caller: Caller, version: Version) -> Line:
        return Line(
            connection,
            handle=partial(version.answer, caller=caller),
            handle_garbled=partial(version.answer_garbled, caller=caller),
            frames=self.frames.of(caller.known.station),
            clock=self.services.clock,
            traffic=caller.traffic,
            answer_within_s=self.answer_within_s,
            allowance=self._allowance(caller.station),
        )

    def _allowance(self, station: StationId) -> Allowance | None:
        if self.rate is None:
            return None
        return self.lines.allowance(station, self.rate, now=asyncio.get_running_loop().time())

    async def _connected(self, caller: Caller, *, online: bool) -> StationState:
        with caller.traffic.taken() as said:
            return await record_connection(
                caller.station,
                online=online,
                profile=caller.known.proof.profile if online else None,
                said=said,
                scope=caller.scope,
                transactions=self.services.transactions,
                clock=caller.clock,
                ids=self.services.tools.ids,
            )

    async def _gone(self, caller: Caller) -> None:
        """Record that a station has left, however long the database is away, unless it comes back."""
        said = False
        while True:
            async with caller.turn:
                if caller.station in self.lines:
                    return
                try:
                    await self._connected(caller, online=False)
                except Unavailable as error:
                    if not said:
                        name = caller.known.station.identity.text
                        _log.warning("%s has left, which has to wait: %s", name, error)
                    said = True
                else:
                    return
            if await self.lines.end_within(self.again_after_s):
                return  # the next server records whom it finds online

    def heed(self, event: Event) -> None:
        """Close the line of a station whose proof no longer counts: it proves itself anew."""
        if self.quarantine is not None:
            self.quarantine.heed(event)
        if event.type in ("station.changed", "station_certificate.revoked"):
            self.lines.recheck(StationId(parse_id("sta", str(event.data["station"]))), self._is_current)
        elif event.type in ("certificate_authority.changed", "tenant.moved"):
            for station in self.lines.stations():
                self.lines.recheck(station, self._is_current)

    def _follow(self, now: KnownStation) -> None:
        """Act within the tree as it is, should the station's tenant have moved: its line may stay."""
        caller = self.callers.get(now.station.id)
        if caller is not None and caller.scope.path != now.path:
            caller.scope = attrs.evolve(caller.scope, path=now.path)
            caller.known = attrs.evolve(caller.known, path=now.path)

    async def _is_current(self, known: KnownStation) -> bool:
        now = await self.directory.find(known.station.identity)
        if now is None or now.station.tenant != known.station.tenant:
            return False
        self._follow(now)
        if not still_admits(now.station, known.proof):
            return False
        certificate, at = known.proof.certificate, self.services.clocks.of(now.path).now()
        return certificate is None or await self.security.trust.flaw_of(certificate, now, at=at) is None
