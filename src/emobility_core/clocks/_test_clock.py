"""A test clock: where the time of a test tenant stands, and where it is on its way to."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import attrs

from emobility_core.errors import Conflict, Invalid, NotFound
from emobility_core.ids import OperationId, TestClockId
from emobility_core.instants import Instant, later_by
from emobility_core.work import Record

LONGEST_ADVANCE = timedelta(days=366)
# Ten years: terms and deadlines that count from the present still lie within the calendar.
FARTHEST_AHEAD = timedelta(days=3653)


@attrs.frozen
class UnknownTestClock(NotFound):
    """There is no such test clock within the caller's scope.

    Remedy: list the test clocks of the tenant and those below, and use one of their ids.
    """

    code = "unknown-test-clock"
    test_clock: UUID


@attrs.frozen
class NotATestTenant(Conflict):
    """A live tenant lives by real time, and so does whoever stands above one.

    Remedy: create a tenant of the kind `test`, and try there whatever needs time to pass.
    """

    code = "not-a-test-tenant"
    tenant: UUID


@attrs.frozen
class SecondTestClock(Conflict):
    """The tenant, one above it or one below it has a test clock already: time would be told twice.

    Remedy: use the clock that there is, or delete it first.
    """

    code = "second-test-clock"
    tenant: UUID


@attrs.frozen
class ClockWouldGoBack(Conflict):
    """A test clock would go back, or begin before now: what is recorded would lie in the future.

    Remedy: name an instant after the one at which the clock stands.
    """

    code = "clock-would-go-back"
    now: Instant
    wanted: Instant


@attrs.frozen
class TooFarAhead(Invalid):
    """A test clock is to be advanced by more than 366 days in one go.

    Remedy: advance it in several steps; the result is the same.
    """

    code = "too-far-ahead"
    wanted: Instant


@attrs.frozen
class ClockOutOfReach(Invalid):
    """A test clock would stand more than 3653 days (ten years) ahead of real time.

    Remedy: name an instant up to `latest`, which goes on with real time.
    """

    code = "clock-out-of-reach"
    wanted: Instant
    latest: Instant


@attrs.frozen
class ClockUnderWay(Conflict):
    """The test clock is being advanced already.

    Remedy: wait for its operation to end, then advance it further.
    """

    code = "clock-under-way"
    test_clock: UUID


@attrs.frozen
class ClockAhead(Conflict):
    """The test clock is ahead of real time, so that without it time would go back for its tenant.

    Remedy: leave the clock as it is, or wait until real time has come to where it stands.
    """

    code = "clock-ahead"
    now: Instant


def require_reach(wanted: Instant, *, at: Instant) -> None:
    """Raise `ClockOutOfReach` for what is too far ahead of real time (`at`)."""
    latest = later_by(FARTHEST_AHEAD, at)
    if wanted > latest:
        raise ClockOutOfReach(wanted, latest)


@attrs.frozen(kw_only=True)
class TestClock(Record):
    """Its tenant and all below it live at `now`, until `operation` has brought them to `target`.

    `created_at` and `updated_at` are of real time.
    """

    __test__: ClassVar = False  # pytest takes classes of such a name for tests

    id: TestClockId
    now: Instant
    target: Instant | None = None
    operation: OperationId | None = None

    def begin(self, target: Instant, operation: OperationId, *, at: Instant) -> TestClock:
        """Set out for an instant; raise `ClockUnderWay`, `ClockWouldGoBack`, `TooFarAhead`,
        `ClockOutOfReach`."""
        if self.target is not None:
            raise ClockUnderWay(self.id)
        if target <= self.now:
            raise ClockWouldGoBack(self.now, target)
        if target - self.now > LONGEST_ADVANCE:
            raise TooFarAhead(target)
        require_reach(target, at=at)
        return attrs.evolve(self, target=target, operation=operation, updated_at=at)

    def passed(self, to: Instant, *, at: Instant) -> TestClock:
        """The same at a later instant."""
        if to < self.now:
            raise ClockWouldGoBack(self.now, to)
        return attrs.evolve(self, now=to, updated_at=at)

    def arrived(self, *, at: Instant) -> TestClock:
        return attrs.evolve(self, target=None, operation=None, updated_at=at)

    def require_removable(self, *, at: Instant) -> None:
        """Raise `ClockUnderWay` or, where real time is behind it, `ClockAhead`."""
        if self.target is not None:
            raise ClockUnderWay(self.id)
        if at < self.now:
            raise ClockAhead(self.now)
