"""Charging profiles that were set on stations, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.commands import (
    ChargingProfile,
    ClearChargingProfile,
    Command,
    CommandStatus,
    RemoteStart,
    SetChargingProfile,
)
from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import CommandId, InstalledProfileId, SessionId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record


@attrs.frozen
class UnknownInstalledProfile(NotFound):
    """There is no such charging profile of a station within the caller's scope.

    Remedy: list the charging profiles and use one of their ids.
    """

    code = "unknown-installed-profile"
    charging_profile: UUID


@attrs.frozen
class NoSessionForProfile(Conflict):
    """No session runs on the connector whose session a charging profile is to limit.

    Remedy: wait for the session, or give the profile with the remote start (OCPP 1.6, 5.16).
    """

    code = "no-session-for-profile"
    station: StationId
    connector: int


@attrs.frozen
class ProfileGone(Conflict):
    """The charging profile is not on the station any more.

    Remedy: none is needed.
    """

    code = "profile-gone"
    charging_profile: UUID
    state: str


@attrs.frozen
class ProfileOnItsWay(Conflict):
    """A remote start that brings the charging profile is not over: the session may still come with it.

    Remedy: wait for the outcome of the command, then remove the profile, or let its session end.
    """

    code = "profile-on-its-way"
    charging_profile: UUID


class ProfileState(Enum):
    """Where a profile stands. UNCERTAIN: the station did not answer; it may have it or not."""

    REQUESTED = "requested"
    INSTALLED = "installed"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    REPLACED = "replaced"
    REMOVED = "removed"


_GONE = frozenset({ProfileState.REFUSED, ProfileState.REPLACED, ProfileState.REMOVED})
COUNTING = tuple(state for state in ProfileState if state not in _GONE)
_NOT_THERE = "Unknown"


@attrs.frozen(kw_only=True)
class InstalledProfile(Record):
    """A profile on a connector of a station, 0 for the whole station, or any connector until a remote start
    has its session.

    `session` is the one that a session's profile limits: with it, it is gone. `command` is the last one that
    set or cleared it, `detail` what came of that in the station's words. A number that we chose stands in
    `external_ids` under the station's id, so that no other profile of the station is given it.
    """

    id: InstalledProfileId
    station: StationId
    connector: int
    profile: ChargingProfile
    session: SessionId | None = None
    state: ProfileState = ProfileState.REQUESTED
    command: CommandId
    detail: str | None = None

    @property
    def may_count(self) -> bool:
        """Whether the station may have it."""
        return self.state not in _GONE

    def after(self, command: Command) -> InstalledProfile:
        """The state that the end of its command means."""
        obeyed = command.status in (CommandStatus.EFFECTIVE, CommandStatus.ACCEPTED)
        refused = command.status in (CommandStatus.REJECTED, CommandStatus.NOT_SUPPORTED)
        state = self.state
        if isinstance(command.order, SetChargingProfile | RemoteStart):
            uncertain = ProfileState.REFUSED if command.is_refused else ProfileState.UNCERTAIN
            state = ProfileState.INSTALLED if obeyed else uncertain
        elif isinstance(command.order, ClearChargingProfile):
            # OCPP 1.6, 7.21: Unknown means that there was none to clear.
            gone = obeyed or (refused and command.detail == _NOT_THERE)
            state = ProfileState.REMOVED if gone else ProfileState.UNCERTAIN
            state = self.state if refused and not gone else state
        return attrs.evolve(
            self,
            state=state,
            # A remote start brings its profile along before there is a session.
            session=self.session or command.session,
            detail=command.detail,
            updated_at=command.updated_at,
        )

    def is_meant_by(self, order: ClearChargingProfile) -> bool:
        """OCPP 1.6, 6.13 with errata 4.0, 3.26: a number decides alone, else all that is named has to fit."""
        if order.profile is not None:
            return order.profile == self.profile.id
        return (
            order.connector in (None, self.connector)
            and order.purpose in (None, self.profile.purpose)
            and order.stack_level in (None, self.profile.stack_level)
        )

    def is_replaced_by(self, other: InstalledProfile) -> bool:
        """OCPP 1.6, 5.16: the same number, or the same purpose and level on the same connector, replaces."""
        if self.station != other.station or self.id == other.id:
            return False
        mine, new = self.profile, other.profile
        same_place = (self.connector, mine.purpose, mine.stack_level) == (
            other.connector,
            new.purpose,
            new.stack_level,
        )
        return mine.id == new.id or same_place


def replaced(
    new: InstalledProfile, others: Iterable[InstalledProfile], *, at: Instant
) -> list[InstalledProfile]:
    """Those that the station has dropped for the new one: also where the new one is valid only later."""
    return [
        attrs.evolve(one, state=ProfileState.REPLACED, updated_at=at)
        for one in others
        if one.may_count and one.is_replaced_by(new)
    ]
