"""Why settings of an export are refused."""

from __future__ import annotations

import attrs

from emobility_core.errors import Invalid


@attrs.frozen
class ExportSettingsRefused(Invalid):
    """A setting of an export format is missing, unknown, or of a form that the format does not have.

    Remedy: mend the setting that is named, in `exports` of the ledger; the reference lists those of a format.
    """

    code = "export-settings-refused"
    format: str
    setting: str
    reason: str


@attrs.frozen
class UnknownExportFormat(Invalid):
    """There is no export format of this name on this server.

    Remedy: choose one of `known`, or install the adapter that brings the format.
    """

    code = "unknown-export-format"
    format: str
    known: tuple[str, ...]
