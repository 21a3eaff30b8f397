"""Sites where stations stand, and groups of stations that share a tariff."""

from __future__ import annotations

from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import SiteId, StationGroupId
from emobility_core.tenancy import WatchRules, require_time_zone
from emobility_core.work import Record


@attrs.frozen
class UnknownSite(NotFound):
    """There is no such site within the caller's scope.

    Remedy: list the sites and use one of their ids.
    """

    code = "unknown-site"
    site: UUID


@attrs.frozen
class UnknownStationGroup(NotFound):
    """There is no such station group within the caller's scope.

    Remedy: list the station groups and use one of their ids.
    """

    code = "unknown-station-group"
    station_group: UUID


def _known_zone(_: object, __: object, name: str) -> None:
    require_time_zone(name)


@attrs.frozen(kw_only=True)
class Address:
    """Where a site is; `country` is an ISO 3166-1 alpha-2 code."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = attrs.field(default="DE", validator=attrs.validators.matches_re("[A-Z]{2}"))


@attrs.frozen(kw_only=True)
class Site(Record):
    """A place with stations; its `time_zone` is the one in which local hours are meant.

    What is charged there is booked to its `cost_centre`.
    """

    id: SiteId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    address: Address = attrs.field(factory=Address)
    time_zone: str = attrs.field(default="Europe/Berlin", validator=_known_zone)
    cost_centre: str = attrs.field(default="", validator=attrs.validators.max_len(50))
    watch_rules: WatchRules = attrs.field(factory=WatchRules)


@attrs.frozen(kw_only=True)
class StationGroup(Record):
    """Stations that are priced alike."""

    id: StationGroupId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
