"""Row-level security for tables that came after the first schema; PostgreSQL alone has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_APP, _WRITER = "emobility_app", "emobility_writer"
_BELOW = "path LIKE nullif(current_setting('emobility.scope', true), '') || '%'"


def guard(table: str, *, by_stations: bool = False) -> None:
    """Let the server's role see the rows of its scope alone; `by_stations` lets the hot path write too."""
    if op.get_bind().dialect.name != "postgresql":
        return
    below = f"tenant IN (SELECT id FROM tenant WHERE {_BELOW})"
    _run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(f"CREATE POLICY scope ON {table} TO {_APP} USING ({below}) WITH CHECK ({below})")
    _run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_APP}")
    _run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_APP}, {_WRITER}")
    if by_stations:
        _run(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {_WRITER}")
        _run(f"CREATE POLICY stations ON {table} TO {_WRITER} USING (true) WITH CHECK (true)")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
