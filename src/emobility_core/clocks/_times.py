"""Whose present is which, from memory."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import attrs

from emobility_core.clocks._test_clock import TestClock
from emobility_core.ids import TenantId
from emobility_core.instants import Clock, Instant, parse_instant
from emobility_core.work import Event


class TenantClocks:
    """Implements `Clocks`: the present of a test clock's tenants, real time for all others.

    Whoever lives by real time pays for a look at whether there is any test clock at all.
    """

    def __init__(self, real: Clock) -> None:
        self._real = real
        self._standing: dict[TenantId, Instant] = {}
        self._lives_by: dict[str, TenantId | None] = {}

    def of(self, path: str) -> Clock:
        return _Present(self, path)

    def together(self, one: str, other: str) -> bool:
        return self.keeper(one) == self.keeper(other)

    @property
    def real(self) -> Clock:
        return self._real

    def now_at(self, path: str) -> Instant:
        """The present at a place of the tree."""
        keeper = self.keeper(path)
        return self._real.now() if keeper is None else self._standing[keeper]

    def keeper(self, path: str) -> TenantId | None:
        """The tenant whose test clock counts at a place of the tree, None where real time does."""
        if not self._standing:
            return None
        if path not in self._lives_by:
            if len(self._lives_by) >= _MOST_PATHS:
                self._lives_by.clear()
            line = (TenantId(UUID(hex=part)) for part in path.strip("/").split("/") if part)
            self._lives_by[path] = next((one for one in line if one in self._standing), None)
        return self._lives_by[path]

    def keepers(self) -> list[TenantId]:
        """The tenants that have a test clock."""
        return sorted(self._standing)

    def load(self, clocks: Iterable[TestClock]) -> None:
        """Take all test clocks that there are."""
        self._standing = {TenantId(one.tenant): one.now for one in clocks}
        self._lives_by.clear()

    def stand(self, tenant: TenantId, now: Instant) -> None:
        """From here on it is `now` for a tenant with a test clock, and for all below it."""
        known = self._standing.get(tenant)
        if known is None:
            self._lives_by.clear()
        # Another process's word of an instant that has passed comes late.
        self._standing[tenant] = now if known is None else max(known, now)

    def heed(self, event: Event) -> None:
        """Take note of a clock that came, moved or went."""
        if event.type in ("test_clock.created", "test_clock.advanced"):
            self.stand(event.tenant, parse_instant(str(event.data["now"])))
        elif event.type == "test_clock.deleted":
            self._standing.pop(event.tenant, None)
            self._lives_by.clear()


_MOST_PATHS = 10_000


@attrs.frozen
class _Present:
    """The clock of one place of the tree."""

    clocks: TenantClocks
    path: str

    def now(self) -> Instant:
        return self.clocks.now_at(self.path)
