"""What a station reports of its own security (SecurityEventNotification of the whitepaper)."""

from __future__ import annotations

import hashlib
from typing import Protocol

import attrs

from emobility_core.ids import Ids, SecurityEventId, StationId, uuid7
from emobility_core.network._security import SecurityEvent, SecuritySource, is_critical, told
from emobility_core.network._time import StationTime
from emobility_core.work import AlreadyTaken, Outbox, Records, Scope, Transactions


class SecurityEventWork(Protocol):
    @property
    def security_events(self) -> Records[SecurityEvent]: ...
    @property
    def outbox(self) -> Outbox: ...


@attrs.frozen(kw_only=True)
class ReportSecurityEvent:
    """A station says that something has happened that touches its security."""

    station: StationId
    type: str
    info: str | None
    time: StationTime


async def record_security_event(
    report: ReportSecurityEvent, *, scope: Scope, transactions: Transactions[SecurityEventWork], ids: Ids
) -> None:
    """Record it once, however often the station repeats it: after an outage dozens come at once."""
    time = report.time
    event = SecurityEvent(
        id=_id(report, ids),
        tenant=scope.tenant,
        created_at=time.received,
        updated_at=time.received,
        station=report.station,
        source=SecuritySource.STATION,
        type=report.type,
        critical=is_critical(report.type),
        info=report.info,
        reported=time.reported,
        at=time.at,
    )
    try:
        async with transactions(scope) as work:
            await work.security_events.add(event)
            work.outbox.publish(*told(event, ids))
    except AlreadyTaken:
        return


def _id(report: ReportSecurityEvent, ids: Ids) -> SecurityEventId:
    """The same for the same report; without a time to trust, every report is another one."""
    if not report.time.trusted:
        return SecurityEventId(ids.uuid7(report.time.received))
    what = f"{report.station.hex}|{report.time.reported}|{report.type}|{report.info or ''}"
    digest = hashlib.sha256(what.encode()).digest()
    return SecurityEventId(uuid7(report.time.at, int.from_bytes(digest[:9], "big")))
