"""DATEV: posting batches as EXTF files with documents, in one package."""

from emobility_adapters.erp_datev.export import DatevExport

__all__ = ["DatevExport"]
