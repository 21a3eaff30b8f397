"""What stations' configuration is, and what it is expected to be."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "station_configuration",
        *_record(),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("status", _types.PlainText(), nullable=False),
        sa.Column("reported", _types.JsonText(), nullable=False),
        sa.Column("unknown", _types.JsonText(), nullable=False),
        sa.Column("read_at", _types.UtcInstant(), nullable=True),
        sa.Column("verified_at", _types.UtcInstant(), nullable=True),
        sa.Column("deviations", _types.JsonText(), nullable=False),
        sa.Column("awaiting_reboot", _types.JsonText(), nullable=False),
        sa.Column("detail", _types.PlainText(), nullable=True),
        sa.Column("expectation", _types.PlainText(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("boots", sa.BigInteger(), nullable=False),
        sa.Column("changes", _types.JsonText(), nullable=False),
        sa.Column("check", _types.JsonText(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("station_configuration_by_tenant", "station_configuration", "tenant", "id")
    op.create_index("station_configuration_of_station", "station_configuration", ["station"], unique=True)
    guard("station_configuration")
    op.create_table(
        "configuration_template",
        *_record(),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("vendor", _types.PlainText(), nullable=False),
        sa.Column("model", _types.PlainText(), nullable=False),
        sa.Column("keys", _types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("configuration_template_by_tenant", "configuration_template", "tenant", "id")
    guard("configuration_template", handed_down=True)


def _record() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
    ]


def _index(name: str, table: str, *columns: str) -> None:
    op.create_index(name, table, list(columns), unique=False)
