"""One unit of work: what it sees of the committed state, and all that it changes."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from emobility_adapters.memory.rows import Log, Rows, Uncommitted
from emobility_core.commands import Command
from emobility_core.ids import TenantId
from emobility_core.network import Station
from emobility_core.operations import Operation
from emobility_core.rating import HeldSession, RatedSession
from emobility_core.tariffs import TariffAssignment
from emobility_core.tenancy import Tenant, UnknownTenant
from emobility_core.work import Scope


class Tables:
    """The committed state: a mapping for each name, made when first asked for."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[Any, Any]] = {}

    def __getitem__(self, name: str) -> dict[Any, Any]:
        return self._tables.setdefault(name, {})

    def path_of(self, tenant: TenantId) -> str | None:
        """The tenant's place in the tree, None for one that is not stored."""
        known: Tenant | None = self["tenants"].get(tenant)
        return None if known is None else known.path

    def open_path_of(self, tenant: TenantId) -> str | None:
        """The same, None for one that is closed as well."""
        known: Tenant | None = self["tenants"].get(tenant)
        return None if known is None or known.closed_at is not None else known.path


class Unit:
    """Hands out views of the tables and commits them together."""

    def __init__(self, tables: Tables, scope: Scope) -> None:
        self._tables = tables
        self._views: dict[tuple[str, type], Uncommitted] = {}
        self.scope = scope

    def rows(self, name: str) -> Rows[Any, Any]:
        view = self._views.setdefault((name, Rows), Rows[Hashable, Any](self._tables[name]))
        assert isinstance(view, Rows)
        return view

    def log(self, name: str) -> Log[Any, Any]:
        view = self._views.setdefault((name, Log), Log[Hashable, Any](self._tables[name]))
        assert isinstance(view, Log)
        return view

    def path_of(self, tenant: TenantId) -> str | None:
        if tenant == self.scope.tenant:
            return self.scope.path
        known: Tenant | None = self.rows("tenants").get(tenant)
        return None if known is None else known.path

    def sees(self, tenant: TenantId, *, descendants: bool = True) -> bool:
        """Whether records of the tenant exist for the scope."""
        if not descendants:
            return tenant == self.scope.tenant
        path = self.path_of(tenant)
        return path is not None and self.scope.sees(path)

    def shows(self, record: Any, *, descendants: bool = True) -> bool:
        """Whether a record exists for the scope: by its tenant, and by the stations it is limited to."""
        return self.sees(record.tenant, descendants=descendants) and self._is_of_stations(record)

    def require(self, record: Any) -> None:
        """Refuse to write a record of a tenant outside the scope, or beyond its limit to stations."""
        if not self.sees(record.tenant) or not (
            isinstance(record, Operation) or self._is_of_stations(record)
        ):
            raise UnknownTenant(record.tenant)

    def _is_of_stations(self, record: Any) -> bool:
        stations = self.scope.stations
        if stations is None:
            return True
        if isinstance(record, TariffAssignment):
            # What charging costs at a station, and whom, is its owner's business alone.
            return False
        if isinstance(record, Station):
            return record.id in stations
        if isinstance(record, Operation):
            return any(
                one.operation == record.id and self.shows(one) for one in self.rows("commands").values()
            )
        if isinstance(record, RatedSession | HeldSession):
            session = self.rows("sessions").get(record.session)
            return session is not None and session.station in stations
        if isinstance(record, Command) and self.scope.grant not in (None, record.grant):
            return False
        return getattr(record, "station", None) in stations

    def commit(self) -> None:
        for view in self._views.values():
            view.commit()
