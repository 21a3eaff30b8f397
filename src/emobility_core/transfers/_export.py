"""An export: a file made of the records of one kind as they were."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import ExportId
from emobility_core.transfers._transfer import Transfer


@attrs.frozen
class UnknownExport(NotFound):
    """There is no such export within the caller's scope.

    Remedy: list the exports and use one of their ids.
    """

    code = "unknown-export"
    data_export: UUID


@attrs.frozen(kw_only=True)
class Export(Transfer):
    """`asked` are the filters as they were given; `rows`, `size` and `sha256` are of the file once it is
    there."""

    id: ExportId
    asked: Mapping[str, str] = attrs.field(factory=dict)
    rows: int = 0
    size: int = 0
    sha256: str | None = None
