"""Sessions that were rated again are known, and may be posted anew once their posting is undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column(
        "rated_session", sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    where = sa.text("again")
    op.create_index(
        "rated_session_again", "rated_session", ["session"], postgresql_where=where, sqlite_where=where
    )
    for column in (
        sa.Column("session_turn", sa.BigInteger(), nullable=True),
        sa.Column("rating", sa.Uuid(), nullable=True),
        sa.Column("rated", _types.JsonText(), nullable=True),
    ):
        op.add_column("posting", column)
    op.execute(sa.text("UPDATE posting SET session_turn = 0 WHERE session IS NOT NULL"))
    for name, columns in (
        ("posting_session", ["ledger", "session", "session_turn"]),
        ("posting_reverses", ["reverses", "revision"]),
    ):
        op.drop_index(name, "posting")
        op.create_index(name, "posting", columns, unique=True)
    op.create_index("posting_reposts", "posting", ["reposts"], unique=True)
    op.create_index("posting_by_session", "posting", ["session"])
