"""Row-level security for tables that came after the first schema; PostgreSQL alone has it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_APP, _WRITER = "emobility_app", "emobility_writer"
_SCOPE = "nullif(current_setting('emobility.scope', true), '')"
_BELOW = f"path LIKE {_SCOPE} || '%'"
_ABOVE = f"{_SCOPE} LIKE path || '%'"


def guard(
    table: str,
    *,
    by_stations: bool = False,
    handed_down: bool = False,
    rights: str = "SELECT, INSERT, UPDATE, DELETE",
) -> None:
    """Let the server's role see the rows of its scope alone; `by_stations` lets the hot path write too.

    What is `handed_down` is also read, not written, by the tenants below.
    """
    if op.get_bind().dialect.name != "postgresql":
        return
    below = f"tenant IN (SELECT id FROM tenant WHERE {_BELOW})"
    _run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(f"CREATE POLICY scope ON {table} TO {_APP} USING ({below}) WITH CHECK ({below})")
    if handed_down:
        hand_down(table)
    _run(f"GRANT {rights} ON {table} TO {_APP}")
    _run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_APP}, {_WRITER}")
    if by_stations:
        _run(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {_WRITER}")
        _run(f"CREATE POLICY stations ON {table} TO {_WRITER} USING (true) WITH CHECK (true)")
    _limit_to_stations(table)


def hand_down(table: str) -> None:
    """Let the tenants below read, not write, the rows of a table behind a wall."""
    if op.get_bind().dialect.name == "postgresql":
        above = f"tenant IN (SELECT id FROM tenant WHERE {_ABOVE})"
        _run(f"CREATE POLICY above ON {table} FOR SELECT TO {_APP} USING ({above})")


def received_by(table: str, column: str) -> None:
    """Let the tenant that this column names read, not write, what another one gave it."""
    if op.get_bind().dialect.name == "postgresql":
        below = f"{column} IN (SELECT id FROM tenant WHERE {_BELOW})"
        _run(f"CREATE POLICY received ON {table} FOR SELECT TO {_APP} USING ({below})")


def limit_all_to_stations() -> None:
    """Limit every table behind a wall that came before there was a limit to stations."""
    if op.get_bind().dialect.name != "postgresql":
        return
    walls = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity ORDER BY relname")
    for table in op.get_bind().execute(walls).scalars().all():
        # The tree itself stays: every other wall looks a tenant up in it.
        if table != "tenant":
            _limit_to_stations(table)


# The operation and the events of a command to such a station are written, those of others not read; what is
# done to it stands in its owner's audit log.
_WRITTEN_UNLIMITED = ("operation", "event", "audit_entry", "audit_detail", "audit_waiting")
# Read once for each statement, not for each row.
_STATIONS = "(SELECT nullif(current_setting('emobility.stations', true), ''))"
_UNLIMITED = f"{_STATIONS} IS NULL"


def _limit_to_stations(table: str) -> None:
    """Where the unit of work is limited to stations, let it see what belongs to these alone."""
    policies = sa.text("SELECT 1 FROM pg_policies WHERE tablename = :table AND policyname = 'limited'")
    if op.get_bind().execute(policies, {"table": table}).first() is not None:
        return
    theirs = _of_stations(table)
    written = "true" if table in _WRITTEN_UNLIMITED else f"{_UNLIMITED} OR {theirs}"
    _run(
        f"CREATE POLICY limited ON {table} AS RESTRICTIVE TO {_APP}"
        f" USING ({_UNLIMITED} OR {theirs}) WITH CHECK ({written})"
    )


def _of_stations(table: str) -> str:
    listed = f"= ANY ({_STATIONS}::uuid[])"
    if table == "station":
        return f"id {listed}"
    if table == "operation":
        return (
            f"(SELECT asked.station FROM command asked WHERE asked.operation = operation.id LIMIT 1) {listed}"
        )
    if table == "rated_session":
        # Row by row through the key: a list of all sessions would be made for it otherwise.
        return f"(SELECT one.station FROM charging_session one WHERE one.id = session) {listed}"
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
    return f"station {listed}" if "station" in columns else "false"


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
