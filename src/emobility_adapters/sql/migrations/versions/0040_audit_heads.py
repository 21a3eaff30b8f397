"""Where the chain of each tenant ends, kept beside it: what is cut off its end is noticed at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0040"
down_revision = "0039"

_BACK = "audit_head only goes on"


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("tenant", sa.Uuid(), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", _types.PlainText(), nullable=False),
    )
    last = "SELECT max(seq) FROM audit_link AS other WHERE other.tenant = audit_link.tenant"
    ends = f"SELECT tenant, seq, hash FROM audit_link WHERE seq = ({last})"
    op.execute(sa.text(f"INSERT INTO audit_head (tenant, seq, hash) {ends}"))
    guard("audit_head", rights="SELECT, INSERT, UPDATE (seq, hash)")
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        backwards = "UPDATE ON audit_head WHEN NEW.seq <= OLD.seq OR NEW.tenant <> OLD.tenant"
        for name, what in (("update", backwards), ("delete", "DELETE ON audit_head")):
            words = f"BEGIN SELECT RAISE(ABORT, '{_BACK}'); END"
            op.execute(sa.text(f"CREATE TRIGGER audit_head_{name} BEFORE {what} {words}"))


def _refuse_on_postgresql() -> None:
    words = f"BEGIN RAISE EXCEPTION '{_BACK}' USING ERRCODE = 'integrity_constraint_violation'; END"
    op.execute(
        sa.text(f"CREATE FUNCTION audit_head_goes_on() RETURNS trigger LANGUAGE plpgsql AS $${words}$$")
    )
    op.execute(
        sa.text(
            "CREATE TRIGGER audit_head_update BEFORE UPDATE ON audit_head FOR EACH ROW"
            " WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION audit_head_goes_on()"
        )
    )
