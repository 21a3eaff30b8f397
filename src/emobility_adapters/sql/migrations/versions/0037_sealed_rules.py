"""The rules that a batch was closed by, sealed with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("posting_batch", sa.Column("rules_digest", _types.PlainText(), nullable=True))
    op.create_table(
        "posting_seal",
        sa.Column("batch", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("ledger", _types.PlainText(), nullable=False),
        sa.Column("rules", _types.JsonText(), nullable=False),
    )
    guard("posting_seal")
    _refuse("posting_seal", "UPDATE", "")
    _refuse("posting_seal", "DELETE", "")
    # Beside the trigger of the columns that were there before.
    _refuse(
        "posting_batch",
        "UPDATE OF rules_digest",
        "WHEN (OLD.status IN ('closed', 'exported', 'acknowledged', 'partly_rejected'))",
    )


def _refuse(table: str, what: str, condition: str) -> None:
    begun = f"CREATE TRIGGER {table}_{what.rsplit(maxsplit=1)[-1].lower()}_sealed BEFORE {what} ON {table}"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"{begun} FOR EACH ROW {condition} EXECUTE FUNCTION refuse_sealed()")
    else:
        op.execute(f"{begun} {condition} BEGIN SELECT RAISE(ABORT, '{table} is sealed'); END")
