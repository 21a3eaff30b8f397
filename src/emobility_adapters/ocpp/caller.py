"""The station on a line, and what its messages are handled with: the same in every version of OCPP."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from emobility_adapters.ocpp.dialect import Dialect
from emobility_adapters.ocpp.vendors import VendorProfiles, shipped
from emobility_core.certificates import Certifier
from emobility_core.certification import CertificationWork
from emobility_core.charging import ChargingTools
from emobility_core.ids import StationId
from emobility_core.instants import Clock, Clocks, Instant, OneClock
from emobility_core.network import KnownStation, NetworkWork, Said, StationIdentity
from emobility_core.work import Scope, Transactions


@attrs.frozen
class Heartbeat:
    """How often stations are asked to beat: every `base_s` seconds and up to `spread_s` more, each station
    its own, so that those that return together do not beat together."""

    base_s: int = 300
    spread_s: int = 60

    def interval_of(self, identity: StationIdentity) -> int:
        """The same for a station at every boot."""
        return self.base_s + zlib.crc32(identity.folded.encode()) % max(1, self.spread_s)


@attrs.frozen(kw_only=True)
class Services:
    """What messages are handled with, bound once. `transactions` are for what stations send all day,
    `seldom` for what needs more of the store and comes now and then; `certifier` signs for authorities.
    `clock` is that of the lines, `clocks` tell by which one a station's tenant lives."""

    transactions: Transactions[NetworkWork]
    seldom: Transactions[CertificationWork]
    certifier: Certifier
    tools: ChargingTools
    clock: Clock
    clocks: Clocks = attrs.field(
        default=attrs.Factory(lambda services: OneClock(services.clock), takes_self=True)
    )
    profiles: VendorProfiles = attrs.field(factory=shipped)
    heartbeat: Heartbeat = Heartbeat()


@attrs.define
class Traffic:
    """Bytes of frames since they were taken last."""

    received: int = 0
    sent: int = 0

    @contextmanager
    def taken(self) -> Iterator[Said]:
        """Take them to record them in the block; what is not recorded is taken the next time."""
        said = Said(received=self.received, sent=self.sent)
        self.received = self.sent = 0
        try:
            yield said
        except BaseException:
            self.received += said.received
            self.sent += said.sent
            raise


@attrs.define
class Caller:
    """The station on a line. `boots` tells messages of one boot from those of the next; `seen_at` is when
    it was last noted that the station lives; `turn` is held while its state is read and changed, since an
    older line of the station may still do the same; `dialect` is how its messages are understood, `traffic`
    counts what is said. `clock` is that of its tenant."""

    known: KnownStation
    scope: Scope
    clock: Clock
    seen_at: Instant
    turn: asyncio.Lock
    boots: int = 0
    dialect: Dialect = attrs.field(factory=Dialect)
    traffic: Traffic = attrs.field(factory=Traffic)

    @property
    def station(self) -> StationId:
        return self.known.station.id
