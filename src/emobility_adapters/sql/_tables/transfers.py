"""Imports and exports: what was asked for, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, number, record, ref, text

data_import = record(
    "data_import",
    ref("operation"),
    text("kind"),
    text("format"),
    text("system"),
    flag("dry_run"),
    flag("deactivate_missing"),
    number("confirmed", null=True),
    number("size"),
    text("sha256"),
    text("actor"),
    json("counts"),
    text("problem", null=True),
    at("finished_at", null=True),
)
data_export = record(
    "data_export",
    ref("operation"),
    text("kind"),
    text("format"),
    json("asked"),
    text("actor"),
    number("rows"),
    number("size"),
    text("sha256", null=True),
    text("problem", null=True),
    at("finished_at", null=True),
)
for _table in (data_import, data_export):
    _unfinished = _table.c.finished_at.is_(None)
    sa.Index(f"{_table.name}_unfinished", _table.c.id, sqlite_where=_unfinished, postgresql_where=_unfinished)
