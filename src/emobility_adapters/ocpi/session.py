"""A session told in periods to a use: what was charged, when, and what went before."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpi.faults import MalformedOcpi, at
from emobility_adapters.ocpi.reading import Node, energy, moment, node, number, one_of, text, words
from emobility_core.energy import Energy
from emobility_core.tariffs import Phase, PhaseKind, Usage

_KINDS = {"charging": PhaseKind.CHARGING, "parking": PhaseKind.IDLE, "reservation": PhaseKind.RESERVATION}
_TYPES = ("RESERVATION", "RESERVATION_EXPIRES")


def read_session(body: Any) -> Usage:
    """Read `start`, `end`, `location_time_zone` and `periods`. Raises `MalformedOcpi`.

    A period has `start`, `end`, `phase` (charging, parking, reservation) and `kwh`, and `power_kw` and
    `current_a` where they are known.

    Charging begins with the first period that is no reservation; without one nobody came.
    """
    session = node(body)
    phases = tuple(_phase(one) for one in session.nodes("periods"))
    used = [phase for phase in phases if phase.kind is not PhaseKind.RESERVATION]
    kinds = session.find("reservation_types", words(*_TYPES)) or ()
    for name, stated, told in (
        ("start", session.find("start", moment), phases[0].since),
        ("end", session.find("end", moment), phases[-1].until),
    ):
        if stated is not None and stated != told:
            raise MalformedOcpi(f"/{name}", "is not that of the periods")
    with at("/periods"):
        return Usage(
            energy=Energy(sum(phase.energy.mwh for phase in phases)),
            started_at=used[0].since if used else phases[-1].until,
            ended_at=phases[-1].until,
            zone=session.read("location_time_zone", text),
            phases=phases,
            reservation_expired="RESERVATION_EXPIRES" in kinds,
        )


def _phase(period: Node) -> Phase:
    power = period.find("power_kw", number)
    with at(f"{period.pointer}/kwh"):
        return Phase(
            since=period.read("start", moment),
            until=period.read("end", moment),
            kind=_KINDS[period.read("phase", one_of(*_KINDS))],
            energy=period.read("kwh", energy),
            power_w=None if power is None else power * 1000,
            current_a=period.find("current_a", number),
        )
