"""Transfers: records brought in from another system's file, and files made of records."""

from emobility_core.transfers._export import Export, UnknownExport
from emobility_core.transfers._guard import MassDeactivation, require_few
from emobility_core.transfers._import import Counts, FileFormat, Import, Outcome, UnknownImport
from emobility_core.transfers._refusals import (
    EmptyFile,
    TooManyTransfers,
    TransferFileGone,
    UnreadableFile,
)

__all__ = [
    "Counts",
    "EmptyFile",
    "Export",
    "FileFormat",
    "Import",
    "MassDeactivation",
    "Outcome",
    "TooManyTransfers",
    "TransferFileGone",
    "UnknownExport",
    "UnknownImport",
    "UnreadableFile",
    "require_few",
]
