"""Row-level security on PostgreSQL: a second wall behind the scope of every statement.

The server never works as the owner of the tables: it takes the role `emobility_app`, which sees the
rows of its scope alone, or, for reports of stations, `emobility_writer`, which touches the hot tables
alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_APP, _WRITER = "emobility_app", "emobility_writer"

_OF_TENANTS = (
    "api_client", "site", "station_group", "station", "station_state", "connector", "station_report",
    "station_frame", "command", "user_group", "customer", "contract", "token", "tariff",
    "tariff_assignment", "charging_session", "meter_reading", "doubtful_report", "rated_session",
    "operation", "event", "external_id",
)  # fmt: skip
_WRITTEN_BY_STATIONS = (
    "charging_session", "meter_reading", "station_frame", "station_report", "station_state", "connector",
    "doubtful_report", "rated_session", "event",
)  # fmt: skip
# Each report changes a row of theirs. With room on its page the new version stays there, and none of the
# indexes has to learn of it.
_CHANGED_IN_PLACE = ("charging_session", "station_state", "connector")

# A setting made for one transaction is the empty text afterwards, not null, and every path begins with
# the empty text.
_SCOPE = "nullif(current_setting('emobility.scope', true), '')"
_BELOW = f"path LIKE {_SCOPE} || '%'"
_ABOVE = f"{_SCOPE} LIKE path || '%'"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for role in (_APP, _WRITER):
        _make_role(role)
    _run(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {_APP}")
    _run(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_APP}, {_WRITER}")
    for table in (*_WRITTEN_BY_STATIONS, "reacted"):
        _run(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {_WRITER}")
    for table in _CHANGED_IN_PLACE:
        _run(f"ALTER TABLE {table} SET (fillfactor = 50)")
    _run("ALTER TABLE tenant ENABLE ROW LEVEL SECURITY")
    _run(f"CREATE POLICY line ON tenant TO {_APP} USING ({_BELOW} OR {_ABOVE}) WITH CHECK ({_BELOW})")
    for table in _OF_TENANTS:
        _wall(table, f"tenant IN (SELECT id FROM tenant WHERE {_BELOW})")
    # What was published above counts below: sessions of a department are priced by its company's tariff.
    _wall("tariff_version", f"tenant IN (SELECT id FROM tenant WHERE {_BELOW} OR {_ABOVE})")
    for table in _WRITTEN_BY_STATIONS:
        _run(f"CREATE POLICY stations ON {table} TO {_WRITER} USING (true) WITH CHECK (true)")


def _wall(table: str, condition: str) -> None:
    _run(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    _run(f"CREATE POLICY scope ON {table} TO {_APP} USING ({condition}) WITH CHECK ({condition})")


def _make_role(role: str) -> None:
    # Roles belong to the whole server: another database of it may have made them already.
    _run(
        f"""
        DO $$ BEGIN
            CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
        """
    )
    _run(f"GRANT {role} TO CURRENT_USER")
    _run(f"GRANT USAGE ON SCHEMA public TO {role}")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
