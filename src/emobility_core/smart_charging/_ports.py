"""What smart charging needs from outside."""

from __future__ import annotations

from typing import Protocol

from emobility_core.charging import ChargingSessions
from emobility_core.commands import CommandWork
from emobility_core.customers import Contract, Customer
from emobility_core.ids import LoadBudgetId
from emobility_core.instants import Instant
from emobility_core.network import Connectors, Station, StationStates
from emobility_core.smart_charging._installed_profile import InstalledProfile
from emobility_core.smart_charging._load_budget import LoadBudget, LoadLimit, LoadPoint, LoadPriority
from emobility_core.smart_charging._schedule_comparison import ScheduleComparison
from emobility_core.smart_charging._site_load import SiteLoad
from emobility_core.work import Records


class LoadLimits(Records[LoadLimit], Protocol):
    """Limits for a time."""

    async def unexpired(self, budget: LoadBudgetId, at: Instant) -> list[LoadLimit]:
        """The limits of a budget that hold at `at` or later, oldest first."""
        ...


class ProfileWork(CommandWork, Protocol):
    """What it takes to set profiles on stations and to compare schedules."""

    @property
    def stations(self) -> Records[Station]: ...
    @property
    def sessions(self) -> ChargingSessions: ...
    @property
    def charging_profiles(self) -> Records[InstalledProfile]: ...
    @property
    def schedule_comparisons(self) -> Records[ScheduleComparison]: ...
    @property
    def load_budgets(self) -> Records[LoadBudget]: ...
    @property
    def load_points(self) -> Records[LoadPoint]: ...
    @property
    def site_loads(self) -> Records[SiteLoad]: ...


class LoadWork(ProfileWork, Protocol):
    """What it takes to steer a site."""

    @property
    def station_states(self) -> StationStates: ...
    @property
    def connectors(self) -> Connectors: ...
    @property
    def customers(self) -> Records[Customer]: ...
    @property
    def contracts(self) -> Records[Contract]: ...
    @property
    def load_limits(self) -> LoadLimits: ...
    @property
    def load_priorities(self) -> Records[LoadPriority]: ...
