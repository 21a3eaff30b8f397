"""Root certificates that stations trust, as they told them last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "installed_certificate",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("use", _types.PlainText(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("certificates", _types.JsonText(), nullable=False),
        sa.Column("told_at", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("station", "use"),
    )
    guard("installed_certificate")
