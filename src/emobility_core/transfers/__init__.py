"""Transfers: records brought in from another system's file, and files made of records."""

from emobility_core.transfers._export import Export, UnknownExport
from emobility_core.transfers._guard import MassDeactivation, require_few
from emobility_core.transfers._import import Counts, Import, Outcome, UnknownImport
from emobility_core.transfers._refusals import (
    EmptyFile,
    TooManyTransfers,
    TransferFileGone,
    UnreadableFile,
)
from emobility_core.transfers._transfer import FileFormat, Removal, Transfer
from emobility_core.transfers._workers import LEASE, TransferWorkers

__all__ = [
    "LEASE",
    "Counts",
    "EmptyFile",
    "Export",
    "FileFormat",
    "Import",
    "MassDeactivation",
    "Outcome",
    "Removal",
    "TooManyTransfers",
    "Transfer",
    "TransferFileGone",
    "TransferWorkers",
    "UnknownExport",
    "UnknownImport",
    "UnreadableFile",
    "require_few",
]
