"""Security profiles of stations, certificates and their authorities, and security events."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _widen_stations()
    _make_authorities()
    _make_certificates()
    _make_events()
    for table in ("certificate_authority", "station_certificate", "security_event"):
        guard(table)
    if op.get_bind().dialect.name == "postgresql":
        # An authority vouches for the tenants below its own: their stations' lines must find it.
        scope = "nullif(current_setting('emobility.scope', true), '')"
        above = f"tenant IN (SELECT id FROM tenant WHERE {scope} LIKE path || '%')"
        op.execute(
            sa.text(
                f"CREATE POLICY above ON certificate_authority FOR SELECT TO emobility_app USING ({above})"
            )
        )


def _widen_stations() -> None:
    # Not as a batch: SQLite's copy of a table cannot carry over a generated column.
    op.add_column(
        "station", sa.Column("security_profile", sa.BigInteger(), nullable=False, server_default="0")
    )
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("station", "security_profile", server_default=None)
    op.add_column("station", sa.Column("requested_profile", sa.BigInteger(), nullable=True))
    op.add_column("station", sa.Column("pending_key_digest", _types.PlainText(), nullable=True))
    op.add_column("station", sa.Column("serial_number", _types.PlainText(), nullable=True))
    op.add_column("station_state", sa.Column("line_profile", sa.BigInteger(), nullable=True))


def _record(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(f"{name}_by_tenant", name, ["tenant", "id"])


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _types.PlainText(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _types.UtcInstant(), nullable=null)


def _make_authorities() -> None:
    _record(
        "certificate_authority",
        _text("name"),
        _text("organization"),
        _text("subject"),
        _text("serial"),
        _at("not_before"),
        _at("not_after"),
        _text("certificate"),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        _text("sealed_key", null=True),
    )


def _make_certificates() -> None:
    _record(
        "station_certificate",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("authority", sa.Uuid(), nullable=False),
        _text("status"),
        _text("serial"),
        _text("common_name"),
        _at("not_before"),
        _at("not_after"),
        _text("issuer_name_hash"),
        _text("issuer_key_hash"),
        _text("certificate"),
        _text("request"),
        _at("renewed_at", null=True),
        _at("revoked_at", null=True),
        _text("reason", null=True),
    )
    op.create_index("station_certificate_of_station", "station_certificate", ["station", "id"])
    op.create_index("station_certificate_by_end", "station_certificate", ["status", "not_after"])


def _make_events() -> None:
    _record(
        "security_event",
        sa.Column("station", sa.Uuid(), nullable=True),
        _text("source"),
        _text("type"),
        sa.Column("critical", sa.Boolean(), nullable=False),
        _text("info", null=True),
        _text("reported", null=True),
        _at("at"),
    )
    op.create_index("security_event_of_station", "security_event", ["station", "id"])
