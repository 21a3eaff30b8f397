"""Imports and exports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    _record(
        "data_import",
        sa.Column("operation", sa.Uuid(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("format", _types.PlainText(), nullable=False),
        sa.Column("system", _types.PlainText(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("deactivate_missing", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _types.PlainText(), nullable=False),
        sa.Column("actor", _types.PlainText(), nullable=False),
        sa.Column("counts", _types.JsonText(), nullable=False),
        sa.Column("problem", _types.PlainText(), nullable=True),
        sa.Column("finished_at", _types.UtcInstant(), nullable=True),
    )
    _record(
        "data_export",
        sa.Column("operation", sa.Uuid(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("format", _types.PlainText(), nullable=False),
        sa.Column("asked", _types.JsonText(), nullable=False),
        sa.Column("actor", _types.PlainText(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _types.PlainText(), nullable=True),
        sa.Column("problem", _types.PlainText(), nullable=True),
        sa.Column("finished_at", _types.UtcInstant(), nullable=True),
    )


def _record(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        *columns,
    )
    op.create_index(f"{name}_by_tenant", name, ["tenant", "id"])
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(f"{name}_unfinished", name, ["id"], sqlite_where=unfinished, postgresql_where=unfinished)
    guard(name)
