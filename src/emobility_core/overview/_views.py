"""What an operator sees at a glance."""

from __future__ import annotations

import attrs

from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.network import PowerClass
from emobility_core.rating import USUAL_ZONE
from emobility_core.tariffs import Prices, Usage, rate


@attrs.frozen(kw_only=True)
class ConnectorGlance:
    """A connector and the last status it reported."""

    number: int
    status: str
    error_code: str


@attrs.frozen(kw_only=True)
class StationGlance:
    """A station; `time_zone` is its site's. Connector 0, the station as a whole, is left out."""

    id: StationId
    identity: str
    site: str | None
    time_zone: str
    power_class: PowerClass
    online: bool
    connectors: tuple[ConnectorGlance, ...]


@attrs.frozen(kw_only=True)
class RunningGlance:
    """A session that runs at a site in `time_zone`; `metered_at` is when `energy` was metered."""

    session: SessionId
    station: StationId
    connector: int
    started_at: Instant
    energy: Energy | None
    metered_at: Instant | None
    prices: Prices | None
    time_zone: str = USUAL_ZONE
    power_class: PowerClass | None = None

    @property
    def cost(self) -> Money | None:
        """What the session has cost up to its last reading, gross; None without a tariff or energy."""
        if self.prices is None or self.energy is None:
            return None
        until = self.metered_at or self.started_at
        usage = Usage(
            energy=self.energy,
            started_at=self.started_at,
            ended_at=until,
            zone=self.time_zone,
            power_class=self.power_class,
        )
        return rate(usage, self.prices).amounts.gross


@attrs.frozen(kw_only=True)
class EndedGlance:
    """A session that is over; `price` is gross, None until rated, `held` says that doubts are open."""

    session: SessionId
    station: StationId
    identity: str
    time_zone: str
    connector: int
    started_at: Instant
    ended_at: Instant
    energy: Energy | None
    price: Money | None
    held: bool


@attrs.frozen(kw_only=True)
class Overview:
    """The network at one moment."""

    stations: tuple[StationGlance, ...]
    running: tuple[RunningGlance, ...]
    ended: tuple[EndedGlance, ...]
