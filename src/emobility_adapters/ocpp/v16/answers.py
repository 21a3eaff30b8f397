"""Our answers in the words of OCPP 1.6."""

from __future__ import annotations

from emobility_adapters.ocpp.caller import Heartbeat
from emobility_adapters.ocpp.v16.words import time_text
from emobility_core.charging import Authorization
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity


def boot_accepted(identity: StationIdentity, now: Instant, heartbeat: Heartbeat) -> dict[str, object]:
    return _boot("Accepted", identity, now, heartbeat)


def boot_pending(identity: StationIdentity, now: Instant, heartbeat: Heartbeat) -> dict[str, object]:
    """OCPP 1.6, 4.2: the interval is then the time to wait before the next BootNotification."""
    return _boot("Pending", identity, now, heartbeat)


def _boot(status: str, identity: StationIdentity, now: Instant, heartbeat: Heartbeat) -> dict[str, object]:
    return {"status": status, "currentTime": time_text(now), "interval": heartbeat.interval_of(identity)}


def id_tag_info(authorization: Authorization) -> dict[str, object]:
    info: dict[str, object] = {"status": authorization.status.value}
    if authorization.parent is not None:
        info["parentIdTag"] = authorization.parent.text
    if authorization.until is not None:
        info["expiryDate"] = time_text(authorization.until)
    return info
