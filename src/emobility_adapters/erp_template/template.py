"""A template: what a file looks like, and which field stands in which column. Data alone, nothing is run."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import attrs

from emobility_core.accounting import COLUMNS
from emobility_core.errors import Invalid

# Beside the columns of the canonical CSV: on which side of `account` a line stands, debit or credit.
FIELDS = (*COLUMNS, "side")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_DATE = re.compile(r"(?:YYYY|YY|MM|DD|[ ./-])+")


@attrs.frozen
class MalformedTemplate(Invalid):
    """A template file of an export says something that no file could be made by.

    Remedy: mend the place that is named; the reference lists what a template may say.
    """

    code = "malformed-template"
    file: str
    place: str
    reason: str


class TemplateKind(Enum):
    """How lines become a file."""

    CSV = "csv"
    FIXED = "fixed"
    XML = "xml"


@attrs.frozen(kw_only=True)
class TemplateColumn:
    """One column: a `field` of the line, or the same `text` on each.

    `values` replaces what the field says, `absolute` takes the sign off a number, `longest` cuts texts.
    `width` is that of a fixed-width file, where `right` puts the text to the right and `fill` fills the rest.
    """

    title: str
    field: str = ""
    text: str = ""
    values: Mapping[str, str] = attrs.field(factory=dict)
    absolute: bool = False
    longest: int = 0
    width: int = 0
    right: bool = False
    fill: str = " "


@attrs.frozen(kw_only=True)
class Template:
    """`date` is written with YYYY, YY, MM and DD; `spreadsheet` keeps texts from being run as formulas."""

    name: str
    kind: TemplateKind = TemplateKind.CSV
    extension: str = "csv"
    media_type: str = "text/csv"
    encoding: str = "utf-8"
    separator: str = ";"
    line_end: str = "\r\n"
    header: bool = True
    decimal: str = "."
    date: str = "YYYY-MM-DD"
    spreadsheet: bool = True
    root: str = "postings"
    row: str = "posting"
    columns: tuple[TemplateColumn, ...] = ()


def read_template(path: Path) -> Template:
    """Read a template file; its name is that of the format. Raises `MalformedTemplate`."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedTemplate(path.name, "", str(error)) from error
    return template_of(told, name=path.stem, file=path.name)


def template_of(told: Mapping[str, Any], *, name: str, file: str) -> Template:
    """Make a template of what a file says; raise `MalformedTemplate` for anything that it may not say."""

    def refuse(place: str, reason: str) -> MalformedTemplate:
        return MalformedTemplate(file, place, reason)

    if _NAME.fullmatch(name) is None:
        raise refuse("name", "must begin with a letter and have lower-case letters, digits and underscores")
    fields = _checked(Template, told, refuse, "")
    columns = fields.pop("columns", ())
    if not isinstance(columns, list) or not columns:
        raise refuse("columns", "must be at least one table")
    fields["columns"] = tuple(_column(one, place, refuse) for place, one in enumerate(columns))
    try:
        fields["kind"] = TemplateKind(fields.get("kind", "csv"))
    except ValueError:
        raise refuse("kind", "must be csv, fixed or xml") from None
    template = Template(**fields, name=name)
    _require_sense(template, refuse)
    return template


def _checked(kind: type[Any], told: Any, refuse: Any, at: str) -> dict[str, Any]:
    """The fields of a table, each of the type of its default."""
    if not isinstance(told, dict):
        raise refuse(at, "must be a table")
    known = {one.name: one for one in attrs.fields(kind) if one.name != "name"}
    for name, value in told.items():
        if name not in known:
            raise refuse(f"{at}{name}", "is not known here")
        default = known[name].default
        wanted = dict if isinstance(default, attrs.Factory) else type(default)  # type: ignore[arg-type]
        plain = name in ("kind", "columns") or default is attrs.NOTHING
        if not plain and type(value) is not wanted:
            raise refuse(f"{at}{name}", f"must be a {wanted.__name__}")
    return dict(told)


def _column(told: Any, place: int, refuse: Any) -> TemplateColumn:
    at = f"columns.{place}."
    fields = _checked(TemplateColumn, told, refuse, at)
    if not isinstance(fields.get("title"), str):
        raise refuse(f"{at}title", "is required")
    if "field" in fields and fields["field"] not in FIELDS:
        raise refuse(f"{at}field", f"must be one of {', '.join(FIELDS)}")
    if ("field" in fields) == ("text" in fields):
        raise refuse(at.rstrip("."), "must have either a field or a text")
    if any(not isinstance(one, str) for one in fields.get("values", {}).values()):
        raise refuse(f"{at}values", "must map texts to texts")
    return TemplateColumn(**fields)


def _require_sense(template: Template, refuse: Any) -> None:
    try:
        codecs.lookup(template.encoding)
    except LookupError:
        raise refuse("encoding", "is no encoding") from None
    if _DATE.fullmatch(template.date) is None:
        raise refuse("date", "must be written with YYYY, YY, MM and DD")
    if template.decimal not in (".", ","):
        raise refuse("decimal", "must be a point or a comma")
    if re.fullmatch(r"[a-z0-9]{1,8}", template.extension) is None:
        raise refuse("extension", "must be letters and digits")
    if template.kind is TemplateKind.CSV and (len(template.separator) != 1 or template.separator in '"\r\n'):
        raise refuse("separator", "must be one character")
    if template.line_end not in ("\r\n", "\n"):
        raise refuse("line_end", "must be CRLF or LF")
    for place, column in enumerate(template.columns):
        if template.kind is TemplateKind.XML and _ELEMENT.fullmatch(column.title) is None:
            raise refuse(f"columns.{place}.title", "must be the name of an element")
        if template.kind is TemplateKind.FIXED and (column.width < 1 or len(column.fill) != 1):
            raise refuse(f"columns.{place}.width", "must be at least 1, and fill one character")
    if not all(_ELEMENT.fullmatch(one) for one in (template.root, template.row)):
        raise refuse("root", "root and row must be names of elements")
