"""The audit log: append-only entries, their chain, and the details that an erasure can take away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("at", _types.UtcInstant(), nullable=False),
        sa.Column("actor", _types.PlainText(), nullable=False),
        sa.Column("operation", _types.PlainText(), nullable=False),
        sa.Column("outcome", _types.PlainText(), nullable=False),
        sa.Column("content", _types.PlainText(), nullable=False),
    )
    op.create_index("audit_entry_by_tenant", "audit_entry", ["tenant", "id"])
    op.create_table(
        "audit_detail",
        sa.Column("entry", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("subject", _types.PlainText(), nullable=False),
        sa.Column("before", _types.JsonText(), nullable=True),
        sa.Column("after", _types.JsonText(), nullable=True),
        sa.Column("salt", _types.PlainText(), nullable=True),
        sa.Column("erased_by", _types.PlainText(), nullable=True),
    )
    op.create_index("audit_detail_by_subject", "audit_detail", ["tenant", "subject", "entry"])
    op.create_table(
        "audit_link",
        sa.Column("tenant", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Uuid(), nullable=False, unique=True),
        sa.Column("previous", _types.PlainText(), nullable=False),
        sa.Column("hash", _types.PlainText(), nullable=False),
    )
    op.create_table(
        "audit_waiting",
        sa.Column("entry", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
    )
    guard("audit_entry", rights="SELECT, INSERT")
    guard("audit_link", rights="SELECT, INSERT")
    guard("audit_detail", rights="SELECT, INSERT, UPDATE (before, after, salt, erased_by)")
    guard("audit_waiting", rights="SELECT, INSERT, DELETE")
    if op.get_bind().dialect.name == "sqlite":
        _refuse()


def _refuse() -> None:
    """SQLite knows no rights: what must not be changed refuses by itself."""
    for table in ("audit_entry", "audit_link"):
        _trigger(table, "UPDATE")
    _trigger("audit_detail", "UPDATE OF entry, number, tenant, subject")
    for table in ("audit_entry", "audit_link", "audit_detail"):
        _trigger(table, "DELETE")


def _trigger(table: str, what: str) -> None:
    name = f"{table}_{what.split(maxsplit=1)[0].lower()}"
    words = f"SELECT RAISE(ABORT, '{table} is append-only')"
    op.execute(sa.text(f"CREATE TRIGGER {name} BEFORE {what} ON {table} BEGIN {words}; END"))
