"""What test clocks need of storage."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from emobility_core.clocks._test_clock import TestClock
from emobility_core.operations import Operation
from emobility_core.tenancy import Tenant
from emobility_core.work import Outbox, Records


class TestClocks(Records[TestClock], Protocol):
    """Test clocks; a tenant also reads those of the tenants above it.

    That there is one in a line at most is kept by those who hold the tenants while they look.
    """

    async def along(self, path: str) -> list[TestClock]:
        """The clocks of the tenant at a place of the tree and of those above it."""
        ...

    async def remove(self, id: UUID) -> None:
        """Drop a clock; nothing happens to one that does not exist for the scope."""
        ...


class ClockWork(Protocol):
    @property
    def tenants(self) -> Records[Tenant]: ...
    @property
    def test_clocks(self) -> TestClocks: ...
    @property
    def operations(self) -> Records[Operation]: ...
    @property
    def outbox(self) -> Outbox: ...
