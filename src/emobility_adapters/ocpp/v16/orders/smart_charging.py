"""Requests of the Smart Charging profile."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emobility_adapters.ocpp.v16.words import Requests, given, optional_time
from emobility_core.commands import (
    ChargingProfile,
    ChargingSchedule,
    ClearChargingProfile,
    GetCompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    Recurrence,
    SetChargingProfile,
)

PURPOSES = {
    ProfilePurpose.STATION_MAX: "ChargePointMaxProfile",
    ProfilePurpose.DEFAULT: "TxDefaultProfile",
    ProfilePurpose.SESSION: "TxProfile",
}
_KINDS = {
    ProfileKind.ABSOLUTE: "Absolute",
    ProfileKind.RECURRING: "Recurring",
    ProfileKind.RELATIVE: "Relative",
}
_RECURRENCES = {Recurrence.DAILY: "Daily", Recurrence.WEEKLY: "Weekly"}


def profile_payload(profile: ChargingProfile) -> dict[str, Any]:
    return given(
        chargingProfileId=profile.id,
        transactionId=profile.transaction_id,
        stackLevel=profile.stack_level,
        chargingProfilePurpose=PURPOSES[profile.purpose],
        chargingProfileKind=_KINDS[profile.kind],
        recurrencyKind=None if profile.recurrence is None else _RECURRENCES[profile.recurrence],
        validFrom=optional_time(profile.valid_from),
        validTo=optional_time(profile.valid_until),
        chargingSchedule=_schedule(profile.schedule),
    )


def _schedule(schedule: ChargingSchedule) -> dict[str, Any]:
    return given(
        duration=schedule.duration_s,
        startSchedule=optional_time(schedule.starts_at),
        chargingRateUnit=schedule.unit.value,
        minChargingRate=None if schedule.min_rate is None else _rate(schedule.min_rate),
        chargingSchedulePeriod=[
            given(startPeriod=period.start_s, limit=_rate(period.limit), numberPhases=period.phases)
            for period in schedule.periods
        ],
    )


def _rate(limit: Decimal) -> int | float:
    """A number of JSON; in tenths, so that the shortest float is the very decimal."""
    return int(limit) if limit == int(limit) else float(limit)


def _set(order: SetChargingProfile) -> tuple[str, dict[str, Any]]:
    payload = {"connectorId": order.connector, "csChargingProfiles": profile_payload(order.profile)}
    return "SetChargingProfile", payload


def _clear(order: ClearChargingProfile) -> tuple[str, dict[str, Any]]:
    return "ClearChargingProfile", given(
        id=order.profile,
        connectorId=order.connector,
        chargingProfilePurpose=None if order.purpose is None else PURPOSES[order.purpose],
        stackLevel=order.stack_level,
    )


def _composite(order: GetCompositeSchedule) -> tuple[str, dict[str, Any]]:
    return "GetCompositeSchedule", given(
        connectorId=order.connector,
        duration=order.duration_s,
        chargingRateUnit=None if order.unit is None else order.unit.value,
    )


REQUESTS: Requests = {
    ClearChargingProfile: _clear,
    GetCompositeSchedule: _composite,
    SetChargingProfile: _set,
}
