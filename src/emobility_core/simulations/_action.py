"""What somebody does at a simulated station: a car comes or goes, a tag is presented, something breaks."""

from __future__ import annotations

from enum import Enum
from typing import Protocol
from uuid import UUID

import attrs

from emobility_core.customers import IdTag
from emobility_core.energy import Energy
from emobility_core.errors import Conflict
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity
from emobility_core.work import Scope


@attrs.frozen
class NoTestClock(Conflict):
    """The station's tenant does not live by a test clock, so nothing there is simulated.

    Remedy: give the tenant, or a test tenant above it, a test clock; a live tenant has real stations.
    """

    code = "no-test-clock"
    station: UUID


@attrs.frozen
class StationIsReal(Conflict):
    """A station has connected by itself: two of one name would get in each other's way.

    Remedy: disconnect it, or register another station to be simulated.
    """

    code = "station-is-real"
    station: UUID


class SimulatedAct(Enum):
    """What can be done at a simulated station."""

    PLUG_IN = "plug-in"
    UNPLUG = "unplug"
    PRESENT_TAG = "present-tag"
    METER = "meter"
    FAULT = "fault"
    CLEAR_FAULT = "clear-fault"
    DROP_LINK = "drop-link"
    RESTORE_LINK = "restore-link"


class Impossible(Enum):
    """Why an act came to nothing."""

    CONNECTOR_BUSY = "connector-busy"
    NO_CONNECTOR = "no-such-connector"
    NO_VEHICLE = "no-vehicle"
    TAG_REFUSED = "tag-refused"
    NO_LINE = "no-line"
    LOST = "simulation-lost"


@attrs.frozen(kw_only=True)
class SimulatedAction:
    """An `act` at a connector, at once or when the station's time comes to `at`.

    `id_tag` is presented; `energy` is what the vehicle takes from here to full (plug-in) or what the meter
    counts at once (meter); `error` is the station's word for what is broken.
    """

    act: SimulatedAct
    connector: int = attrs.field(default=1, validator=[attrs.validators.ge(1), attrs.validators.le(20)])
    at: Instant | None = None
    id_tag: IdTag | None = None
    energy: Energy | None = None
    error: str = "OtherError"


@attrs.frozen(kw_only=True)
class SimulatedPlace:
    """A station that is to be simulated, and whose it is."""

    station: StationId
    identity: StationIdentity
    path: str


class SimulatedStations(Protocol):
    """Stations that nobody has built, each at a line of its own."""

    async def until(self, place: SimulatedPlace, at: Instant) -> None:
        """Return when the time of a station has come to an instant; raise `StationIsReal`."""
        ...

    async def act(self, place: SimulatedPlace, action: SimulatedAction) -> Impossible | None:
        """Do something at a station, and return why it came to nothing, None if it did not.

        Raises `StationIsReal`.
        """
        ...

    def next_alarm(self, scope: Scope) -> Instant | None:
        """The next instant that something at a station of a scope waits for."""
        ...

    def ring(self, scope: Scope) -> None:
        """Let whatever goes on that waits for an instant that has come."""
        ...

    async def settled(self, scope: Scope) -> bool:
        """Wait until all stations of a scope have said what they have to say; False if none had to."""
        ...

    async def close(self) -> None:
        """End all stations, as if their power was cut."""
        ...
