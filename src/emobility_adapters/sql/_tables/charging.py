"""Sessions, their readings, doubts about them, and reservations."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, counted, json, key, metadata, number, record, ref, text
from emobility_adapters.sql._types import OrderedText, PlainText

charging_session = sa.Table(
    "charging_session",
    metadata,
    key(),
    text("state"),
    ref("tenant"),
    ref("station"),
    number("connector"),
    number("transaction_id"),
    sa.Column("start_identity", OrderedText, nullable=False),
    text("id_tag"),
    text("authorization"),
    ref("token", null=True),
    ref("token_tenant", null=True),
    ref("customer", null=True),
    ref("contract", null=True),
    ref("grant", null=True),
    ref("tariff", null=True),
    at("started_at"),
    text("started_reported", null=True),
    at("started_received"),
    at("started_corrected", null=True),
    number("meter_start", null=True),
    number("meter_last", null=True),
    at("meter_last_at", null=True),
    at("ended_at", null=True),
    text("ended_reported", null=True),
    at("ended_received", null=True),
    at("ended_corrected", null=True),
    number("meter_stop", null=True),
    text("stop_reason", null=True),
    text("stop_identity", null=True),
    at("updated_at"),
    text("last_message", null=True),
    text("doubts"),
    sa.Column("accepted", PlainText, nullable=False, server_default=""),
    sa.Column("discarded", sa.Boolean, nullable=True),
    number("version"),
    sa.UniqueConstraint("station", "start_identity", name="session_start_identity"),
    sa.UniqueConstraint("station", "transaction_id", name="session_transaction_id"),
)
_active = charging_session.c.state == "active"
sa.Index(
    "session_active_connector",
    charging_session.c.station,
    charging_session.c.connector,
    unique=True,
    sqlite_where=_active,
    postgresql_where=_active,
)
sa.Index("session_active_token", charging_session.c.token, sqlite_where=_active, postgresql_where=_active)
sa.Index("session_of_tenant", charging_session.c.tenant, charging_session.c.id)
sa.Index("session_of_station", charging_session.c.station, charging_session.c.id)
sa.Index("session_stopped", charging_session.c.station, charging_session.c.stop_identity)
_in_doubt = charging_session.c.doubts != charging_session.c.accepted
sa.Index(
    "session_in_doubt",
    charging_session.c.tenant,
    charging_session.c.id,
    sqlite_where=_in_doubt,
    postgresql_where=_in_doubt,
)
_ended = charging_session.c.state == "ended"
sa.Index("session_ended_at", charging_session.c.ended_at, sqlite_where=_ended, postgresql_where=_ended)
_estimated = sa.and_(charging_session.c.state == "ended", charging_session.c.stop_identity.is_(None))
sa.Index(
    "session_estimated",
    charging_session.c.station,
    charging_session.c.id,
    sqlite_where=_estimated,
    postgresql_where=_estimated,
)

meter_reading = sa.Table(
    "meter_reading",
    metadata,
    counted(),
    ref("tenant"),
    ref("station"),
    number("connector"),
    ref("session", null=True),
    at("at"),
    at("received_at"),
    text("reported", null=True),
    number("energy", null=True),
    number("power_w", null=True),
    text("qualities"),
    text("samples"),
    sa.Index("meter_reading_of_session", "session", "id"),
)
reservation = record(
    "reservation",
    ref("station"),
    number("number"),
    json("terms"),
    at("expires_at"),
    json("replacement", null=True),
    text("status"),
    text("outcome", null=True),
    ref("session", null=True),
)
sa.Index("reservation_number", reservation.c.station, reservation.c.number, unique=True)
_kept = reservation.c.status.in_(("requested", "active"))
sa.Index(
    "reservation_open", reservation.c.station, reservation.c.id, sqlite_where=_kept, postgresql_where=_kept
)
sa.Index("reservation_due", reservation.c.expires_at, sqlite_where=_kept, postgresql_where=_kept)
doubtful_report = record(
    "doubtful_report",
    ref("station"),
    text("kind"),
    json("content"),
    json("proposals"),
    ref("session", null=True),
    sa.Column("state", PlainText, nullable=False, server_default="open"),
    ref("resolution", null=True),
)
_unresolved = doubtful_report.c.state == "open"
sa.Index(
    "doubtful_report_open",
    doubtful_report.c.tenant,
    doubtful_report.c.id,
    sqlite_where=_unresolved,
    postgresql_where=_unresolved,
)
resolution = record(
    "resolution",
    ref("station"),
    text("action"),
    text("reason"),
    text("by"),
    ref("report", null=True),
    ref("session", null=True),
)
sa.Index("resolution_of_session", resolution.c.session)
sa.Index("resolution_of_report", resolution.c.report)
