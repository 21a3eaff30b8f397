"""The stations' side: who is let in, what is done with what they say, and the way out to them."""

from __future__ import annotations

from functools import partial
from typing import Any

import attrs

from emobility_adapters.ocpp.admission import Admission, Admits
from emobility_adapters.ocpp.allowance import Rate
from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.caller import Services as StationServices
from emobility_adapters.ocpp.endpoint import OcppEndpoint
from emobility_adapters.ocpp.lines import Drain, Lines
from emobility_adapters.ocpp.quarantine import Quarantine
from emobility_adapters.ocpp.securing import SecuringLine
from emobility_adapters.ocpp.v16.version import V16
from emobility_adapters.ocpp.vendors import with_own
from emobility_app.clocks import InRealTime
from emobility_app.compose.ground import EVERYTHING, Ground
from emobility_app.securing import Secured, secured
from emobility_app.settings import Settings, UnknownStations
from emobility_app.uploads import UploadLine, UploadTickets
from emobility_core.charging import ChargingTools
from emobility_core.commands import StationLine
from emobility_core.network import record_lines_lost
from emobility_core.tenancy import Tenant, scope_of
from emobility_core.work import Page


@attrs.frozen(kw_only=True)
class Stations:
    """The endpoint that stations call, their open lines, and what both sides share."""

    endpoint: OcppEndpoint
    lines: Lines
    security: Secured
    tools: ChargingTools


async def stations_of(ground: Ground) -> Stations:
    """Bind the endpoint; nobody is let in before it listens."""
    hot, lines = ground.hot, Lines()
    security = await secured(
        ground.settings,
        ground.transactions,
        everything=EVERYTHING,
        directories=hot.directories,
        server_key=ground.secret,
        clocks=ground.clocks,
        ids=ground.ids,
    )
    tools = ChargingTools(
        transactions=hot.transactions,
        tokens=hot.directories.tokens,
        tariffs=hot.directories.tariffs,
        running=hot.running,
        granted=hot.granted,
        ids=ground.ids,
    )
    services = StationServices(
        transactions=hot.transactions,
        seldom=ground.transactions,
        certifier=security.certifier,
        tools=tools,
        clock=ground.clock,
        clocks=ground.clocks,
        profiles=with_own(ground.settings.vendor_profiles),
        heartbeat=_heartbeat(ground.settings),
    )
    endpoint = OcppEndpoint(
        directory=hot.directories.stations,
        frames=hot.frames,
        services=services,
        versions=[V16(services)],
        lines=lines,
        digest=ground.digest,
        security=security.lines,
        quarantine=await _quarantine(ground),
        **_treatment(ground.settings),
    )
    return Stations(endpoint=endpoint, lines=lines, security=security, tools=tools)


async def lose_lines(ground: Ground) -> None:
    """Nobody has a line yet: record it, in the time of each."""
    lost = partial(record_lines_lost, ids=ground.ids)
    living = InRealTime(ground.transactions, ground.times)
    await lost(scope=EVERYTHING, transactions=living, clock=ground.clock)
    for keeper in ground.clocks.keepers():
        scope = await ground.times.scope_of(keeper)
        await lost(scope=scope, transactions=ground.transactions, clock=ground.clocks.of(scope.path))


def line_to(stations: Stations, ground: Ground, tickets: UploadTickets, *, public_url: str) -> StationLine:
    """The line by which commands leave: places for uploads and secrets are given on the way out."""
    return SecuringLine(
        line=UploadLine(line=stations.lines, tickets=tickets, public_url=public_url),
        transactions=ground.transactions,
        path_of=ground.hot.directories.tree.path,
        digest=ground.digest,
        clocks=ground.clocks,
        ids=ground.ids,
        changed=ground.hot.directories.stations.forget,
    )


async def _quarantine(ground: Ground) -> Quarantine | None:
    if ground.settings.unknown_stations is not UnknownStations.QUARANTINE:
        return None
    return Quarantine(
        scope=scope_of(await _keeper(ground), "quarantine"),
        directory=ground.hot.directories.stations,
        transactions=ground.transactions,
        clock=ground.clock,
        ids=ground.ids,
        digest=ground.digest,
    )


async def _keeper(ground: Ground) -> Tenant:
    """The tenant who looks after unknown stations; raise `UnknownTenant` for one that is not there."""
    async with ground.transactions.reading(EVERYTHING) as work:
        if ground.settings.quarantine_tenant is not None:
            return await work.tenants.get(ground.settings.quarantine_tenant)
        (root,) = await work.tenants.page(Page(limit=1, filters={"parent": [None]}, descendants=True))
        return root


def _treatment(settings: Settings) -> dict[str, Any]:
    """How the endpoint treats stations, in its own words."""
    told = settings.operating
    return {
        "admission": Admission(Admits(at_once=told.handshakes), behind_proxy=settings.behind_proxy),
        "drain": Drain(per_s=told.drain_rate, within_s=told.drain_within.total_seconds()),
        # A station that was offline for hours brings its backlog at once; one that floods must wait soon.
        "rate": Rate(per_s=told.station_rate, burst=10 * told.station_rate),
    }


def _heartbeat(settings: Settings) -> Heartbeat:
    told = settings.operating
    return Heartbeat(int(told.heartbeat.total_seconds()), int(told.heartbeat_spread.total_seconds()))
