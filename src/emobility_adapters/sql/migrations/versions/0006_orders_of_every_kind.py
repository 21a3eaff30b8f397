"""A command carries an order of any kind and the station's whole answer; stations may be test stations."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0006"
down_revision = "0005"

_COMMANDS = sa.table(
    "command",
    sa.column("id", sa.Uuid),
    sa.column("kind", _types.PlainText),
    sa.column("connector", sa.BigInteger),
    sa.column("id_tag", _types.PlainText),
    sa.column("session", sa.Uuid),
    sa.column("transaction_id", sa.BigInteger),
    sa.column("order", _types.JsonText),
)


def upgrade() -> None:
    with op.batch_alter_table("command") as batch:
        batch.add_column(sa.Column("order", _types.JsonText(), nullable=True))
        batch.add_column(sa.Column("answer", _types.JsonText(), nullable=True))
    _carry_over()
    with op.batch_alter_table("command") as batch:
        batch.alter_column("order", existing_type=_types.JsonText(), nullable=False)
        for name in ("connector", "id_tag", "transaction_id"):
            batch.drop_column(name)
    # Not as a batch: SQLite's copy of a table cannot carry over a generated column.
    op.add_column("station", sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("station", "is_test", server_default=None)


def _carry_over() -> None:
    """Until now there were remote starts and stops alone."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_COMMANDS)).all():
        change = _COMMANDS.update().where(_COMMANDS.c.id == row.id).values(order=_order_of(row))
        connection.execute(change)


def _order_of(row: Any) -> dict[str, Any]:
    if row.kind == "remote_start":
        return {"kind": row.kind, "id_tag": row.id_tag, "connector": row.connector, "profile": None}
    return {"kind": row.kind, "session": row.session.hex, "transaction_id": row.transaction_id}
