"""An operation: work that outlives the request that asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import OperationId
from emobility_core.instants import Instant
from emobility_core.work import Record


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

    def step(self, done: int, *, at: Instant) -> Operation:
        return attrs.evolve(self, progress=attrs.evolve(self.progress, done=done), updated_at=at)

    def succeed(self, result: Mapping[str, str], *, at: Instant) -> Operation:
        return attrs.evolve(
            self,
            status=OperationStatus.SUCCEEDED,
            progress=attrs.evolve(self.progress, done=self.progress.total),
            result=result,
            updated_at=at,
        )

    def fail(self, code: str, *, at: Instant) -> Operation:
        return attrs.evolve(self, status=OperationStatus.FAILED, error=code, updated_at=at)
