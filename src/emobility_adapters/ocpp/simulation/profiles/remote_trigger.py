"""The Remote Trigger profile, and its extension by the security whitepaper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Reply, status

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class RemoteTrigger:
    """Both trigger requests; a connector that the station does not have is rejected."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {"TriggerMessage": self._trigger, "ExtendedTriggerMessage": self._extended}

    def _trigger(self, payload: Payload) -> Reply:
        message, number = payload["requestedMessage"], payload.get("connectorId")
        if number is not None and self._station.hardware.find(number) is None:
            return status("Rejected")
        return status("Accepted", lambda: self._station.trigger(message, number))

    def _extended(self, payload: Payload) -> Reply:
        if payload["requestedMessage"] == "SignChargePointCertificate":
            # Security whitepaper, A02, prerequisite: a certificate needs to know whose it will be.
            if not self._station.configuration.text("CpoName"):
                return status("Rejected")
            return status("Accepted", self._station.request_certificate)
        return self._trigger(payload)
