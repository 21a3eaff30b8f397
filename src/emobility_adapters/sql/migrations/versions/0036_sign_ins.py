"""Failures to sign in by what was typed, e-mail addresses by tenant, and until when a sign-in is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("tenant", sa.Uuid(), primary_key=True),
        sa.Column("mark", _types.PlainText(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", _types.UtcInstant(), nullable=False),
        sa.Column("locked_until", _types.UtcInstant(), nullable=True),
    )
    op.create_index("sign_in_failure_age", "sign_in_failure", ["failed_at"])
    guard("sign_in_failure")
    op.drop_index("user_account_email", "user_account")
    op.create_index("user_account_email", "user_account", ["tenant", "email"], unique=True)
    for name in ("failures", "locked_until"):
        op.drop_column("credentials", name)
    op.add_column("credentials", sa.Column("changed_at", _types.UtcInstant(), nullable=True))
    _keep_sign_ins()


def _keep_sign_ins() -> None:
    op.drop_index("sign_in_ends", "sign_in")
    op.add_column("sign_in", sa.Column("kept_until", _types.UtcInstant(), nullable=True))
    op.execute(sa.text("UPDATE sign_in SET kept_until = coalesce(ended_at, refresh_until, ends_at)"))
    with op.batch_alter_table("sign_in") as batch:
        batch.alter_column("kept_until", nullable=False, existing_type=_types.UtcInstant())
    op.create_index("sign_in_kept", "sign_in", ["kept_until"])
    op.create_index("sign_in_user", "sign_in", ["user"])
