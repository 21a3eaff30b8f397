"""The export formats of this server: ours, those of template files, and those of installed plug-ins."""

from __future__ import annotations

from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from emobility_adapters.erp_template import TemplateExport, read_template
from emobility_app.posting_formats import ExportFormats, Maker
from emobility_core.accounting import CsvExport, ErpExport, JsonExport

GROUP = "emobility.erp_export"
_OURS = (EntryPoint("datev", "emobility_adapters.erp_datev:DatevExport", GROUP),)


def export_formats(templates: Path | None = None) -> ExportFormats:
    """Formats by name; a plug-in is imported when its format is first asked for.

    What a plug-in calls as we or a template do stays ours. Raises `MalformedTemplate`.
    """
    plugged = {point.name: partial(_plugged, point) for point in entry_points(group=GROUP)}
    ours: dict[str, Maker] = {point.name: partial(_plugged, point) for point in _OURS}
    return ExportFormats(
        {**plugged, **_of_templates(templates), **ours, "json": JsonExport, "csv": CsvExport}
    )


def _plugged(point: EntryPoint) -> ErpExport:
    made: ErpExport = point.load()()
    return made


def _of_templates(folder: Path | None) -> dict[str, Maker]:
    """Read at once: a template that makes no sense is told when the server starts."""
    paths = () if folder is None else sorted(folder.glob("*.toml"))
    found = (TemplateExport(read_template(path)) for path in paths)
    return {one.name: partial(_same, one) for one in found}


def _same(export: ErpExport) -> ErpExport:
    return export
