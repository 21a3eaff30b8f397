"""Expected and reported configuration of stations."""

from __future__ import annotations

from typing import Any

from emobility_core.configuration import ConfigurationTemplate, ExpectedKey, ReportedKey, StationConfiguration
from emobility_core.ids import ConfigurationTemplateId, StationConfigurationId, StationId
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON


def make_configuration(**changes: Any) -> StationConfiguration:
    fields = {
        "id": StationConfigurationId(ids.uuid7(NOON)),
        "station": StationId(ids.uuid7(NOON)),
        "reported": (ReportedKey(key="HeartbeatInterval", value="300", at=NOON),),
        "read_at": NOON,
    }
    return StationConfiguration(**stored({**fields, **changes}))


def make_template(**changes: Any) -> ConfigurationTemplate:
    fields = {
        "id": ConfigurationTemplateId(ids.uuid7(NOON)),
        "name": "Everywhere",
        "keys": (ExpectedKey(key="HeartbeatInterval", value="300"),),
    }
    return ConfigurationTemplate(**stored({**fields, **changes}))
