"""Whether a tag may charge: asked for, or decided by the station itself (OCPP 1.6, 3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emobility_adapters.ocpp.simulation.authorization import TagInfo
from emobility_adapters.ocpp.simulation.failures import CallFailed, LineLost, NoAnswer
from emobility_adapters.ocpp.simulation.frames import Payload
from emobility_adapters.ocpp.simulation.outbox import Report

if TYPE_CHECKING:
    from emobility_adapters.ocpp.simulation.station import SimulatedStation


class TagCheck:
    """Looks tags up as the configuration says whom to ask, and learns from every answer."""

    def __init__(self, station: SimulatedStation) -> None:
        self._station = station

    async def look_up(self, id_tag: str) -> TagInfo:
        """What is known of a tag.

        One that the list or the cache accepts need not be asked for (LocalPreAuthorize). Offline
        they decide (LocalAuthorizeOffline), and unknown tags may charge (AllowOfflineTxForUnknownId).
        """
        station, known = self._station, self._known(id_tag)
        ahead = station.configuration.flag("LocalPreAuthorize") and station.presence.is_online
        if ahead and known is not None and known.status == "Accepted":
            return known
        try:
            answer = await station.presence.call("Authorize", {"idTag": id_tag})
        except (LineLost, NoAnswer):
            return self._decide_offline(known)
        except CallFailed:
            return TagInfo("Invalid")
        return self._learn(id_tag, answer)

    def _known(self, id_tag: str) -> TagInfo | None:
        configuration = self._station.configuration
        return self._station.authorization.find(
            id_tag,
            self._station.clock.now(),
            listed=configuration.flag("LocalAuthListEnabled"),
            cached=configuration.flag("AuthorizationCacheEnabled"),
        )

    def _decide_offline(self, known: TagInfo | None) -> TagInfo:
        configuration = self._station.configuration
        if known is not None and known.status != "Accepted":
            return known
        name = "AllowOfflineTxForUnknownId" if known is None else "LocalAuthorizeOffline"
        return known or TagInfo("Accepted") if configuration.flag(name) else _INVALID

    def _learn(self, id_tag: str, answer: Payload) -> TagInfo:
        info = answer.get("idTagInfo")
        if not isinstance(info, dict):
            return _INVALID
        try:
            read = TagInfo.of(info)
        except ValueError:
            read = TagInfo(str(info.get("status")))
        # OCPP 1.6, 7.2: ConcurrentTx says something of the moment, not of the tag.
        if read.status != "ConcurrentTx" and self._station.configuration.flag("AuthorizationCacheEnabled"):
            self._station.authorization.remember(id_tag, read)
        return read

    def hear_start(self, report: Report, answer: Payload) -> None:
        """Take in the answer to a StartTransaction, and act upon a tag that it does not accept."""
        transaction, station = report.transaction, self._station
        if transaction is None:
            return
        transaction.hear_start(answer)
        info = self._learn(transaction.id_tag, answer)
        transaction.parent = info.parent or transaction.parent
        if info.status == "Accepted":
            return
        if station.configuration.flag("StopTransactionOnInvalidId"):
            station.hardware.end(transaction, "DeAuthorized")
        else:
            station.hardware.refuse(transaction)


_INVALID = TagInfo("Invalid")
