"""Past sessions as a station would have them queued after a time offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import attrs

from emobility_adapters.ocpp.simulation.connector import Connector
from emobility_adapters.ocpp.simulation.failures import ConnectorBusy
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.outbox import Report
from emobility_adapters.ocpp.simulation.samples import energy_value
from emobility_adapters.ocpp.simulation.station import SimulatedStation
from emobility_adapters.ocpp.simulation.transaction import Transaction

_WS_PER_WH = 3600


@attrs.frozen
class PastSession:
    """A session that took place: when, how long, how much energy, whose tag, at which connector."""

    start: datetime
    duration: timedelta
    energy_wh: int
    id_tag: str
    connector: int = 1

    @property
    def end(self) -> datetime:
        return self.start + self.duration


def queue_history(
    station: SimulatedStation,
    sessions: Sequence[PastSession],
    *,
    sample_every: timedelta = timedelta(minutes=15),
) -> list[Transaction]:
    """Queue the messages of `sessions`, oldest first, to be replayed on the next connection.

    The registers move on by each session's energy. Raises `ConnectorBusy` for a connector that does
    not exist or is charging, and ValueError for more energy than the connector delivers in the time.
    """
    for session in sessions:
        _check(station, session)
    return [_queue(station, session, sample_every) for session in sorted(sessions, key=lambda one: one.start)]


def _check(station: SimulatedStation, session: PastSession) -> None:
    connector = station.hardware.find(session.connector)
    if connector is None or connector.transaction is not None:
        raise ConnectorBusy(station.identity, session.connector)
    if session.energy_wh > connector.kind.power_w * session.duration.total_seconds() / _WS_PER_WH:
        raise ValueError(f"{connector.kind.name} cannot deliver {session.energy_wh} Wh in {session.duration}")


def _queue(station: SimulatedStation, session: PastSession, sample_every: timedelta) -> Transaction:
    connector = _connector(station, session)
    begin_wh = connector.meter_wh
    transaction = Transaction(connector.number, session.id_tag, session.start, begin_wh)
    station.outbox.add(Report("StartTransaction", transaction.start, transaction))
    for value in _samples(session, begin_wh, sample_every):
        payload: Payload = {"connectorId": connector.number, "meterValue": [value]}
        station.outbox.add(Report("MeterValues", payload, transaction))
    connector.deliver(session.energy_wh * _WS_PER_WH)
    stop = transaction.end(
        session.end,
        connector.meter_wh,
        "Local",
        [
            energy_value(session.start, begin_wh, "Transaction.Begin"),
            energy_value(session.end, connector.meter_wh, "Transaction.End"),
        ],
    )
    station.outbox.add(Report("StopTransaction", stop, transaction))
    return transaction


def _connector(station: SimulatedStation, session: PastSession) -> Connector:
    connector = station.hardware.find(session.connector)
    if connector is None:
        raise ConnectorBusy(station.identity, session.connector)
    return connector


def _samples(session: PastSession, begin_wh: int, every: timedelta) -> list[Payload]:
    values, at = [], session.start + every
    while at < session.end:
        share = (at - session.start) / session.duration
        values.append(energy_value(at, begin_wh + int(session.energy_wh * share), "Sample.Periodic"))
        at += every
    return values


def plausible_history(
    station: SimulatedStation,
    id_tags: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    random: Random,
    pause_h: tuple[float, float] = (2.0, 12.0),
) -> list[PastSession]:
    """Sessions at every connector between `since` and `until`, one after the other, oldest first."""
    sessions: list[PastSession] = []
    for connector in station.hardware.connectors:
        at = since + timedelta(hours=random.uniform(0, pause_h[1]))
        while (session := _draw(connector, at, random.choice(id_tags), random)).end < until:
            sessions.append(session)
            at = session.end + timedelta(hours=random.uniform(*pause_h))
    return sorted(sessions, key=lambda one: one.start)


def _draw(connector: Connector, at: datetime, id_tag: str, random: Random) -> PastSession:
    kind = connector.kind
    minutes = random.randrange(10, 50) if kind.is_dc else random.randrange(40, 300)
    # Cars rarely take what a connector could give; batteries are finite.
    average_w = kind.power_w * random.uniform(0.25, 0.6)
    energy_wh = min(int(average_w * minutes / 60), random.randrange(12_000, 70_000))
    return PastSession(at, timedelta(minutes=minutes), energy_wh, id_tag, connector.number)
