"""Authorization caches: what stations remember of tags must be forgotten once one of them is blocked."""

from __future__ import annotations

import attrs

from emobility_core.commands import Command, CommandStatus
from emobility_core.configuration import StationConfiguration
from emobility_core.ids import CommandId, StationId, TenantId
from emobility_core.instants import Instant


@attrs.frozen(kw_only=True)
class CacheClearing:
    """A station whose cache is to be cleared since then; `command` is the order that it was sent."""

    station: StationId
    tenant: TenantId
    since: Instant
    command: CommandId | None = None

    def asked(self, command: Command) -> CacheClearing:
        return attrs.evolve(self, command=command.id)

    def after(self, command: Command) -> CacheClearing | None:
        """What is left to do after an order has come to its end: all of it if the station did not answer.

        One that refuses has no cache (OCPP 1.6, errata 4.0, 3.23), or will not be persuaded.
        """
        if command.id != self.command:
            return self
        return attrs.evolve(self, command=None) if command.status in _UNANSWERED else None


_UNANSWERED = frozenset({CommandStatus.OFFLINE, CommandStatus.BUSY, CommandStatus.TIMEOUT})


def keeps_cache(configuration: StationConfiguration | None) -> bool:
    """Whether a station may remember tags: unless it has told otherwise (OCPP 1.6, 9.1.2)."""
    key = "AuthorizationCacheEnabled"
    if configuration is None:
        return True
    told = configuration.find(key)
    if told is None or told.value is None:
        return key.lower() not in {one.lower() for one in configuration.unknown}
    return told.value.strip().lower() != "false"
