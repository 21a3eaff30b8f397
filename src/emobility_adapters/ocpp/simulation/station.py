"""An OCPP 1.6J charging station: well-behaved, unless it is given quirks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from types import TracebackType
from typing import Any, Self

from emobility_adapters.ocpp.simulation.authorization import Authorization
from emobility_adapters.ocpp.simulation.backoff import BackOff
from emobility_adapters.ocpp.simulation.clock import StationClock
from emobility_adapters.ocpp.simulation.configuration import Configuration
from emobility_adapters.ocpp.simulation.credentials import Credentials
from emobility_adapters.ocpp.simulation.failures import (
    BootRefused,
    CallFailed,
    CentralSystemUnreachable,
    ConnectorBusy,
    HandshakeRefused,
    LineLost,
    NoAnswer,
    SimulationFailure,
)
from emobility_adapters.ocpp.simulation.firmware import FIRST, Firmware
from emobility_adapters.ocpp.simulation.frames import Payload, Request
from emobility_adapters.ocpp.simulation.hardware import Hardware
from emobility_adapters.ocpp.simulation.kinds import AC_22, ConnectorKind, Vehicle
from emobility_adapters.ocpp.simulation.maintenance import Maintenance
from emobility_adapters.ocpp.simulation.outbox import Outbox, Report
from emobility_adapters.ocpp.simulation.presence import MODEL, VENDOR, Presence
from emobility_adapters.ocpp.simulation.profiles.reply import Then
from emobility_adapters.ocpp.simulation.quirks import Memory, Quirks
from emobility_adapters.ocpp.simulation.requests import Requests
from emobility_adapters.ocpp.simulation.reservations import Reservations
from emobility_adapters.ocpp.simulation.tags import TagCheck
from emobility_adapters.ocpp.simulation.timers import Timers
from emobility_adapters.ocpp.simulation.transaction import Transaction, wire_time
from emobility_adapters.ocpp.simulation.transfers import HttpTransfers, Transfers
from emobility_adapters.ocpp.simulation.visit import Visit, charge

# What passes by itself; a wrong key, an unknown station or a wrong URL does not.
_PASSING = (BootRefused, CallFailed, CentralSystemUnreachable, HandshakeRefused, LineLost, NoAnswer)
_BACK_OFF = BackOff()


class SimulatedStation:
    """Connects to `url`/`identity`, by Basic authentication if there is a `key`.

    `hardware` is what happens at the connectors, `outbox` the reports not answered yet (they outlive
    connections), `presence` the connection. An async context manager: leaving it closes the
    connection and ends what is going on. `run` stays connected; `presence.start_up` connects once.
    """

    def __init__(
        self,
        identity: str,
        url: str,
        *,
        random: Random,
        clock: StationClock | None = None,
        connectors: Sequence[ConnectorKind] = (AC_22,),
        key: str | None = None,
        sample_interval_s: int = 60,
        back_off: BackOff = _BACK_OFF,
        answer_within_s: float = 60.0,
        open_within_s: float = 60.0,
        boots_on_reconnect: bool = True,
        security_profile: int | None = None,
        roots: Sequence[str] = (),
        certificate: tuple[str, str] | None = None,
        secure_url: str | None = None,
        transfers: Transfers | None = None,
        quirks: Sequence[str] = (),
        vendor: str = VENDOR,
        model: str = MODEL,
        firmware: str = FIRST,
        on_heard: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        self.identity = identity
        self.random = random
        self.clock = clock or StationClock()
        self.quirks = Quirks(quirks, Memory(identity, self.clock.now, self.clock.now()))
        self.outbox = Outbox()
        self.authorization = Authorization()
        self.reservations = Reservations()
        self.firmware = Firmware(self.clock, transfers or HttpTransfers(), version=firmware)
        self.credentials = Credentials.made(
            profile=security_profile,
            key=key,
            roots=roots,
            certificate=certificate,
            encrypted=url.startswith("wss:"),
        )
        self.events: list[Payload] = []
        self.tags = TagCheck(self)
        self.timers = Timers(self)
        self.maintenance = Maintenance(self)
        self.configuration = Configuration(connectors=len(connectors), sample_interval_s=sample_interval_s)
        self.hardware = Hardware(
            identity,
            connectors,
            clock=self.clock,
            configuration=self.configuration,
            outbox=self.outbox,
            random=random,
            reservations=self.reservations,
        )
        self.configuration.set("SecurityProfile", str(self.credentials.profile))
        self.presence = Presence(
            identity,
            url,
            secure_url=secure_url,
            credentials=self.credentials,
            clock=self.clock,
            configuration=self.configuration,
            hardware=self.hardware,
            outbox=self.outbox,
            firmware=self.firmware,
            vendor=vendor,
            model=model,
            respond=self._respond,
            on_start=self.tags.hear_start,
            after_boot=self.maintenance.booted,
            nonce=random.getrandbits(32),
            answer_within_s=answer_within_s,
            open_within_s=open_within_s,
            boots_on_reconnect=boots_on_reconnect,
            quirks=self.quirks,
            on_heard=on_heard,
        )
        self._requests = Requests(self)
        self._back_off = back_off
        self._activities: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Connect if there is no line yet, and stay connected until cancelled, with jittered back-off.

        Raises `CredentialsRefused`, `StationUnknown`, `SubprotocolRefused` or `BadUrl` if the very
        first attempt fails so; later a station goes on trying, as in the field.
        """
        failures = 0
        while True:
            try:
                if not self.presence.is_online:
                    await self.presence.start_up()
                failures = 0
                await self.presence.wait_lost()
            except _PASSING:
                failures += 1
            except SimulationFailure:
                if self.presence.connections == 0:
                    raise
                failures += 1
            await self.presence.disconnect()
            await self.clock.wait(self._away_s(failures))

    def _away_s(self, failures: int) -> float:
        if self.quirks.redials_after_s is not None:
            return self.random.uniform(*self.quirks.redials_after_s)
        return self._back_off.delay_s(failures, self.random)

    @property
    def understood(self) -> frozenset[str]:
        """The requests that it answers otherwise than with NotImplemented."""
        return self._requests.actions

    def _respond(self, request: Request) -> tuple[bytes | None, Then | None]:
        if self.quirks.restarts(request):
            return None, lambda: self.reset("Hard")
        frame, then = self._requests.respond(request)
        sent = self.quirks.answer(request, frame)
        # What is not answered now is done only if it will be.
        return sent, then if sent is not None or self.quirks.memory.held else None

    async def authorize(self, id_tag: str) -> str:
        """Ask for a tag, or decide from list and cache; the AuthorizationStatus."""
        return (await self.tags.look_up(id_tag)).status

    async def charge(self, visit: Visit) -> Transaction | None:
        """Play a driver's visit; the transaction, or None when the tag was refused.

        Raises `ConnectorBusy` when the connector is taken or out of service.
        """
        return await charge(self, visit)

    def next_vehicle(self) -> Vehicle:
        """A car as it comes, arriving with 10 to 60 %."""
        return Vehicle(
            capacity_wh=self.random.choice((40_000, 58_000, 64_000, 77_000, 100_000)),
            ac_power_w=self.random.choice((11_000, 11_000, 11_000, 22_000)),
            dc_power_w=self.random.choice((50_000, 125_000, 170_000, 250_000)),
            soc_percent=float(self.random.randrange(10, 60)),
        )

    def visit_remotely(self, visit: Visit) -> None:
        """Begin a visit that the central system asked for."""
        self.spawn(self._visit(visit))

    def begin_remotely(self, visit: Visit) -> None:
        """Begin to charge the car that is already at the connector, as the central system asked."""
        self.spawn(self._begin(visit))

    async def _begin(self, visit: Visit) -> None:
        if visit.authorize and await self.authorize(visit.id_tag) != "Accepted":
            return
        with contextlib.suppress(ConnectorBusy):
            transaction = self.hardware.begin(visit.connector, visit.id_tag)
            if visit.charging_profile is not None:
                self.hardware.profiles.put(visit.charging_profile)
                self.timers.limits_changed()
            self.timers.sample(transaction)

    async def _visit(self, visit: Visit) -> None:
        try:
            await self.charge(visit)
        except ConnectorBusy:
            # Somebody plugged in between the answer and now; OCPP 1.6, 5.11: accepted means "will try".
            return

    def reset(self, kind: str) -> None:
        """Restart: end all transactions, drop the line, boot on the next connection."""
        self.spawn(self._reset(kind))

    async def _reset(self, kind: str) -> None:
        for connector in self.hardware.connectors:
            if connector.transaction is not None:
                self.hardware.end(connector.transaction, f"{kind}Reset")
        try:
            if kind == "Soft":
                await self.presence.settled()
        except LineLost:
            pass
        self.presence.boot_due = True
        await self.presence.disconnect()

    def trigger(self, message: str, connector: int | None) -> None:
        """Send what TriggerMessage asked for."""
        self.spawn(self._trigger(message, connector))

    async def _trigger(self, message: str, connector: int | None) -> None:
        numbers = range(1, len(self.hardware.connectors) + 1) if connector is None else (connector,)
        try:
            if message == "BootNotification":
                await self.presence.boot()
            elif message == "Heartbeat":
                await self.presence.call("Heartbeat", {})
            elif message == "StatusNotification":
                for number in (0, *numbers) if connector is None else numbers:
                    await self.presence.call("StatusNotification", self.hardware.status(number))
            elif message == "MeterValues":
                for number in numbers:
                    self.hardware.sample(number, "Trigger")
            else:
                await self.maintenance.tell(message)
        except (CallFailed, LineLost, NoAnswer):
            return

    def reconnect(self) -> None:
        """Leave the line once all was said; who keeps the station connected opens it anew."""
        self.spawn(self._reconnect())

    async def _reconnect(self) -> None:
        with contextlib.suppress(LineLost):
            await self.presence.settled()
        await self.presence.disconnect()

    def request_certificate(self) -> None:
        """Make a key pair and ask for a certificate for it."""
        self.spawn(self._request_certificate())

    async def _request_certificate(self) -> None:
        csr = self.credentials.certificates.request(self.identity, self.configuration.text("CpoName"))
        with contextlib.suppress(CallFailed, LineLost, NoAnswer):
            await self.presence.call("SignCertificate", {"csr": csr})

    def report_security(self, kind: str, tech_info: str | None = None) -> None:
        """Report a security event; it is kept until it was answered."""
        event: Payload = {"type": kind, "timestamp": wire_time(self.clock.now())}
        if tech_info is not None:
            event["techInfo"] = tech_info[:255]
        self.events.append(event)
        self.outbox.add(Report("SecurityEventNotification", event, keep=True))

    def spawn(self, activity: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Let something go on beside the rest, at most until the station is closed."""
        task = asyncio.create_task(activity)
        self._activities.add(task)
        task.add_done_callback(self._activities.discard)
        return task

    @property
    def activities(self) -> frozenset[asyncio.Task[Any]]:
        """What goes on beside the rest."""
        return frozenset(self._activities)

    async def close(self) -> None:
        """End what is going on and close the connection; what was not answered stays in the outbox."""
        activities = set(self._activities)
        for task in activities:
            task.cancel()
        if activities:
            await asyncio.wait(activities)
        await self.presence.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
