"""A charging station as its operator knows it."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import Invalid, NotFound
from emobility_core.ids import SiteId, StationGroupId, StationId
from emobility_core.network._security import SecurityProfile
from emobility_core.work import Record


@attrs.frozen
class UnknownStation(NotFound):
    """There is no such station within the caller's scope.

    Remedy: list the stations and use one of their ids.
    """

    code = "unknown-station"
    station: UUID


@attrs.frozen
class MalformedStationIdentity(Invalid):
    """A station identity is empty, longer than 48 characters, or holds anything but printable ASCII
    without slashes.

    Remedy: use the identity that stands at the end of the station's backend URL.
    """

    code = "malformed-station-identity"
    text: str


class PowerClass(Enum):
    """How strong a station charges, the coarse class that tariffs distinguish."""

    AC = "AC"
    DC = "DC"
    HPC = "HPC"


class LocalListPolicy(Enum):
    """Which tokens a station has on its local list: none, or all that count there."""

    NONE = "none"
    ALL = "all"


@attrs.frozen
class StationIdentity:
    """The name under which a station connects; compared without regard to case."""

    text: str = attrs.field(eq=False)
    folded: str = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        text = self.text
        if not 0 < len(text) <= 48 or "/" in text or not (text.isascii() and text.isprintable()):
            raise MalformedStationIdentity(text)
        object.__setattr__(self, "folded", text.lower())


@attrs.frozen(kw_only=True)
class Station(Record):
    """A station that may connect. `key_digest` guards the line where the operator set a key.

    A line of a lower profile than `security_profile` is refused; `requested_profile` takes its place with
    the first line that reaches it. `pending_key_digest` is of a key that was sent and not proven yet.
    `serial_number` is the other name that the station's certificate may carry.
    `local_list` says which tokens it is to know for the time without a line.
    One that `is_test` takes firmware that nobody has approved yet.
    """

    id: StationId
    identity: StationIdentity
    name: str = ""
    site: SiteId | None = None
    power_class: PowerClass = PowerClass.AC
    station_groups: tuple[StationGroupId, ...] = ()
    key_digest: str | None = attrs.field(default=None, repr=False)
    is_test: bool = False
    pending_key_digest: str | None = attrs.field(default=None, repr=False)
    security_profile: SecurityProfile = SecurityProfile.UNSECURED
    requested_profile: SecurityProfile | None = None
    serial_number: str | None = None
    local_list: LocalListPolicy = LocalListPolicy.NONE
