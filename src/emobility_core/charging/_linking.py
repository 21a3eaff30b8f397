"""Samples as a reading of a session, with what was unusual about them."""

from __future__ import annotations

from emobility_core.charging._reading import MeterReading, Quality, Register
from emobility_core.charging._reports import TimedSamples
from emobility_core.charging._session import Session
from emobility_core.ids import StationId
from emobility_core.work import Scope


def reading_of(
    value: TimedSamples, register: Register, station: StationId, connector: int, session: Session | None,
    scope: Scope, *, fell: bool = False, lying: bool = False,
) -> MeterReading:  # fmt: skip
    """Make the reading to keep; `session` is None where none is known, `fell` says it ran backwards,
    `lying` that its unit cannot be meant."""
    qualities = register.qualities
    if not value.time.trusted:
        qualities |= {Quality.CLOCK_NOT_TRUSTED}
    if value.coerced:
        qualities |= {Quality.COERCED}
    if value.profiled:
        qualities |= {Quality.VENDOR_PROFILE}
    if session is None:
        qualities |= {Quality.NOT_LINKED}
    elif fell:
        qualities |= {Quality.REGISTER_FELL}
    if lying:
        qualities |= {Quality.UNIT_IMPLAUSIBLE}
    return MeterReading(
        tenant=scope.tenant,
        station=station,
        connector=connector,
        session=None if session is None else session.id,
        at=value.time.at,
        received_at=value.time.received,
        reported=value.time.reported,
        energy=register.energy,
        power_w=register.power_w,
        qualities=qualities,
        samples=value.raw,
    )
