"""Charging profiles on stations, and sites whose load is shared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _record(
        "installed_profile",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=False),
        sa.Column("profile", _types.JsonText(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.Column("state", _types.PlainText(), nullable=False),
        sa.Column("command", sa.Uuid(), nullable=False),
        sa.Column("detail", _types.PlainText(), nullable=True),
    )
    _record(
        "schedule_comparison",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=False),
        sa.Column("ours", _types.JsonText(), nullable=False),
        sa.Column("stations", _types.JsonText(), nullable=True),
        sa.Column("differences", _types.JsonText(), nullable=False),
        sa.Column("state", _types.PlainText(), nullable=False),
        sa.Column("command", sa.Uuid(), nullable=False),
        sa.Column("detail", _types.PlainText(), nullable=True),
    )
    _record(
        "load_budget",
        sa.Column("site", sa.Uuid(), nullable=False),
        sa.Column("unit", _types.PlainText(), nullable=False),
        sa.Column("limits", _types.JsonText(), nullable=False),
        sa.Column("strategy", _types.PlainText(), nullable=False),
        sa.Column("voltage", sa.BigInteger(), nullable=False),
        sa.Column("grant_s", sa.BigInteger(), nullable=False),
        sa.Column("clock_tolerance_s", sa.BigInteger(), nullable=False),
        sa.Column("turn_s", sa.BigInteger(), nullable=False),
        sa.Column("group_priorities", _types.JsonText(), nullable=False),
        sa.Column("simultaneity", _types.PlainText(), nullable=True),
    )
    _record(
        "load_point",
        sa.Column("budget", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=False),
        sa.Column("wiring", _types.PlainText(), nullable=False),
        sa.Column("phases", sa.BigInteger(), nullable=True),
        sa.Column("max_current", _types.PlainText(), nullable=False),
        sa.Column("fail_safe", _types.PlainText(), nullable=False),
        sa.Column("unit", _types.PlainText(), nullable=False),
        sa.Column("forgets_profiles", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
    )
    _record(
        "load_limit",
        sa.Column("budget", sa.Uuid(), nullable=False),
        sa.Column("source", _types.PlainText(), nullable=False),
        sa.Column("unit", _types.PlainText(), nullable=False),
        sa.Column("limits", _types.JsonText(), nullable=False),
        sa.Column("since", _types.UtcInstant(), nullable=True),
        sa.Column("until", _types.UtcInstant(), nullable=True),
        sa.Column("reason", _types.PlainText(), nullable=False),
    )
    _record(
        "load_priority",
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
    )
    _record(
        "site_load",
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("standings", _types.JsonText(), nullable=False),
    )
    op.create_index("installed_profile_of_station", "installed_profile", ["station", "id"], unique=False)
    op.create_index("installed_profile_of_command", "installed_profile", ["command"], unique=False)
    op.create_index("schedule_comparison_of_command", "schedule_comparison", ["command"], unique=False)
    op.create_index("load_budget_site", "load_budget", ["site"], unique=True)
    op.create_index("load_point_place", "load_point", ["station", "connector"], unique=True)
    op.create_index("load_point_of_budget", "load_point", ["budget", "id"], unique=False)
    op.create_index("load_limit_of_budget", "load_limit", ["budget", "until"], unique=False)
    op.create_index("load_priority_session", "load_priority", ["session"], unique=True)


def _record(name: str, *columns: sa.Column[object]) -> None:
    """What every master record has, and its own columns."""
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"{name}_by_tenant", name, ["tenant", "id"], unique=False)
    guard(name)
