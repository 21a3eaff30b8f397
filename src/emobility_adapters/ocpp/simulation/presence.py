"""A station's presence at a central system: connection, boot, statuses, heartbeats, delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from websockets.asyncio.client import ClientConnection

from emobility_adapters.ocpp.simulation.clock import StationClock
from emobility_adapters.ocpp.simulation.configuration import Configuration
from emobility_adapters.ocpp.simulation.credentials import Credentials
from emobility_adapters.ocpp.simulation.delivery import Delivery
from emobility_adapters.ocpp.simulation.failures import (
    BootRefused,
    CallFailed,
    LineLost,
    NoAnswer,
    SimulationFailure,
)
from emobility_adapters.ocpp.simulation.firmware import Firmware
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.hardware import Hardware
from emobility_adapters.ocpp.simulation.line import Respond, StationLine
from emobility_adapters.ocpp.simulation.opening import open_socket
from emobility_adapters.ocpp.simulation.outbox import Outbox, Report
from emobility_adapters.ocpp.simulation.quirks import Quirks
from emobility_adapters.ocpp.simulation.traffic import Traffic

VENDOR, MODEL = "emobility", "Simulated station"
# When the central system names no interval, the station chooses (OCPP 1.6, 4.2).
_BOOT_AGAIN_S, _HEARTBEAT_S, _PATIENCE_S = 60, 300, 60


class Presence:
    """Connects once at a time; `connections` and `boots_accepted` count what succeeded.

    `online` is set while it has booted and told its statuses; `boot_due` says that the station
    restarted; `boots_on_reconnect` that it boots on every
    connection. `copies` says how often each action of the outbox is sent.
    """

    def __init__(
        self,
        identity: str,
        url: str,
        *,
        secure_url: str | None,
        credentials: Credentials,
        clock: StationClock,
        configuration: Configuration,
        hardware: Hardware,
        outbox: Outbox,
        firmware: Firmware,
        vendor: str,
        model: str,
        respond: Respond,
        on_start: Callable[[Report, Payload], None],
        after_boot: Callable[[], Awaitable[None]],
        nonce: int,
        answer_within_s: float,
        open_within_s: float,
        boots_on_reconnect: bool,
        quirks: Quirks,
        on_heard: Callable[[bytes], None],
    ) -> None:
        self.identity = identity
        self.url = url
        self.secure_url = secure_url or "wss" + url.removeprefix("wss").removeprefix("ws")
        self.traffic = Traffic()
        self.copies: Mapping[str, int] = {}
        self.connections = 0
        self.boots_accepted = 0
        self.boot_due = True
        self.online = asyncio.Event()
        self._credentials = credentials
        self._firmware = firmware
        self._vendor = vendor
        self._model = model
        self._on_start = on_start
        self._after_boot = after_boot
        self._clock = clock
        self._configuration = configuration
        self._hardware = hardware
        self._outbox = outbox
        self._respond = respond
        self._nonce = nonce
        self._messages = 0
        self._answer_within_s = answer_within_s
        self._open_within_s = open_within_s
        self._boots_on_reconnect = boots_on_reconnect and quirks.boots
        self._quirks = quirks
        self._on_heard = on_heard
        self._left_open: list[StationLine] = []
        self._line: StationLine | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._heartbeat: asyncio.Task[None] | None = None

    async def start_up(self, *, boot_attempts: int | None = None) -> None:
        """Connect once, boot until accepted, report every status, then replay the outbox.

        Raises what `open_socket` raises, `LineLost`, `NoAnswer`, `CallFailed`, and `BootRefused`
        after `boot_attempts` boots that were not accepted.
        """
        await self.disconnect()
        socket = await self._open()
        line = self._line = StationLine(
            socket,
            identity=self.identity,
            message_id=self._message_id,
            respond=self._respond,
            traffic=self.traffic,
            answer_within_s=min(
                self._answer_within_s, self._configuration.number("MessageTimeout") or _PATIENCE_S
            ),
            quirks=self._quirks,
            on_heard=self._on_heard,
        )
        self.connections += 1
        try:
            await self._boot_until_accepted(boot_attempts)
            for number in range(len(self._hardware.connectors) + 1):
                await self.call("StatusNotification", self._hardware.status(number))
            await self._after_boot()
        except SimulationFailure:
            await self.disconnect()
            raise
        self._outbox.online = True
        self.online.set()
        self._delivery = asyncio.create_task(self._delivery_over(line).run())
        self._heartbeat = asyncio.create_task(self._heartbeats(line))

    async def _open(self) -> ClientConnection:
        credentials = self._credentials
        tls = credentials.tls()
        try:
            socket = await open_socket(
                self.url if tls is None else self.secure_url,
                self.identity,
                key=credentials.basic_key,
                tls=tls,
                ping_s=self._configuration.number("WebSocketPingInterval"),
                quirks=self._quirks,
                within_s=self._open_within_s,
            )
        except SimulationFailure:
            # A profile that was asked for and does not work must not lock the station out.
            credentials.fall_back()
            self._configuration.set("SecurityProfile", str(credentials.profile))
            raise
        credentials.proved = credentials.profile
        return socket

    @property
    def is_online(self) -> bool:
        """Whether the station has booted on a line that is still open."""
        return self._outbox.online and self._line is not None and not self._line.closed

    def _delivery_over(self, line: StationLine) -> Delivery:
        return Delivery(
            self._outbox,
            line,
            configuration=self._configuration,
            wait=self._clock.wait,
            copies=self.copies,
            on_start=self._on_start,
        )

    async def boot(self) -> tuple[str, int]:
        """Send one BootNotification; the RegistrationStatus and the interval in seconds (0: none given)."""
        if self.boot_due:
            self._firmware.boot()
        answer = await self.call(
            "BootNotification",
            {
                "chargePointVendor": self._vendor,
                "chargePointModel": self._model,
                "chargePointSerialNumber": self.identity[:25],
                "firmwareVersion": self._firmware.version,
            },
        )
        status, interval = str(answer.get("status")), answer.get("interval")
        interval_s = interval if isinstance(interval, int) and interval > 0 else 0
        if status == "Accepted":
            self.boots_accepted += 1
            self.boot_due = False
            self._configuration.set("HeartbeatInterval", str(interval_s or _HEARTBEAT_S))
        return status, interval_s

    async def _boot_until_accepted(self, attempts: int | None) -> None:
        tried = 0
        while self.boot_due or self._boots_on_reconnect:
            status, interval_s = await self.boot()
            tried += 1
            if status == "Accepted":
                return
            if attempts is not None and tried >= attempts:
                raise BootRefused(self.identity, status)
            await self._clock.wait(interval_s or _BOOT_AGAIN_S)

    async def _heartbeats(self, line: StationLine) -> None:
        while True:
            await self._clock.wait(self._configuration.number("HeartbeatInterval") or _HEARTBEAT_S)
            try:
                await line.call("Heartbeat", {})
            except CallFailed:
                continue
            except LineLost:
                return
            except NoAnswer:
                await line.cut()
                return

    async def call(self, action: str, payload: Payload) -> Payload:
        """Send a call now and return the answer; raise `LineLost`, `NoAnswer` or `CallFailed`."""
        if self._line is None:
            raise LineLost(self.identity)
        return await self._line.call(action, payload)

    def lose_answer_to(self, action: str) -> None:
        """Lose the line right after the next call of `action`, before its answer is heard."""
        if self._line is not None:
            self._line.lose_answer_to(action)

    async def settled(self) -> None:
        """Return when every report was answered; raise `LineLost` if the line closes before."""
        if self._delivery is None:
            raise LineLost(self.identity)
        drained = asyncio.create_task(self._outbox.drained())
        try:
            await asyncio.wait({drained, self._delivery}, return_when=asyncio.FIRST_COMPLETED)
            if not drained.done():
                self._delivery.result()
                raise LineLost(self.identity)
        finally:
            drained.cancel()

    async def wait_lost(self) -> None:
        """Return when the connection is gone."""
        if self._line is not None:
            await self._line.wait_closed()

    async def disconnect(self) -> None:
        """Close the connection politely, if there is one."""
        await self._go_offline()
        if self._line is not None:
            line, self._line = self._line, None
            await self._leave(line, line.close)

    async def _leave(self, line: StationLine, go: Callable[[], Awaitable[None]]) -> None:
        if self._quirks.leaves_lines_open and not line.closed:
            await line.abandon()
            self._left_open.append(line)
        else:
            await go()

    async def close(self) -> None:
        """Leave for good: lines that were left open are closed too."""
        await self.disconnect()
        while self._left_open:
            await self._left_open.pop().cut()

    async def say(self, text: str) -> None:
        """Send a frame as it stands; raise `LineLost`."""
        if self._line is None:
            raise LineLost(self.identity)
        await self._line.say(text)

    async def cut(self) -> None:
        """Lose the connection without a word."""
        await self._go_offline()
        if self._line is not None:
            line, self._line = self._line, None
            await self._leave(line, line.cut)

    async def _go_offline(self) -> None:
        self._outbox.go_offline()
        self.online.clear()
        duties = {task for task in (self._delivery, self._heartbeat) if task is not None}
        self._delivery = self._heartbeat = None
        for task in duties:
            task.cancel()
        if duties:
            await asyncio.wait(duties)
        for task in duties:
            if not task.cancelled():
                task.result()

    def _message_id(self) -> str:
        self._messages += 1
        return f"{self._nonce:08x}-{self._messages}"
