"""An operation: work that outlives the request that asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import EventId, Ids, OperationId, shown
from emobility_core.instants import Instant
from emobility_core.work import Event, Record


@attrs.frozen
class UnknownOperation(NotFound):
    """There is no such operation within the caller's scope.

    Remedy: use the id that the request which began the work answered with.
    """

    code = "unknown-operation"
    operation: UUID


class OperationStatus(Enum):
    """Where the work stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@attrs.frozen
class Progress:
    """Steps done out of `total`."""

    done: int
    total: int


@attrs.frozen(kw_only=True)
class Operation(Record):
    """Work under way or done: `result` once it succeeded, `error` (a code) once it failed."""

    id: OperationId
    kind: str
    status: OperationStatus = OperationStatus.RUNNING
    progress: Progress = Progress(0, 1)
    result: Mapping[str, str] | None = None
    error: str | None = None

    def step(self, done: int, *, at: Instant, total: int | None = None) -> Operation:
        """So much is done; `total` once it is known how much there is."""
        progress = Progress(done, self.progress.total if total is None else total)
        return attrs.evolve(self, progress=progress, updated_at=at)

    def succeed(self, result: Mapping[str, str], *, at: Instant) -> Operation:
        return attrs.evolve(
            self,
            status=OperationStatus.SUCCEEDED,
            progress=attrs.evolve(self.progress, done=self.progress.total),
            result=result,
            updated_at=at,
        )

    def fail(self, code: str, *, at: Instant, result: Mapping[str, str] | None = None) -> Operation:
        """`result` is what was done nevertheless."""
        return attrs.evolve(self, status=OperationStatus.FAILED, error=code, result=result, updated_at=at)

    def ended(self, problem: str | None, result: Mapping[str, str], *, at: Instant) -> Operation:
        """The work is over, well unless there is a `problem`."""
        return self.succeed(result, at=at) if problem is None else self.fail(problem, at=at, result=result)


def operation_completed(operation: Operation, *, at: Instant, ids: Ids) -> Event:
    """The event of an operation that has come to its end, be it a good one."""
    id = shown("op", operation.id)
    return Event(
        id=EventId(ids.uuid7(at)),
        tenant=operation.tenant,
        type="operation.completed",
        subject=id,
        at=at,
        data={
            "operation": id,
            "kind": operation.kind,
            "status": operation.status.value,
            "error": operation.error,
        },
    )
