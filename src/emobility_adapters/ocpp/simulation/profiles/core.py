"""The Core profile: what every station answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.charging_profiles import SESSION, Profile
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Reply, status
from emobility_adapters.ocpp.simulation.profiles.security import change_credentials
from emobility_adapters.ocpp.simulation.visit import Visit

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

# What a DataTransfer must name to be understood here.
VENDOR = "emobility"


class Core:
    """Remote start and stop, availability, configuration, reset, unlocking, cache, data transfer."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {
            "RemoteStartTransaction": self._remote_start,
            "RemoteStopTransaction": self._remote_stop,
            "ChangeAvailability": self._change_availability,
            "ChangeConfiguration": self._change_configuration,
            "GetConfiguration": self._get_configuration,
            "Reset": self._reset,
            "UnlockConnector": self._unlock,
            "ClearCache": self._clear_cache,
            "DataTransfer": self._take_data,
        }

    def _remote_start(self, payload: Payload) -> Reply:
        hardware, id_tag, number = self._station.hardware, payload["idTag"], payload.get("connectorId")
        connector = hardware.free(id_tag) if number is None else hardware.find(number)
        if connector is None or not hardware.can_begin(connector, id_tag):
            return status("Rejected")
        profile = None
        if "chargingProfile" in payload:
            profile = Profile.of(connector.number, payload["chargingProfile"])
            # OCPP 1.6, 5.11: only a profile for the transaction to come.
            if profile.purpose != SESSION or not profile.is_whole:
                return status("Rejected")
        # OCPP 1.6, 5.11: whether the tag is authorized first is a configuration key.
        ask = self._station.configuration.flag("AuthorizeRemoteTxRequests")
        visit = Visit(
            id_tag,
            connector.number,
            vehicle=self._station.next_vehicle(),
            authorize=ask,
            charging_profile=profile,
        )
        # A car that is plugged in waits for just this; otherwise one comes along.
        begin = self._station.begin_remotely if connector.vehicle else self._station.visit_remotely
        return status("Accepted", lambda: begin(visit))

    def _remote_stop(self, payload: Payload) -> Reply:
        transaction = self._station.hardware.find_transaction(payload["transactionId"])
        if transaction is None:
            return status("Rejected")
        return status("Accepted", lambda: self._station.hardware.end(transaction, "Remote"))

    def _change_availability(self, payload: Payload) -> Reply:
        operative = payload["type"] == "Operative"
        return status(self._station.hardware.set_operative(payload["connectorId"], operative))

    def _change_configuration(self, payload: Payload) -> Reply:
        name, value = payload["key"], payload["value"]
        if name in ("AuthorizationKey", "SecurityProfile"):
            return change_credentials(self._station, name, value)
        answer = self._station.configuration.change(name, value)
        then = self._station.timers.align if name == "ClockAlignedDataInterval" else None
        return status(answer, then)

    def _get_configuration(self, payload: Payload) -> Reply:
        names, most = payload.get("key", []), self._station.configuration.number("GetConfigurationMaxKeys")
        if len(names) > most:
            raise Malformed(f"at most {most} keys at a time", "OccurenceConstraintViolation")
        return self._station.configuration.report(names), None

    def _reset(self, payload: Payload) -> Reply:
        kind = payload["type"]
        return status("Accepted", lambda: self._station.reset(kind))

    def _unlock(self, payload: Payload) -> Reply:
        connector = self._station.hardware.find(payload["connectorId"])
        if connector is None:
            return status("NotSupported")
        transaction = connector.transaction
        if transaction is None:
            return status("Unlocked")
        return status("Unlocked", lambda: self._station.hardware.end(transaction, "UnlockCommand"))

    def _clear_cache(self, payload: Payload) -> Reply:
        if not self._station.configuration.flag("AuthorizationCacheEnabled"):
            return status("Rejected")
        self._station.authorization.clear_cache()
        return status("Accepted")

    def _take_data(self, payload: Payload) -> Reply:
        """The station's own vendor is answered with what it sent."""
        if payload["vendorId"] != VENDOR:
            return status("UnknownVendorId")
        return {"status": "Accepted"} | ({"data": payload["data"]} if "data" in payload else {}), None
