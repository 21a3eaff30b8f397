"""The charging network: sites, stations, their connectors and groups, and what stations report."""

from emobility_core.network._command import (
    EFFECT_WITHIN,
    Command,
    CommandKind,
    CommandNeeds,
    CommandStatus,
    UnknownCommand,
    WrongCommandStatus,
)
from emobility_core.network._key import MalformedStationKey, key_bytes, presented_forms
from emobility_core.network._ports import (
    Commands,
    Connectors,
    FrameLog,
    KnownStation,
    StationDirectory,
    StationFrames,
    StationLine,
    StationReports,
    StationStates,
)
from emobility_core.network._reports import ReportKind, StationReport
from emobility_core.network._site import (
    Address,
    Site,
    StationGroup,
    UnknownSite,
    UnknownStationGroup,
    UnknownTimeZone,
)
from emobility_core.network._state import BootReport, ConnectorState, StationState
from emobility_core.network._station import (
    MalformedStationIdentity,
    PowerClass,
    Station,
    StationIdentity,
    UnknownStation,
)
from emobility_core.network._time import StationTime, judge_time
from emobility_core.network._use_cases import (
    NetworkWork,
    RecordBoot,
    RecordReport,
    RecordStatus,
    record_boot,
    record_connection,
    record_report,
    record_status,
)

__all__ = [
    "EFFECT_WITHIN",
    "Address",
    "BootReport",
    "Command",
    "CommandKind",
    "CommandNeeds",
    "CommandStatus",
    "Commands",
    "ConnectorState",
    "Connectors",
    "FrameLog",
    "KnownStation",
    "MalformedStationIdentity",
    "MalformedStationKey",
    "NetworkWork",
    "PowerClass",
    "RecordBoot",
    "RecordReport",
    "RecordStatus",
    "ReportKind",
    "Site",
    "Station",
    "StationDirectory",
    "StationFrames",
    "StationGroup",
    "StationIdentity",
    "StationLine",
    "StationReport",
    "StationReports",
    "StationState",
    "StationStates",
    "StationTime",
    "UnknownCommand",
    "UnknownSite",
    "UnknownStation",
    "UnknownStationGroup",
    "UnknownTimeZone",
    "WrongCommandStatus",
    "judge_time",
    "key_bytes",
    "presented_forms",
    "record_boot",
    "record_connection",
    "record_report",
    "record_status",
]
