"""Walls around what belongs to no tenant: answers are their client's, the server's keys the server's own; and
what a tenant above has published is read below, no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_APP = "emobility_app"
_SCOPE = "coalesce(current_setting('emobility.scope', true), '')"
_PART = "nullif(current_setting('emobility.scope', true), '')"
_CLIENT = "nullif(current_setting('emobility.client', true), '')"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    _run("ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY")
    asked = f"client = {_CLIENT}"
    _run(f"CREATE POLICY asked ON idempotency_key TO {_APP} USING ({asked}) WITH CHECK ({asked})")
    # Old answers are dropped, and erased persons taken out of them, by jobs that see everything.
    everything = f"{_SCOPE} = '/'"
    _run(f"CREATE POLICY upkeep ON idempotency_key TO {_APP} USING ({everything}) WITH CHECK ({everything})")
    _run("ALTER TABLE server_key ENABLE ROW LEVEL SECURITY")
    # No unit of a tenant's, and so of no request; keys are made by the owner of the schema.
    _run(f"CREATE POLICY servers ON server_key TO {_APP} USING ({_SCOPE} IN ('', '/'))")
    _run(f"REVOKE INSERT, DELETE ON server_key FROM {_APP}")
    _run("DROP POLICY scope ON tariff_version")
    below, above = f"path LIKE {_PART} || '%'", f"{_PART} LIKE path || '%'"
    theirs = f"tenant IN (SELECT id FROM tenant WHERE {below})"
    _run(f"CREATE POLICY scope ON tariff_version TO {_APP} USING ({theirs}) WITH CHECK ({theirs})")
    handed_down = f"tenant IN (SELECT id FROM tenant WHERE {above})"
    _run(f"CREATE POLICY above ON tariff_version FOR SELECT TO {_APP} USING ({handed_down})")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
