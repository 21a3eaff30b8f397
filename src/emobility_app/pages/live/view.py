"""The overview in the words of the page: local times, kilowatt-hours, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from zoneinfo import ZoneInfo

import attrs

from emobility_core.energy import Energy
from emobility_core.ids import StationId
from emobility_core.instants import Instant
from emobility_core.money import Money
from emobility_core.overview import EndedGlance, Overview, RunningGlance, StationGlance
from emobility_core.rating import USUAL_ZONE

# How the page colours what a connector reports (OCPP 1.6, 4.9); an unknown word stays neutral.
_TONES: Mapping[str, str] = {
    "Available": "free",
    "Preparing": "busy",
    "Charging": "charging",
    "SuspendedEV": "busy",
    "SuspendedEVSE": "busy",
    "Finishing": "busy",
    "Reserved": "busy",
    "Unavailable": "out",
    "Faulted": "fault",
}
_WORDS: Mapping[str, str] = {"SuspendedEV": "Paused by car", "SuspendedEVSE": "Paused by station"}
_SYMBOLS: Mapping[str, str] = {"EUR": "€", "GBP": "£", "USD": "$"}


@attrs.frozen
class Moment:
    """A time as shown and as machines read it."""

    machine: str
    shown: str


@attrs.frozen
class ConnectorCard:
    number: int
    word: str
    tone: str


@attrs.frozen
class StationCard:
    identity: str
    power_class: str
    online: bool
    connectors: tuple[ConnectorCard, ...]


@attrs.frozen
class SiteCard:
    name: str
    stations: tuple[StationCard, ...]


@attrs.frozen
class RunningRow:
    station: str
    connector: int
    since: Moment
    energy: str
    cost: str


@attrs.frozen
class EndedRow:
    station: str
    connector: int
    ended: Moment
    lasted: str
    energy: str
    price: str
    held: bool


@attrs.frozen
class LiveView:
    """Everything that the page shows."""

    sites: tuple[SiteCard, ...]
    running: tuple[RunningRow, ...]
    ended: tuple[EndedRow, ...]
    stations: int
    online: int
    connectors: int
    flowing: str


def live_view(overview: Overview) -> LiveView:
    """Put the overview into words."""
    known = {station.id: station for station in overview.stations}
    energy = sum((one.energy.mwh for one in overview.running if one.energy is not None), 0)
    return LiveView(
        sites=_sites(overview.stations),
        running=tuple(_running(one, known) for one in overview.running),
        ended=tuple(_ended(one) for one in overview.ended),
        stations=len(overview.stations),
        online=sum(one.online for one in overview.stations),
        connectors=sum(len(one.connectors) for one in overview.stations),
        flowing=kwh(Energy(energy)),
    )


def _sites(stations: Sequence[StationGlance]) -> tuple[SiteCard, ...]:
    by_site = groupby(stations, key=lambda one: one.site)
    return tuple(
        SiteCard(site or "Without a site", tuple(_station(one) for one in here)) for site, here in by_site
    )


def _station(one: StationGlance) -> StationCard:
    connectors = tuple(
        ConnectorCard(
            connector.number,
            _WORDS.get(connector.status, connector.status),
            _TONES.get(connector.status, "out"),
        )
        for connector in one.connectors
    )
    return StationCard(one.identity, one.power_class.value, one.online, connectors)


def _running(one: RunningGlance, stations: Mapping[StationId, StationGlance]) -> RunningRow:
    station = stations.get(one.station)
    zone = station.time_zone if station else USUAL_ZONE
    return RunningRow(
        station=station.identity if station else "",
        connector=one.connector,
        since=moment(one.started_at, zone),
        energy=kwh(one.energy),
        cost=money(one.cost),
    )


def _ended(one: EndedGlance) -> EndedRow:
    minutes = max(0, round((one.ended_at - one.started_at).total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    return EndedRow(
        station=one.identity,
        connector=one.connector,
        ended=moment(one.ended_at, one.time_zone),
        lasted=f"{hours} h {rest:02} min" if hours else f"{rest} min",
        energy=kwh(one.energy),
        price=money(one.price),
        held=one.held,
    )


def moment(at: Instant, zone: str) -> Moment:
    local = at.astimezone(ZoneInfo(zone))
    return Moment(at.isoformat(timespec="seconds"), f"{local:%a %H:%M}")


def kwh(energy: Energy | None) -> str:
    """Two decimals, cut off rather than rounded: the page never shows more than was metered."""
    if energy is None:
        return "–"
    return f"{Decimal(energy.mwh // 10_000).scaleb(-2)} kWh"


def money(amount: Money | None) -> str:
    if amount is None:
        return "–"
    symbol = _SYMBOLS.get(amount.currency, amount.currency)
    return f"{symbol}\u202f{amount.amount}" if len(symbol) == 1 else f"{amount.amount} {symbol}"
