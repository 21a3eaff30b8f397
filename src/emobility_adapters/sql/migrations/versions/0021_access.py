"""Roles, role assignments and grants; and a limit to stations as the second wall."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard, limit_all_to_stations, received_by

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    # Under which grant a token of another company was accepted, and a command asked for.
    for table in ("charging_session", "command"):
        op.add_column(table, sa.Column("grant", sa.Uuid(), nullable=True))
    op.create_index("command_of_operation", "command", ["operation"])
    _record(
        "role",
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("description", _types.PlainText(), nullable=False),
        sa.Column("permissions", _types.JsonText(), nullable=False),
        handed_down=True,
    )
    _record(
        "role_assignment",
        sa.Column("actor", _types.PlainText(), nullable=False),
        sa.Column("role", _types.PlainText(), nullable=False),
        sa.Column("sites", _types.JsonText(), nullable=True),
    )
    op.create_index("role_assignment_of_actor", "role_assignment", ["actor"])
    _record(
        "access_grant",
        sa.Column("grantee", sa.Uuid(), nullable=False),
        sa.Column("rights", _types.PlainText(), nullable=False),
        sa.Column("actors", _types.JsonText(), nullable=False),
        sa.Column("user_groups", _types.JsonText(), nullable=False),
        sa.Column("sites", _types.JsonText(), nullable=False),
        sa.Column("stations", _types.JsonText(), nullable=False),
        sa.Column("station_groups", _types.JsonText(), nullable=False),
        sa.Column("validity", _types.JsonText(), nullable=False),
        sa.Column("tariff", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", _types.UtcInstant(), nullable=True),
    )
    op.create_index("access_grant_to", "access_grant", ["grantee", "id"])
    received_by("access_grant", "grantee")
    limit_all_to_stations()


def _record(name: str, *columns: sa.Column[object], handed_down: bool = False) -> None:
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
    guard(name, handed_down=handed_down)
