"""Imports and exports: what was asked for, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import (
    Column,
    at,
    flag,
    json,
    key,
    metadata,
    number,
    record,
    ref,
    text,
)


def _transfer(name: str, *columns: Column) -> sa.Table:
    """What imports and exports have in common, and their own columns."""
    common = [
        ref("operation"),
        text("kind"),
        text("format"),
        text("actor"),
        ref("worker", null=True),
        text("problem", null=True),
        at("finished_at", null=True),
        at("stopped_at", null=True),
        at("removed_at", null=True),
        text("removal", null=True),
    ]
    table = record(name, *common, *columns)
    unfinished = table.c.finished_at.is_(None)
    sa.Index(f"{name}_unfinished", table.c.id, sqlite_where=unfinished, postgresql_where=unfinished)
    return table


data_import = _transfer(
    "data_import",
    text("system"),
    flag("dry_run"),
    flag("deactivate_missing"),
    number("confirmed", null=True),
    number("size"),
    text("sha256"),
    json("counts"),
)
data_export = _transfer(
    "data_export",
    json("asked"),
    number("rows"),
    number("size"),
    text("sha256", null=True),
)
transfer_worker = sa.Table("transfer_worker", metadata, key(), at("seen_at"))
