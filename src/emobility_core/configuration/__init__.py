"""Configuration of stations: what is expected of them, and how far they are from it."""

from emobility_core.configuration._check import (
    SETTLED_AFTER,
    TRIES,
    advance,
    begin,
    hear,
    is_due,
)
from emobility_core.configuration._check_configuration import (
    ConfigurationTemplates,
    ConfigurationWork,
    StationConfigurations,
    begin_check,
    check_due,
    follow_check,
)
from emobility_core.configuration._configuration import (
    Check,
    CheckUnderWay,
    ConfigurationStatus,
    Deviation,
    Fault,
    ReportedKey,
    Stage,
    StationConfiguration,
    UnknownStationConfiguration,
    compare,
    read_answer,
)
from emobility_core.configuration._template import (
    BASE,
    ConfigurationTemplate,
    ExpectedKey,
    MalformedExpectation,
    UnknownConfigurationTemplate,
    expected_of,
    fingerprint,
)
from emobility_core.configuration._value import (
    members,
    same,
)

__all__ = [
    "BASE",
    "SETTLED_AFTER",
    "TRIES",
    "Check",
    "CheckUnderWay",
    "ConfigurationStatus",
    "ConfigurationTemplate",
    "ConfigurationTemplates",
    "ConfigurationWork",
    "Deviation",
    "ExpectedKey",
    "Fault",
    "MalformedExpectation",
    "ReportedKey",
    "Stage",
    "StationConfiguration",
    "StationConfigurations",
    "UnknownConfigurationTemplate",
    "UnknownStationConfiguration",
    "advance",
    "begin",
    "begin_check",
    "check_due",
    "compare",
    "expected_of",
    "fingerprint",
    "follow_check",
    "hear",
    "is_due",
    "members",
    "read_answer",
    "same",
]
