"""Charging: who may start, and the life of a session from its start to its last meter value."""

from emobility_core.charging._authorization import (
    Authorization,
    AuthorizationStatus,
    authorize,
)
from emobility_core.charging._doubt import (
    Doubt,
    DoubtfulReport,
    DoubtfulReportKind,
    UnknownDoubtfulReport,
)
from emobility_core.charging._keep_unreadable import keep_unreadable
from emobility_core.charging._ports import (
    ChargingSessions,
    ChargingWork,
    ConnectorHasSession,
    DoubtfulReports,
    MeterReadings,
    StartRecorded,
    TariffDirectory,
    TokenDirectory,
    TransactionNumberTaken,
)
from emobility_core.charging._reading import (
    MeterReading,
    Quality,
    Register,
    Sample,
    register_of,
)
from emobility_core.charging._record_readings import record_readings
from emobility_core.charging._record_start import StartAnswer, record_start
from emobility_core.charging._record_stop import StopAnswer, record_stop
from emobility_core.charging._remote import (
    ConnectorOccupied,
    ConnectorOutOfRange,
    RemoteWork,
    RequestStart,
    SessionOver,
    TokenRefused,
    dispatch,
    expire_commands,
    request_start,
    request_stop,
    settle_effects,
    start_within,
    stop_within,
)
from emobility_core.charging._reports import (
    ReportReadings,
    ReportStart,
    ReportStop,
    TimedSamples,
    start_identity,
)
from emobility_core.charging._session import (
    ActiveSession,
    EndedSession,
    Session,
    UnknownSession,
    begin,
    one_sided,
)
from emobility_core.charging._tools import ChargingTools, Contended, present_tag

__all__ = [
    "ActiveSession",
    "Authorization",
    "AuthorizationStatus",
    "ChargingSessions",
    "ChargingTools",
    "ChargingWork",
    "ConnectorHasSession",
    "ConnectorOccupied",
    "ConnectorOutOfRange",
    "Contended",
    "Doubt",
    "DoubtfulReport",
    "DoubtfulReportKind",
    "DoubtfulReports",
    "EndedSession",
    "MeterReading",
    "MeterReadings",
    "Quality",
    "Register",
    "RemoteWork",
    "ReportReadings",
    "ReportStart",
    "ReportStop",
    "RequestStart",
    "Sample",
    "Session",
    "SessionOver",
    "StartAnswer",
    "StartRecorded",
    "StopAnswer",
    "TariffDirectory",
    "TimedSamples",
    "TokenDirectory",
    "TokenRefused",
    "TransactionNumberTaken",
    "UnknownDoubtfulReport",
    "UnknownSession",
    "authorize",
    "begin",
    "dispatch",
    "expire_commands",
    "keep_unreadable",
    "one_sided",
    "present_tag",
    "record_readings",
    "record_start",
    "record_stop",
    "register_of",
    "request_start",
    "request_stop",
    "settle_effects",
    "start_identity",
    "start_within",
    "stop_within",
]
