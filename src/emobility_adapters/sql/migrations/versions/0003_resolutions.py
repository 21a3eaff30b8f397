"""What people decided about doubts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0003"
down_revision = "0002"

_ON_BOTH = ("sqlite_where", "postgresql_where")


def upgrade() -> None:
    session, report = "charging_session", "doubtful_report"
    op.add_column(session, sa.Column("accepted", _types.PlainText(), nullable=False, server_default=""))
    op.add_column(session, sa.Column("discarded", sa.Boolean(), nullable=True))
    op.add_column(report, sa.Column("state", _types.PlainText(), nullable=False, server_default="open"))
    op.add_column(report, sa.Column("resolution", sa.Uuid(), nullable=True))
    _index("session_in_doubt", session, "doubts != accepted")
    _index("doubtful_report_open", report, "state = 'open'")
    op.create_table(
        "resolution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("action", _types.PlainText(), nullable=False),
        sa.Column("reason", _types.PlainText(), nullable=False),
        sa.Column("by", _types.PlainText(), nullable=False),
        sa.Column("report", sa.Uuid(), nullable=True),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("resolution_by_tenant", "resolution", ["tenant", "id"], unique=False)
    op.create_index("resolution_of_session", "resolution", ["session"], unique=False)
    op.create_index("resolution_of_report", "resolution", ["report"], unique=False)
    guard("resolution")


def _index(name: str, table: str, where: str) -> None:
    condition = dict.fromkeys(_ON_BOTH, sa.text(where))
    op.create_index(name, table, ["tenant", "id"], unique=False, **condition)  # type: ignore[arg-type]
