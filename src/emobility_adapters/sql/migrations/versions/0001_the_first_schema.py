"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("scopes", _types.JsonText(), nullable=False),
        sa.Column("secret_digest", _types.PlainText(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_client_by_tenant", "api_client", ["tenant", "id"], unique=False)

    op.create_table(
        "charging_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", _types.PlainText(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("start_identity", _types.OrderedText(), nullable=False),
        sa.Column("id_tag", _types.PlainText(), nullable=False),
        sa.Column("authorization", _types.PlainText(), nullable=False),
        sa.Column("token", sa.Uuid(), nullable=True),
        sa.Column("token_tenant", sa.Uuid(), nullable=True),
        sa.Column("customer", sa.Uuid(), nullable=True),
        sa.Column("contract", sa.Uuid(), nullable=True),
        sa.Column("tariff", sa.Uuid(), nullable=True),
        sa.Column("started_at", _types.UtcInstant(), nullable=False),
        sa.Column("started_reported", _types.PlainText(), nullable=True),
        sa.Column("started_received", _types.UtcInstant(), nullable=False),
        sa.Column("meter_start", sa.BigInteger(), nullable=True),
        sa.Column("meter_last", sa.BigInteger(), nullable=True),
        sa.Column("meter_last_at", _types.UtcInstant(), nullable=True),
        sa.Column("ended_at", _types.UtcInstant(), nullable=True),
        sa.Column("ended_reported", _types.PlainText(), nullable=True),
        sa.Column("ended_received", _types.UtcInstant(), nullable=True),
        sa.Column("meter_stop", sa.BigInteger(), nullable=True),
        sa.Column("stop_reason", _types.PlainText(), nullable=True),
        sa.Column("stop_identity", _types.PlainText(), nullable=True),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("last_message", _types.PlainText(), nullable=True),
        sa.Column("doubts", _types.PlainText(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("station", "start_identity", name="session_start_identity"),
        sa.UniqueConstraint("station", "transaction_id", name="session_transaction_id"),
    )
    op.create_index(
        "session_active_connector",
        "charging_session",
        ["station", "connector"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("session_stopped", "charging_session", ["station", "stop_identity"], unique=False)
    op.create_index(
        "session_ended_at",
        "charging_session",
        ["ended_at"],
        unique=False,
        sqlite_where=sa.text("state = 'ended'"),
        postgresql_where=sa.text("state = 'ended'"),
    )
    op.create_index(
        "session_estimated",
        "charging_session",
        ["station", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'ended' AND stop_identity IS NULL"),
        postgresql_where=sa.text("state = 'ended' AND stop_identity IS NULL"),
    )
    op.create_index("session_of_station", "charging_session", ["station", "id"], unique=False)
    op.create_index("session_of_tenant", "charging_session", ["tenant", "id"], unique=False)

    op.create_table(
        "command",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=True),
        sa.Column("id_tag", _types.PlainText(), nullable=True),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("status", _types.PlainText(), nullable=False),
        sa.Column("detail", _types.PlainText(), nullable=True),
        sa.Column("deadline", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("command_by_tenant", "command", ["tenant", "id"], unique=False)
    op.create_index(
        "command_open",
        "command",
        ["station", "deadline"],
        unique=False,
        sqlite_where=sa.text("status IN ('queued', 'sent', 'accepted')"),
        postgresql_where=sa.text("status IN ('queued', 'sent', 'accepted')"),
    )

    op.create_table(
        "connector",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("status", _types.PlainText(), nullable=False),
        sa.Column("error_code", _types.PlainText(), nullable=False),
        sa.Column("info", _types.PlainText(), nullable=True),
        sa.Column("reported", _types.PlainText(), nullable=True),
        sa.Column("received_at", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("station", "number", name="connector_number"),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("number", _types.PlainText(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=False),
        sa.Column("user_group", sa.Uuid(), nullable=True),
        sa.Column("validity", _types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("contract_by_tenant", "contract", ["tenant", "id"], unique=False)
    op.create_index("contract_number", "contract", ["tenant", "number"], unique=True)

    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("email", _types.PlainText(), nullable=True),
        sa.Column("language", _types.PlainText(), nullable=False),
        sa.Column("user_groups", _types.JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("customer_by_tenant", "customer", ["tenant", "id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("subscriber", _types.PlainText(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("parked_at", _types.UtcInstant(), nullable=False),
        sa.Column("last_error", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "event"),
    )
    op.create_table(
        "doubtful_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("content", _types.JsonText(), nullable=False),
        sa.Column("proposals", _types.JsonText(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("doubtful_report_by_tenant", "doubtful_report", ["tenant", "id"], unique=False)

    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("type", _types.PlainText(), nullable=False),
        sa.Column("subject", _types.PlainText(), nullable=False),
        sa.Column("at", _types.UtcInstant(), nullable=False),
        sa.Column("data", _types.JsonText(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("event_of_tenant", "event", ["tenant", "seq"], unique=True)
    op.create_index("event_position", "event", ["position"], unique=True)
    op.create_index(
        "event_unplaced",
        "event",
        ["id"],
        unique=False,
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )

    op.create_table(
        "external_id",
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("system", _types.PlainText(), nullable=False),
        sa.Column("value", _types.PlainText(), nullable=False),
        sa.Column("record", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "system", "value"),
    )
    op.create_index("external_id_of_record", "external_id", ["record"], unique=False)

    op.create_table(
        "idempotency_key",
        sa.Column("client", _types.PlainText(), nullable=False),
        sa.Column("key", _types.PlainText(), nullable=False),
        sa.Column("digest", _types.PlainText(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("body", _types.PlainText(), nullable=False),
        sa.Column("headers", _types.JsonText(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("client", "key"),
    )
    op.create_table(
        "meter_reading",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=True),
        sa.Column("at", _types.UtcInstant(), nullable=False),
        sa.Column("received_at", _types.UtcInstant(), nullable=False),
        sa.Column("reported", _types.PlainText(), nullable=True),
        sa.Column("energy", sa.BigInteger(), nullable=True),
        sa.Column("power_w", sa.BigInteger(), nullable=True),
        sa.Column("qualities", _types.PlainText(), nullable=False),
        sa.Column("samples", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("meter_reading_of_session", "meter_reading", ["session", "id"], unique=False)

    op.create_table(
        "operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("status", _types.PlainText(), nullable=False),
        sa.Column("progress", _types.JsonText(), nullable=False),
        sa.Column("result", _types.JsonText(), nullable=True),
        sa.Column("error", _types.PlainText(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("operation_by_tenant", "operation", ["tenant", "id"], unique=False)

    op.create_table(
        "rated_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("session", sa.Uuid(), nullable=False),
        sa.Column("tariff", sa.Uuid(), nullable=True),
        sa.Column("currency", _types.PlainText(), nullable=False),
        sa.Column("include_vat", sa.Boolean(), nullable=False),
        sa.Column("vat_percent", _types.PlainText(), nullable=False),
        sa.Column("lines", _types.JsonText(), nullable=False),
        sa.Column("total", _types.PlainText(), nullable=False),
        sa.Column("reasons", _types.JsonText(), nullable=False),
        sa.Column("rated_at", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("session"),
    )
    op.create_table(
        "reacted",
        sa.Column("subscriber", _types.PlainText(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber", "event"),
    )
    op.create_table(
        "server_key",
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("value", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("address", _types.JsonText(), nullable=False),
        sa.Column("time_zone", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("site_by_tenant", "site", ["tenant", "id"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("identity", _types.PlainText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("site", sa.Uuid(), nullable=True),
        sa.Column("power_class", _types.PlainText(), nullable=False),
        sa.Column("station_groups", _types.JsonText(), nullable=False),
        sa.Column("key_digest", _types.PlainText(), nullable=True),
        sa.Column(
            "folded", _types.PlainText(), sa.Computed("lower(identity)", persisted=True), nullable=False
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("station_by_tenant", "station", ["tenant", "id"], unique=False)

    op.create_table(
        "station_frame",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("received_at", _types.UtcInstant(), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("frame", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )

    op.create_table(
        "station_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("station_group_by_tenant", "station_group", ["tenant", "id"], unique=False)

    op.create_table(
        "station_report",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("connector", sa.BigInteger(), nullable=True),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("content", _types.JsonText(), nullable=False),
        sa.Column("at", _types.UtcInstant(), nullable=False),
        sa.Column("received_at", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("station_report_of_station", "station_report", ["station", "id"], unique=False)

    op.create_table(
        "station_state",
        sa.Column("station", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("online_since", _types.UtcInstant(), nullable=True),
        sa.Column("last_seen_at", _types.UtcInstant(), nullable=True),
        sa.Column("boots", sa.BigInteger(), nullable=False),
        sa.Column("booted_at", _types.UtcInstant(), nullable=True),
        sa.Column("boot", _types.JsonText(), nullable=True),
        sa.PrimaryKeyConstraint("station"),
    )
    op.create_table(
        "subscriber_position",
        sa.Column("subscriber", _types.PlainText(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscriber"),
    )
    op.create_table(
        "tariff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("prices", _types.JsonText(), nullable=False),
        sa.Column("current", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tariff_by_tenant", "tariff", ["tenant", "id"], unique=False)

    op.create_table(
        "tariff_assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("tariff", sa.Uuid(), nullable=False),
        sa.Column("station_group", sa.Uuid(), nullable=True),
        sa.Column("user_group", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tariff_assignment_by_tenant", "tariff_assignment", ["tenant", "id"], unique=False)

    op.create_table(
        "tariff_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("tariff", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("prices", _types.JsonText(), nullable=False),
        sa.Column("since", _types.UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tariff", "number", name="tariff_version_number"),
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("kind", _types.PlainText(), nullable=False),
        sa.Column("parent", sa.Uuid(), nullable=True),
        sa.Column("path", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("tenant_by_tenant", "tenant", ["tenant", "id"], unique=False)
    op.create_index("tenant_path", "tenant", ["path"], unique=True)

    op.create_table(
        "token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("id_tag", _types.PlainText(), nullable=False),
        sa.Column("customer", sa.Uuid(), nullable=True),
        sa.Column("contract", sa.Uuid(), nullable=True),
        sa.Column("parent", _types.PlainText(), nullable=True),
        sa.Column("validity", _types.JsonText(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("blocked_since", _types.UtcInstant(), nullable=True),
        sa.Column("label", _types.PlainText(), nullable=False),
        sa.Column("folded", _types.PlainText(), sa.Computed("lower(id_tag)", persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("token_by_tenant", "token", ["tenant", "id"], unique=False)

    op.create_table(
        "user_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("user_group_by_tenant", "user_group", ["tenant", "id"], unique=False)
    op.create_index("station_identity", "station", ["folded"], unique=True)
    op.create_index("token_id_tag", "token", ["folded", "tenant"], unique=True)
