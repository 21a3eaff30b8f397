"""Which server process works on an import or export, who stopped it, and when its file was removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    for table in ("data_import", "data_export"):
        op.add_column(table, sa.Column("worker", sa.Uuid(), nullable=True))
        op.add_column(table, sa.Column("stopped_at", _types.UtcInstant(), nullable=True))
        op.add_column(table, sa.Column("removed_at", _types.UtcInstant(), nullable=True))
        op.add_column(table, sa.Column("removal", _types.PlainText(), nullable=True))
    op.create_table(
        "transfer_worker",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("seen_at", _types.UtcInstant(), nullable=False),
    )
    # It belongs to no tenant, and says nothing of one.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("GRANT SELECT, INSERT, UPDATE, DELETE ON transfer_worker TO emobility_app"))
