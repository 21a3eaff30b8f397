"""A grant: one company lets another use, see, operate or bill some of its stations."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.access._actor import an_actor
from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import (
    GrantId,
    SiteId,
    StationGroupId,
    StationId,
    TariffId,
    TenantId,
    UserGroupId,
)
from emobility_core.instants import Instant, Period
from emobility_core.work import Record


@attrs.frozen
class UnknownGrant(NotFound):
    """There is no such grant of the caller's tenant, or to it.

    Remedy: list the grants given, or those received (`received=true`), and use one of their ids.
    """

    code = "unknown-grant"
    grant: UUID


@attrs.frozen
class EmptyGrant(Invalid):
    """A grant names no right, or no site, station or station group for which it counts.

    Remedy: name at least one right and one place.
    """

    code = "empty-grant"


@attrs.frozen
class RightForNobody(Invalid):
    """A grant to named people gives a right that none of them could have: user groups are of drivers, whose
    cards charge and who do not sign in; actors sign in, and have no cards.

    Remedy: name `user_groups` for the right `use` and `actors` for each other one, or leave both out for all
    of the company.
    """

    code = "right-for-nobody"
    right: str


@attrs.frozen
class GrantOver(Conflict):
    """A grant is revoked, for good.

    Remedy: make a new one.
    """

    code = "grant-over"
    grant: UUID


class GrantRight(Enum):
    """USE: charge with its own tokens. SEE: stations and sessions. OPERATE: commands of daily operation.
    BILL: sessions with what they cost."""

    USE = "use"
    SEE = "see"
    OPERATE = "operate"
    BILL = "bill"


# What somebody must hold to hand a right out.
NEEDED_TO_GRANT: dict[GrantRight, frozenset[str]] = {
    GrantRight.USE: frozenset({"tokens:write"}),
    GrantRight.SEE: frozenset({"stations:read", "sessions:read"}),
    GrantRight.OPERATE: frozenset({"stations:command"}),
    GrantRight.BILL: frozenset({"sessions:read"}),
}


@attrs.frozen(kw_only=True)
class Grant(Record):
    """The record's tenant lets `grantee`, and all below it, have `rights` at the places named.

    Of the grantee's people all may make use of it, or, where any are named, `actors` alone act under it
    and the tokens of `user_groups` alone charge. It counts within `validity` until it is `revoked_at`.
    `tariff` is what the companies settle by.
    """

    id: GrantId
    grantee: TenantId
    rights: frozenset[GrantRight]
    actors: tuple[str, ...] = attrs.field(
        default=(), validator=attrs.validators.deep_iterable(member_validator=an_actor)
    )
    user_groups: tuple[UserGroupId, ...] = ()
    sites: tuple[SiteId, ...] = ()
    stations: tuple[StationId, ...] = ()
    station_groups: tuple[StationGroupId, ...] = ()
    validity: Period = attrs.field(factory=Period)
    tariff: TariffId | None = None
    revoked_at: Instant | None = None

    def __attrs_post_init__(self) -> None:
        if not self.rights or not (self.sites or self.stations or self.station_groups):
            raise EmptyGrant()

    def is_open(self, at: Instant) -> bool:
        return at in self.validity and (self.revoked_at is None or at < self.revoked_at)

    def closed_because(self, at: Instant) -> str:
        """Why it is not open at an instant at which it is not, in words."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return "it was revoked"
        begun = self.validity.since is None or at >= self.validity.since
        return "it is over" if begun else "it has not begun"

    def is_received_by(self, path: str) -> bool:
        """Whether the tenant of this path is the grantee or stands below it."""
        return f"/{self.grantee.hex}/" in path

    def covers(self, station: StationId, site: SiteId | None, groups: tuple[StationGroupId, ...]) -> bool:
        """Whether a station of the granting tenant is among those named."""
        return (
            station in self.stations
            or site in self.sites
            or any(one in self.station_groups for one in groups)
        )

    @property
    def is_for_all(self) -> bool:
        return not self.actors and not self.user_groups

    def require_reached(self) -> None:
        """Raise `RightForNobody` for a right that nobody named could have."""
        for right in sorted(self.rights, key=lambda one: one.value):
            named = self.user_groups if right is GrantRight.USE else self.actors
            if not self.is_for_all and not named:
                raise RightForNobody(right.value)

    def admits(self, groups: tuple[UserGroupId, ...]) -> bool:
        """Whether the tokens of somebody in these groups may charge."""
        return self.is_for_all or any(one in self.user_groups for one in groups)

    def revoked(self, *, at: Instant) -> Grant:
        """End it for good; raise `GrantOver` where that has been done."""
        self.require_standing()
        return attrs.evolve(self, revoked_at=at, updated_at=at)

    def require_standing(self) -> None:
        """Raise `GrantOver` for a grant that is revoked."""
        if self.revoked_at is not None:
            raise GrantOver(self.id)
