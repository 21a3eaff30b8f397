"""The Smart Charging profile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from emobility_adapters.ocpp.simulation.charging_profiles import DEFAULT, SESSION, STATION, Limit, Profile
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Reply, status
from emobility_adapters.ocpp.simulation.transaction import wire_time

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_UNITS = {"A": "Current", "W": "Power"}


class SmartCharging:
    """Takes charging profiles, takes them back, and tells the schedule that comes of them."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {
            "SetChargingProfile": self._set,
            "ClearChargingProfile": self._clear,
            "GetCompositeSchedule": self._composite,
        }

    def _set(self, payload: Payload) -> Reply:
        try:
            profile = Profile.of(payload["connectorId"], payload["csChargingProfiles"])
        except ValueError as error:
            raise Malformed(str(error)) from error
        if not self._fits(profile):
            return status("Rejected")
        hardware = self._station.hardware
        # What has flowed so far flowed under the limits of before.
        hardware.advance(self._station.clock.now())
        hardware.profiles.put(profile)
        return status("Accepted", self._station.timers.limits_changed)

    def _fits(self, profile: Profile) -> bool:
        configuration, profiles = self._station.configuration, self._station.hardware.profiles
        known = any(one.id == profile.id for one in profiles.installed)
        return (
            profile.is_whole
            and self._is_in_place(profile)
            and profile.stack_level <= configuration.number("ChargeProfileMaxStackLevel")
            and len(profile.periods) <= configuration.number("ChargingScheduleMaxPeriods")
            and _UNITS[profile.unit] in configuration.names("ChargingScheduleAllowedChargingRateUnit")
            and (known or len(profiles.installed) < configuration.number("MaxChargingProfilesInstalled"))
        )

    def _is_in_place(self, profile: Profile) -> bool:
        """OCPP 1.6, 3.13.1 and 5.16: which purpose goes where."""
        if profile.purpose == STATION:
            return profile.connector == 0
        connector = self._station.hardware.find(profile.connector)
        if profile.purpose == DEFAULT:
            return profile.connector == 0 or connector is not None
        running = connector.transaction if connector else None
        return (
            profile.purpose == SESSION
            and running is not None
            and profile.transaction_id in (None, running.id)
        )

    def _clear(self, payload: Payload) -> Reply:
        hardware = self._station.hardware
        hardware.advance(self._station.clock.now())
        cleared = hardware.profiles.clear(
            id=payload.get("id"),
            connector=payload.get("connectorId"),
            purpose=payload.get("chargingProfilePurpose"),
            stack_level=payload.get("stackLevel"),
        )
        return status("Accepted", self._station.timers.limits_changed) if cleared else status("Unknown")

    def _composite(self, payload: Payload) -> Reply:
        number, duration_s = payload["connectorId"], payload["duration"]
        unit = payload.get("chargingRateUnit", "A")
        known = number == 0 or self._station.hardware.find(number) is not None
        if not known or _UNITS[unit] not in self._station.configuration.names(
            "ChargingScheduleAllowedChargingRateUnit"
        ):
            return status("Rejected")
        now = self._station.clock.now().replace(microsecond=0)
        # OCPP 1.6, errata 4.0, 3.57: without startSchedule, beside scheduleStart.
        schedule = {
            "duration": duration_s,
            "chargingRateUnit": unit,
            "chargingSchedulePeriod": self._periods(number, now, duration_s, unit),
        }
        return {
            "status": "Accepted",
            "connectorId": number,
            "scheduleStart": wire_time(now),
            "chargingSchedule": schedule,
        }, None

    def _periods(self, number: int, now: datetime, duration_s: int, unit: str) -> list[dict[str, Any]]:
        profiles, until = self._station.hardware.profiles, now + timedelta(seconds=duration_s)
        periods: list[dict[str, Any]] = []
        at: datetime | None = now
        while at is not None and at < until:
            limit = profiles.allowed(number, at)
            period = {"startPeriod": int((at - now).total_seconds()), **self._limit(number, limit, unit)}
            if not periods or {**period, "startPeriod": 0} != {**periods[-1], "startPeriod": 0}:
                periods.append(period)
            at = min((one for one in profiles.changes(number, at) if one > at), default=None)
        return periods

    def _limit(self, number: int, limit: Limit | None, unit: str) -> dict[str, Any]:
        """A limit as the schedule tells it: never above what the station itself can do."""
        connector = self._station.hardware.find(number)
        kinds = [connector.kind] if connector else [one.kind for one in self._station.hardware.connectors]
        most = Limit(float(sum(kind.power_w for kind in kinds)), "W")
        told = most if limit is None or limit.watts() > most.watts() else limit
        phases = {} if told.phases is None else {"numberPhases": told.phases}
        return {"limit": told.in_unit(unit), **phases}
