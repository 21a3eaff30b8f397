"""Row-level security for tables that came after the first schema; PostgreSQL alone has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_APP, _WRITER = "emobility_app", "emobility_writer"
_SCOPE = "nullif(current_setting('emobility.scope', true), '')"
_BELOW = f"path LIKE {_SCOPE} || '%'"
_ABOVE = f"{_SCOPE} LIKE path || '%'"


def guard(table: str, *, by_stations: bool = False, handed_down: bool = False) -> None:
    """Let the server's role see the rows of its scope alone; `by_stations` lets the hot path write too.

    What is `handed_down` is also read, not written, by the tenants below.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    below = f"tenant IN (SELECT id FROM tenant WHERE {_BELOW})"
    _run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(f"CREATE POLICY scope ON {table} TO {_APP} USING ({below}) WITH CHECK ({below})")
    if handed_down:
        above = f"tenant IN (SELECT id FROM tenant WHERE {_ABOVE})"
        _run(f"CREATE POLICY above ON {table} FOR SELECT TO {_APP} USING ({above})")
    _run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {_APP}")
    _run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_APP}, {_WRITER}")
    if by_stations:
        _run(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {_WRITER}")
        _run(f"CREATE POLICY stations ON {table} TO {_WRITER} USING (true) WITH CHECK (true)")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
