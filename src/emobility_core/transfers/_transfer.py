"""What imports and exports have in common: who works on one, how it ends, when its file goes."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import attrs

from emobility_core.ids import OperationId
from emobility_core.instants import Instant
from emobility_core.work import Record

T = TypeVar("T", bound="Transfer")


class FileFormat(Enum):
    """How the rows of a file are written."""

    CSV = "csv"
    NDJSON = "ndjson"
    STEVE = "steve"


class Removal(Enum):
    """Why the file of a transfer was removed before its time: somebody asked for it, or it named a person who
    was erased."""

    ASKED = "asked"
    ERASURE = "erasure"


@attrs.frozen(kw_only=True)
class Transfer(Record):
    """Work on a file that goes on after the request for it, by the server process `worker`.

    `finished_at` is None as long as the operation runs, `problem` why it came to no good end. `stopped_at` is
    when somebody asked for no more of it, `removed_at` when what it had made was removed, and `removal` why.
    """

    operation: OperationId
    kind: str
    format: FileFormat
    actor: str
    worker: UUID | None = None
    problem: str | None = None
    finished_at: Instant | None = None
    stopped_at: Instant | None = None
    removed_at: Instant | None = None
    removal: Removal | None = None

    def stop(self: T, *, at: Instant) -> T:
        """It is to end at its next step; of one that has ended the file is to go."""
        if self.finished_at is not None:
            return self.remove(Removal.ASKED, at=at)
        return self if self.stopped_at is not None else attrs.evolve(self, stopped_at=at, updated_at=at)

    def remove(self: T, removal: Removal, *, at: Instant) -> T:
        """What it has made is gone."""
        if self.removed_at is not None:
            return self
        return attrs.evolve(self, removed_at=at, removal=removal, updated_at=at)

    def end(self: T, problem: str | None, *, at: Instant, **outcome: Any) -> T:
        """It has come to its end, well unless there is a `problem`."""
        return attrs.evolve(self, problem=problem, finished_at=at, updated_at=at, **outcome)
