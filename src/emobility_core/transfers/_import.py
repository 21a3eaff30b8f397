"""An import: what another system's file did, row by row, to the records here."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import ImportId
from emobility_core.transfers._transfer import Transfer


@attrs.frozen
class UnknownImport(NotFound):
    """There is no such import within the caller's scope.

    Remedy: list the imports and use one of their ids.
    """

    code = "unknown-import"
    data_import: UUID


class Outcome(Enum):
    """What became of a row, or of a record that the file leaves out."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    DEACTIVATED = "deactivated"


@attrs.frozen(kw_only=True)
class Counts:
    """How many rows came to which outcome; `missing` of the `known` records of the system are not in a file
    that states the whole."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    deactivated: int = 0
    missing: int = 0
    known: int = 0

    def plus(self, outcome: Outcome) -> Counts:
        return attrs.evolve(self, **{outcome.value: getattr(self, outcome.value) + 1})


@attrs.frozen(kw_only=True)
class Import(Transfer):
    """`system` is whose ids the rows have, `kind` what they are; a `dry_run` keeps nothing of them.

    `confirmed` is how many records the file may switch off because it leaves them out, where it states the
    whole.
    """

    id: ImportId
    system: str
    dry_run: bool = False
    deactivate_missing: bool = False
    confirmed: int | None = None
    size: int
    sha256: str
    counts: Counts = attrs.field(factory=Counts)
