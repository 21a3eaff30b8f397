"""Our answers in the words of OCPP 1.6."""

from __future__ import annotations

import zlib

from emobility_adapters.ocpp.v16.words import time_text
from emobility_core.charging import Authorization
from emobility_core.instants import Instant
from emobility_core.network import StationIdentity

# Stations that return together shall not beat together: the interval differs by up to a minute.
HEARTBEAT_S = 300
_SPREAD_S = 60


def boot_accepted(identity: StationIdentity, now: Instant) -> dict[str, object]:
    return _boot("Accepted", identity, now)


def boot_pending(identity: StationIdentity, now: Instant) -> dict[str, object]:
    """OCPP 1.6, 4.2: the interval is then the time to wait before the next BootNotification."""
    return _boot("Pending", identity, now)


def _boot(status: str, identity: StationIdentity, now: Instant) -> dict[str, object]:
    spread = zlib.crc32(identity.folded.encode()) % _SPREAD_S
    return {"status": status, "currentTime": time_text(now), "interval": HEARTBEAT_S + spread}


def id_tag_info(authorization: Authorization) -> dict[str, object]:
    info: dict[str, object] = {"status": authorization.status.value}
    if authorization.parent is not None:
        info["parentIdTag"] = authorization.parent.text
    if authorization.until is not None:
        info["expiryDate"] = time_text(authorization.until)
    return info
