"""Meter readings: what a station sampled, and the exact register that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum

import attrs

from emobility_core.energy import Energy
from emobility_core.ids import SessionId, StationId, TenantId
from emobility_core.instants import Instant

# The fields of an OCPP SampledValue as sent: value, measurand, unit, phase, context, location, format.
Sample = Mapping[str, object]

_REGISTER = "Energy.Active.Import.Register"
_POWER = "Power.Active.Import"
_MWH_PER = {"Wh": 1_000, "kWh": 1_000_000}
# No meter counts a terawatt-hour, ten to this power in Wh; bounded, every register fits 64 bits.
_ABSURD_POWER = 12
_WATT_PER = {"W": 1, "kW": 1_000}
_TOTAL = 0
# Between the phases and neutral the same register is meant.
_PHASES = {"L1": 1, "L2": 2, "L3": 3, "L1-N": 1, "L2-N": 2, "L3-N": 3}


class Quality(Enum):
    """What was unusual about a reading; it is kept all the same."""

    CLOCK_NOT_TRUSTED = "clock-not-trusted"
    REGISTER_FELL = "register-fell"
    SUM_OF_PHASES = "sum-of-phases"
    UNKNOWN_UNIT = "unknown-unit"
    VALUE_UNREADABLE = "value-unreadable"
    FINER_THAN_MWH = "finer-than-mwh"
    UNIT_IMPLAUSIBLE = "unit-implausible"
    NOT_LINKED = "not-linked"
    COERCED = "coerced"
    VENDOR_PROFILE = "vendor-profile"


@attrs.frozen
class Register:
    """What the samples of one moment say: the import register, active power in W, and their quality."""

    energy: Energy | None
    power_w: int | None
    qualities: frozenset[Quality]


@attrs.frozen(kw_only=True)
class MeterReading:
    """Samples of one moment at one connector. `samples` is the JSON text of what was sent."""

    tenant: TenantId
    station: StationId
    connector: int
    session: SessionId | None
    at: Instant
    received_at: Instant
    reported: str | None
    energy: Energy | None
    power_w: int | None
    qualities: frozenset[Quality]
    samples: str


_SOUND: frozenset[Quality] = frozenset()


def register_of(samples: Iterable[Sample]) -> Register:
    """Reduce samples to the total import register and power; those of the phases are summed.

    The total wins over phases, both win over registers of other places, of the neutral or between
    phases. Signed samples are proof, not numbers, and are left alone.
    """
    energy: Energy | None = None
    power: int | None = None
    elsewhere: Energy | None = None
    phases: dict[int, int] = {}
    powers: dict[int, int] = {}
    flags: set[Quality] | None = None
    for sample in samples:
        measurand = sample.get("measurand", _REGISTER)
        if measurand not in (_REGISTER, _POWER) or sample.get("format") == "SignedData":
            continue
        phase = _PHASES.get(str(sample.get("phase"))) if "phase" in sample else _TOTAL
        scale = _MWH_PER if measurand == _REGISTER else _WATT_PER
        number, flag = _scaled(sample, scale, "Wh" if scale is _MWH_PER else "W")
        if flag is not None:
            flags = (flags or set()) | {flag}
        if number is None:
            continue
        if phase is None or sample.get("location", "Outlet") != "Outlet":
            if phase in (None, _TOTAL) and scale is _MWH_PER:
                elsewhere = Energy(number)
        elif phase != _TOTAL:
            (powers if scale is _WATT_PER else phases)[phase] = number
        elif scale is _WATT_PER:
            power = number
        else:
            energy = Energy(number)
    if energy is None and phases:
        energy = Energy(sum(phases.values()))
        flags = (flags or set()) | {Quality.SUM_OF_PHASES}
    if power is None and powers:
        power = sum(powers.values())
    return Register(elsewhere if energy is None else energy, power, frozenset(flags) if flags else _SOUND)


# Power varies, a unit is wrong by a thousand: what lies between is no sign of either.
_WRONG_UNIT = range(400, 2_501)
_TELLING_MWH = 100_000


def unit_lies(before: Energy | None, since: Instant | None, now: Register, at: Instant) -> bool:
    """Whether the register moved about a thousand times slower or faster than the power says: a station
    labels kWh as Wh, or Wh as kWh. Too little energy to tell is no lie."""
    if not now.power_w or now.energy is None or before is None or since is None:
        return False
    moved = now.energy.mwh - before.mwh
    if moved <= 0:
        return False
    passed = at - since
    expected = now.power_w * (passed.days * 86_400 + passed.seconds) * 1_000 // 3_600
    if expected < _TELLING_MWH:
        return False
    return expected // moved in _WRONG_UNIT or moved // expected in _WRONG_UNIT


def _scaled(sample: Sample, scale: Mapping[str, int], default: str) -> tuple[int | None, Quality | None]:
    text, unit = sample.get("value"), sample.get("unit", default)
    factor = scale.get(unit) if isinstance(unit, str) else None
    if factor is None:
        return None, Quality.UNKNOWN_UNIT
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 13:
        return int(text) * factor, None
    try:
        exact = Decimal(str(text).strip())
    except InvalidOperation:
        return None, Quality.VALUE_UNREADABLE
    # Compared by digits: arithmetic raises for what is as large as a text can say, such as 1E+9999999.
    if not exact.is_finite() or exact.adjusted() >= _ABSURD_POWER:
        return None, Quality.VALUE_UNREADABLE
    number = exact * factor
    whole = int(number)
    return whole, Quality.FINER_THAN_MWH if whole != number and scale is _MWH_PER else None
