"""The Remote Trigger profile, and its extension by the security whitepaper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Reply, status

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_OF_A_CONNECTOR = frozenset({"MeterValues", "StatusNotification"})


class RemoteTrigger:
    """Both trigger requests.

    A connector that the station does not have is rejected where the message is of one, and not heeded
    elsewhere; 0 is the station itself (OCPP 1.6, 5.17).
    """

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {"TriggerMessage": self._trigger, "ExtendedTriggerMessage": self._extended}

    def _trigger(self, payload: Payload) -> Reply:
        message, number = payload["requestedMessage"], payload.get("connectorId")
        known = self._station.hardware.find(number) is not None if number else message != "MeterValues"
        if number is not None and message in _OF_A_CONNECTOR and not known:
            return status("Rejected")
        return status("Accepted", lambda: self._station.trigger(message, number))

    def _extended(self, payload: Payload) -> Reply:
        if payload["requestedMessage"] == "SignChargePointCertificate":
            # Security whitepaper, A02, prerequisite: a certificate needs to know whose it will be.
            if not self._station.configuration.text("CpoName"):
                return status("Rejected")
            return status("Accepted", self._station.request_certificate)
        if payload["requestedMessage"] == "FirmwareStatusNotification":
            # Security whitepaper, 6.16: it means that of the signed update.
            return status("Accepted", lambda: self._station.trigger("SignedFirmwareStatusNotification", None))
        return self._trigger(payload)
