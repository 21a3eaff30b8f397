"""Exports by template: a column map in a file makes any CSV, fixed-width or XML file of a posting batch."""

from emobility_adapters.erp_template.export import TemplateExport
from emobility_adapters.erp_template.template import MalformedTemplate, Template, read_template

__all__ = ["MalformedTemplate", "Template", "TemplateExport", "read_template"]
