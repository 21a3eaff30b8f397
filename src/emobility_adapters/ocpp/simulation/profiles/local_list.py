"""The Local Auth List Management profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.profiles.reply import Answers, Reply, status

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation

_UNSUPPORTED = -1


class LocalList:
    """The list's version, and new lists whole or in part."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station
        self.answers: Answers = {"GetLocalListVersion": self._version, "SendLocalList": self._send}

    def _version(self, payload: Payload) -> Reply:
        held = self._station.authorization
        if not self._station.configuration.flag("LocalAuthListEnabled"):
            return {"listVersion": _UNSUPPORTED}, None
        # OCPP 1.6, 5.10: an empty list has the version 0.
        return {"listVersion": held.version if len(held) else 0}, None

    def _send(self, payload: Payload) -> Reply:
        configuration, held = self._station.configuration, self._station.authorization
        version, entries = payload["listVersion"], payload.get("localAuthorizationList", [])
        full = payload["updateType"] == "Full"
        if not configuration.flag("LocalAuthListEnabled"):
            return status("NotSupported")
        # OCPP 1.6, 5.10: 0 and -1 have meanings of their own.
        if version < 1 or len(entries) > configuration.number("SendLocalListMaxLength"):
            return status("Failed")
        if not full and version <= held.version:
            return status("VersionMismatch")
        tags = {one["idTag"].lower() for one in entries}
        if len(tags) < len(entries) or (full and any("idTagInfo" not in one for one in entries)):
            return status("Failed")
        if not full and len(held) + len(entries) > configuration.number("LocalAuthListMaxLength"):
            return status("Failed")
        try:
            (held.replace if full else held.merge)(version, entries)
        except ValueError:
            return status("Failed")
        return status("Accepted")
