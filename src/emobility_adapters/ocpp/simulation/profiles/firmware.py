"""The Firmware Management profile: updates, and diagnostics on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.firmware import Update
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Malformed, Reply, time_in
from emobility_adapters.ocpp.simulation.uploads import Upload

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class FirmwareManagement:
    """Both requests are answered at once; how they go on is told by status notifications."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {"UpdateFirmware": self._update, "GetDiagnostics": self._diagnostics}

    def _update(self, payload: Payload) -> Reply:
        retrieve_at = time_in(payload, "retrieveDate")
        if retrieve_at is None:
            raise Malformed("retrieveDate is missing")
        update = Update(
            payload["location"],
            retrieve_at,
            retries=payload.get("retries", 0),
            interval_s=payload.get("retryInterval", 60),
        )
        return {}, lambda: self._station.maintenance.update(update)

    def _diagnostics(self, payload: Payload) -> Reply:
        maintenance = self._station.maintenance
        file = Upload(
            payload["location"],
            maintenance.file_name("diagnostics"),
            maintenance.diagnostics(),
            retries=payload.get("retries", 0),
            interval_s=payload.get("retryInterval", 60),
        )
        return {"fileName": file.name}, lambda: maintenance.send_diagnostics(file)
