"""The OCPP endpoint: `ws://HOST:PORT/ocpp/{identity}`, one task a station."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
from websockets.asyncio.server import Server, ServerConnection, serve

from emobility_adapters.ocpp.frames import LONGEST_FRAME, Garbled, result_text
from emobility_adapters.ocpp.handshake import (
    SUBPROTOCOL,
    Gate,
    choose_subprotocol,
    known_station,
)
from emobility_adapters.ocpp.line import ANSWER_WITHIN_S, Line
from emobility_adapters.ocpp.lines import Lines
from emobility_adapters.ocpp.settling import SETTLE_S, settling
from emobility_adapters.ocpp.v16.handlers import (
    TRANSACTION_RELATED,
    Caller,
    Services,
    answer,
    keep_aside,
)
from emobility_core.errors import Unavailable
from emobility_core.network import (
    FrameLog,
    StationDirectory,
    record_connection,
)
from emobility_core.work import Scope

_log = logging.getLogger("emobility.ocpp")

# Mobile networks forget idle connections after about 90 s; a station may take its time to answer,
# and a stuck one is found by its silence, not at the first missed pong.
_PING_EVERY_S = 75.0
_PONG_WITHIN_S = 150.0


@attrs.frozen(kw_only=True)
class OcppEndpoint:
    """Binds the protocol to the use cases. `digest` is the keyed digest of station keys.

    A request of ours is given up after `answer_within_s`; a station that came back without a boot is
    asked for its status after `settle_s` to twice as many seconds.
    """

    directory: StationDirectory
    frames: FrameLog
    services: Services
    lines: Lines
    digest: Callable[[bytes], str]
    answer_within_s: float = ANSWER_WITHIN_S
    settle_s: float = SETTLE_S

    @asynccontextmanager
    async def listening(
        self, host: str, port: int, *, tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[Server]:
        """Accept stations while the block runs; on leaving, lines close with 1001 (going away)."""
        async with serve(
            self._serve,
            host,
            port,
            ssl=tls,
            process_request=Gate(self.directory, self.digest),
            subprotocols=[SUBPROTOCOL],
            select_subprotocol=choose_subprotocol,
            compression=None,
            # Frames beyond LONGEST_FRAME get an answer; only absurd ones cost the line.
            max_size=2 * LONGEST_FRAME,
            max_queue=4,
            ping_interval=_PING_EVERY_S,
            ping_timeout=_PONG_WITHIN_S,
            backlog=4096,
            server_header=None,
        ) as server:
            yield server

    async def _serve(self, socket: ServerConnection) -> None:
        if socket.subprotocol is None:
            # OCPP-J 1.6, 3.1.1: without an agreed subprotocol the handshake ends and the line closes.
            await socket.close(1002, f"the subprotocol must be {SUBPROTOCOL}")
            return
        known = known_station(socket)
        station = known.station
        scope = Scope(station.tenant, known.path, f"station:{station.identity.text}")
        caller = Caller(known, scope, seen_at=self.services.clock.now())
        line = self._line(socket, caller)
        self.lines.open(station.id, line)
        try:
            caller.boots = await self._connected(caller, online=True)
            with settling(line, caller, self.settle_s):
                await line.serve()
        except Unavailable:
            await socket.close(1013, "please try again later")
        finally:
            if self.lines.close(station.id, line):
                await self._gone(caller)

    def _line(self, socket: ServerConnection, caller: Caller) -> Line:
        services = self.services

        async def handle_garbled(frame: Garbled, text: str) -> str | None:
            if frame.id is None or frame.action not in TRANSACTION_RELATED:
                return None
            content = {"action": frame.action, "frame": text, "problem": frame.reason}
            return result_text(frame.id, await keep_aside(frame.action, content, caller, services))

        return Line(
            socket,
            handle=partial(answer, caller=caller, services=services),
            handle_garbled=handle_garbled,
            frames=self.frames.of(caller.known.station),
            clock=services.clock,
            answer_within_s=self.answer_within_s,
        )

    async def _connected(self, caller: Caller, *, online: bool) -> int:
        state = await record_connection(
            caller.station,
            online=online,
            scope=caller.scope,
            transactions=self.services.transactions,
            clock=self.services.clock,
            ids=self.services.tools.ids,
        )
        return state.boots

    async def _gone(self, caller: Caller) -> None:
        try:
            await self._connected(caller, online=False)
        except Unavailable:
            _log.warning("could not record that %s went offline", caller.known.station.identity.text)
