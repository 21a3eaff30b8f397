"""Sites, station groups and stations over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import attrs

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_app.http.schemas import INSTANT, TEXT, id_schema, objects, optional, schema_of
from emobility_app.wire import Flaw, MalformedBody, told, wire
from emobility_core.access import GrantRight
from emobility_core.configuration import ConfigurationStatus, StationConfiguration
from emobility_core.ids import SiteId, StationConfigurationId
from emobility_core.network import (
    BootReport,
    ConnectorState,
    MalformedStationKey,
    MonthlyTraffic,
    PowerClass,
    SecurityProfile,
    Site,
    Station,
    StationGroup,
    StationIdentity,
    StationKeyMissing,
    StationState,
    key_bytes,
    note,
    station_changed,
)
from emobility_core.tenancy import effective_settings


async def _as_its_tenant(call: Call, work: Any) -> dict[str, Any]:
    """A site is where its company is, unless it says otherwise."""
    settings = effective_settings(await work.tenants.line(call.scope.tenant))
    return {"time_zone": settings["time_zone"].value, "address": {"country": settings["country"].value}}


SITES = Resource(
    path="sites", name="site", prefix="sit", kind=Site, port="sites", defaults=_as_its_tenant, put=True
)
STATION_GROUPS = Resource(
    path="station-groups", name="station_group", prefix="sgr", kind=StationGroup, port="station_groups"
)


def _take_key(station: Station, before: Any, further: Mapping[str, Any], call: Call) -> Station:
    """The key itself is never stored: only its digest, which compares."""
    if "authorization_key" in further:
        station = _with_key(station, further["authorization_key"], call)
    if station.security_profile.needs_key and station.key_digest is None:
        raise StationKeyMissing(station.security_profile.value)
    return station


def _with_key(station: Station, key: Any, call: Call) -> Station:
    station = attrs.evolve(station, pending_key_digest=None)
    if key is None:
        return attrs.evolve(station, key_digest=None)
    if not isinstance(key, str):
        raise MalformedBody((Flaw("/authorization_key", "not-a-text", "must be a text"),))
    try:
        return attrs.evolve(station, key_digest=call.services.digest(key_bytes(key)))
    except MalformedStationKey as error:
        raise MalformedBody((Flaw("/authorization_key", error.code, told(error)),)) from error


async def _changed(station: Station, call: Call, work: Any) -> Station:
    """Whoever set a station back by hand lowers its profile here; that is not to pass unnoticed."""
    ids, before = call.services.ids, await work.stations.get(station.id)
    stored: Station = await work.stations.replace(station)
    work.outbox.publish(station_changed(stored, stored.updated_at, ids))
    if stored.security_profile < before.security_profile:
        info = (
            f"from {before.security_profile.value} to {stored.security_profile.value} by {call.scope.actor}"
        )
        await note(work, "SecurityProfileLowered", info, station=stored, at=stored.updated_at, ids=ids)
    return stored


async def _with_life(found: list[Station], call: Call, work: Any) -> list[dict[str, Any]]:
    """Stations with what is known of them from their own reports."""
    ids = [station.id for station in found]
    states = {one.station: one for one in await work.station_states.of(*ids)}
    configurations = {one.station: one for one in await work.station_configurations.of(*ids)}
    by_station = groupby(await work.connectors.of(*ids), key=attrgetter("station"))
    connectors = {station: list(theirs) for station, theirs in by_station}
    shown_ones = [
        STATIONS.view(station)
        | _life(states.get(station.id), configurations.get(station.id), connectors.get(station.id, ()))
        for station in found
    ]
    return shown_ones if call.grant is None else [one | _WITHHELD for one in shown_ones]


# Of a station other companies see no SIM card, no serial number, no volume of data, nothing of other systems.
_WITHHELD: dict[str, Any] = {
    "external_ids": {},
    "serial_number": None,
    "boot": None,
    "traffic": [],
    "configuration": None,
}


def _life(
    state: StationState | None,
    configuration: StationConfiguration | None,
    connectors: Sequence[ConnectorState],
) -> dict[str, Any]:
    return {
        "online": state is not None and state.online,
        "last_seen_at": None if state is None else wire.unstructure(state.last_seen_at),
        "line_profile": None if state is None else wire.unstructure(state.line_profile),
        "unreachable": state is not None and state.unreachable,
        "traffic": [] if state is None else wire.unstructure(state.traffic),
        "clock": None if state is None or state.clock_offset_ms is None else _clock(state),
        "boot": None if state is None else wire.unstructure(state.boot),
        "configuration": None if configuration is None else _configured(configuration),
        "connectors": [
            {
                "number": one.number,
                "status": one.status,
                "error_code": one.error_code,
                "info": one.info,
                "received_at": wire.unstructure(one.received_at),
            }
            for one in connectors
        ],
    }


def _configured(configuration: StationConfiguration) -> dict[str, Any]:
    return {
        "id": wire.unstructure(configuration.id, StationConfigurationId),
        "status": configuration.status.value,
        "billing_deviations": [one.key for one in configuration.deviations if one.billing],
    }


_CONFIGURED = objects(
    {
        "id": id_schema("scf"),
        "status": schema_of(ConfigurationStatus),
        "billing_deviations": {
            "type": "array",
            "items": TEXT,
            "description": "Keys that billing depends on and that are not as expected.",
        },
    },
    title="StationConfigured",
)


def _clock(state: StationState) -> dict[str, Any]:
    return {
        "offset_ms": state.clock_offset_ms,
        "measured_at": wire.unstructure(state.clock_measured_at),
        "drifted": state.clock_drifted,
    }


_CLOCK = objects(
    {
        "offset_ms": {"type": "integer", "description": "By how much the station is ahead."},
        "measured_at": INSTANT,
        "drifted": {"type": "boolean"},
    },
    title="StationClock",
)
_CONNECTOR = objects(
    {
        "number": {"type": "integer", "description": "0 is the station as a whole."},
        "status": TEXT,
        "error_code": TEXT,
        "info": optional(TEXT),
        "received_at": INSTANT,
    },
    title="Connector",
)
STATIONS = Resource(
    path="stations",
    name="station",
    prefix="sta",
    kind=Station,
    port="stations",
    registered_as="registered",
    references={"site": "sites", "station_groups": "station_groups"},
    hidden=frozenset({"key_digest", "pending_key_digest"}),
    read_only=frozenset({"requested_profile"}),
    taken={
        "authorization_key": {
            "type": ["string", "null"],
            "writeOnly": True,
            "description": "The station's key: 8 to 40 characters; hexadecimal text stands for bytes.",
        }
    },
    shown={
        "online": {"type": "boolean"},
        "last_seen_at": optional(INSTANT),
        "line_profile": optional(schema_of(SecurityProfile)),
        "unreachable": {"type": "boolean"},
        "traffic": {"type": "array", "items": schema_of(MonthlyTraffic)},
        "clock": optional(_CLOCK),
        "boot": optional(schema_of(BootReport)),
        "configuration": optional(_CONFIGURED),
        "connectors": {"type": "array", "items": _CONNECTOR},
    },
    filters={"site": SiteId, "power_class": PowerClass, "identity": StationIdentity},
    apply=_take_key,
    change=_changed,
    look=_with_life,
    shared=frozenset({GrantRight.SEE}),
)
