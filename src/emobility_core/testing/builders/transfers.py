"""Imports and exports."""

from __future__ import annotations

from typing import Any

from emobility_core.ids import ExportId, ImportId, OperationId
from emobility_core.testing.builders.basis import ids, stored
from emobility_core.testing.clock import NOON
from emobility_core.transfers import Export, FileFormat, Import


def make_import(**changes: Any) -> Import:
    fields = {
        "id": ImportId(ids.uuid7(NOON)),
        "operation": OperationId(ids.uuid7(NOON)),
        "kind": "customers",
        "format": FileFormat.CSV,
        "system": "sap",
        "size": 12,
        "sha256": "0" * 64,
        "actor": "client:cli_1",
    }
    return Import(**stored({**fields, **changes}))


def make_export(**changes: Any) -> Export:
    fields = {
        "id": ExportId(ids.uuid7(NOON)),
        "operation": OperationId(ids.uuid7(NOON)),
        "kind": "customers",
        "format": FileFormat.NDJSON,
        "actor": "client:cli_1",
    }
    return Export(**stored({**fields, **changes}))
