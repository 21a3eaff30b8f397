"""On PostgreSQL a connection without a scope sees nothing; an index for stops that stations repeat.

A setting that was made for one transaction is the empty text afterwards, not null, and every path
begins with the empty text: a pooled connection saw everything once its first unit was over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_OF_TENANTS = (
    "api_client", "site", "station_group", "station", "station_state", "connector", "station_report",
    "station_frame", "command", "user_group", "customer", "contract", "token", "tariff",
    "tariff_assignment", "charging_session", "meter_reading", "doubtful_report", "rated_session",
    "operation", "event", "external_id",
)  # fmt: skip

_SCOPE = "nullif(current_setting('emobility.scope', true), '')"
_BELOW = f"path LIKE {_SCOPE} || '%'"
_ABOVE = f"{_SCOPE} LIKE path || '%'"


def upgrade() -> None:
    op.create_index("session_ended", "charging_session", ["station", "ended_reported"], unique=False)
    if op.get_bind().dialect.name != "postgresql":
        return
    _run(f"ALTER POLICY line ON tenant USING ({_BELOW} OR {_ABOVE}) WITH CHECK ({_BELOW})")
    for table in _OF_TENANTS:
        _wall(table, f"tenant IN (SELECT id FROM tenant WHERE {_BELOW})")
    _wall("tariff_version", f"tenant IN (SELECT id FROM tenant WHERE {_BELOW} OR {_ABOVE})")


def _wall(table: str, condition: str) -> None:
    _run(f"ALTER POLICY scope ON {table} USING ({condition}) WITH CHECK ({condition})")


def _run(statement: str) -> None:
    op.execute(sa.text(statement))
