"""One table per aggregate. Column names are attribute names; a test holds them against the classes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from emobility_adapters.sql._types import JsonText, OrderedText, PlainText, UtcInstant

metadata = sa.MetaData()

_Column = sa.Column[Any]


def _id(name: str = "id") -> _Column:
    return sa.Column(name, sa.Uuid, primary_key=True)


def _ref(name: str, *, null: bool = False) -> _Column:
    return sa.Column(name, sa.Uuid, nullable=null)


def _text(name: str, *, null: bool = False) -> _Column:
    return sa.Column(name, PlainText, nullable=null)


def _at(name: str, *, null: bool = False) -> _Column:
    return sa.Column(name, UtcInstant, nullable=null)


def _json(name: str, *, null: bool = False) -> _Column:
    return sa.Column(name, JsonText, nullable=null)


def _number(name: str, *, null: bool = False) -> _Column:
    return sa.Column(name, sa.BigInteger, nullable=null)


def _flag(name: str) -> _Column:
    return sa.Column(name, sa.Boolean, nullable=False)


def _folded(name: str) -> _Column:
    """What a name is compared by. A column rather than an index on `lower(name)`: PostgreSQL uses that
    only behind row-level security, for which `lower` is not leakproof."""
    return sa.Column("folded", PlainText, sa.Computed(f"lower({name})", persisted=True), nullable=False)


def _counted() -> _Column:
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )


def _record(name: str, *columns: Any) -> sa.Table:
    """A master record: what every one has, and its own columns."""
    common = [
        _id(),
        _ref("tenant"),
        _at("created_at"),
        _at("updated_at"),
        _number("version"),
        _json("external_ids"),
    ]
    table = sa.Table(name, metadata, *common, *columns)
    sa.Index(f"{name}_by_tenant", table.c.tenant, table.c.id)
    return table


def _watch_rules() -> _Column:
    return sa.Column("watch_rules", JsonText, nullable=False, server_default="{}")


tenant = _record(
    "tenant", _text("name"), _text("kind"), _ref("parent", null=True), _text("path"), _watch_rules()
)
sa.Index("tenant_path", tenant.c.path, unique=True)

api_client = _record("api_client", _text("name"), _json("scopes"), _text("secret_digest"), _flag("enabled"))

site = _record("site", _text("name"), _json("address"), _text("time_zone"), _watch_rules())
station_group = _record("station_group", _text("name"))
station = _record(
    "station",
    _text("identity"),
    _text("name"),
    _ref("site", null=True),
    _text("power_class"),
    _json("station_groups"),
    _text("key_digest", null=True),
    _flag("is_test"),
    _text("pending_key_digest", null=True),
    _number("security_profile"),
    _number("requested_profile", null=True),
    _text("serial_number", null=True),
    _text("local_list"),
    _folded("identity"),
)
sa.Index("station_identity", station.c.folded, unique=True)

quarantined_station = _record(
    "quarantined_station",
    _text("identity"),
    _text("remote_address"),
    _at("last_seen_at"),
    _number("lines"),
    _json("boot", null=True),
    _json("frames"),
    _text("key_digest", null=True),
    _number("key_changes"),
    _number("withheld"),
    _folded("identity"),
)
sa.Index("quarantined_station_identity", quarantined_station.c.folded, unique=True)

station_configuration = _record(
    "station_configuration",
    _ref("station"),
    _text("status"),
    _json("reported"),
    _json("unknown"),
    _at("read_at", null=True),
    _at("verified_at", null=True),
    _json("deviations"),
    _json("awaiting_reboot"),
    _text("detail", null=True),
    _text("expectation", null=True),
    _number("tries"),
    _number("boots"),
    _json("changes"),
    _json("check", null=True),
)
sa.Index("station_configuration_of_station", station_configuration.c.station, unique=True)
configuration_template = _record(
    "configuration_template", _text("name"), _text("vendor"), _text("model"), _json("keys")
)

station_state = sa.Table(
    "station_state",
    metadata,
    _id("station"),
    _ref("tenant"),
    _flag("online"),
    _at("online_since", null=True),
    _at("last_seen_at", null=True),
    _number("boots"),
    _at("booted_at", null=True),
    _json("boot", null=True),
    _number("line_profile", null=True),
    sa.Column("unreachable", sa.Boolean, nullable=False, server_default=sa.false()),
    _number("clock_offset_ms", null=True),
    _at("clock_measured_at", null=True),
    sa.Column("traffic", JsonText, nullable=False, server_default="[]"),
)
_away = sa.text("NOT online AND NOT unreachable")
sa.Index("station_state_away", station_state.c.station, sqlite_where=_away, postgresql_where=_away)
connector = sa.Table(
    "connector",
    metadata,
    _id(),
    _ref("tenant"),
    _ref("station"),
    _number("number"),
    _text("status"),
    _text("error_code"),
    _text("info", null=True),
    _text("reported", null=True),
    _at("received_at"),
    sa.UniqueConstraint("station", "number", name="connector_number"),
)
station_report = sa.Table(
    "station_report",
    metadata,
    _counted(),
    _ref("tenant"),
    _ref("station"),
    _number("connector", null=True),
    _text("kind"),
    _json("content"),
    _at("at"),
    _at("received_at"),
    sa.Index("station_report_of_station", "station", "id"),
)
station_frame = sa.Table(
    "station_frame",
    metadata,
    _counted(),
    _ref("tenant"),
    _ref("station"),
    _at("received_at"),
    _flag("inbound"),
    _text("frame"),
    _number("exchange"),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    _text("action", null=True),
)
# Frames are found by their exchange, which is noted a while after they came: see `frame_pairs.py`.
station_exchange = sa.Table(
    "station_exchange",
    metadata,
    _ref("tenant"),
    _id("station"),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    _number("request", null=True),
    _number("answer", null=True),
    sqlite_with_rowid=False,
)
# One row: the last frame whose exchange is noted.
frames_paired = sa.Table(
    "frames_paired",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    _number("up_to"),
)
command = _record(
    "command",
    _ref("station"),
    _json("order"),
    _text("kind"),
    _ref("operation"),
    _ref("session", null=True),
    _text("status"),
    _text("detail", null=True),
    _json("answer", null=True),
    _at("deadline"),
)
_open = command.c.status.in_(("queued", "sent", "accepted"))
sa.Index("command_open", command.c.station, command.c.deadline, sqlite_where=_open, postgresql_where=_open)

certificate_authority = _record(
    "certificate_authority",
    _text("name"),
    _text("organization"),
    _text("subject"),
    _text("serial"),
    _at("not_before"),
    _at("not_after"),
    _text("certificate"),
    _flag("enabled"),
    _text("sealed_key", null=True),
)
station_certificate = _record(
    "station_certificate",
    _ref("station"),
    _ref("authority"),
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
sa.Index("station_certificate_of_station", station_certificate.c.station, station_certificate.c.id)
sa.Index("station_certificate_by_end", station_certificate.c.status, station_certificate.c.not_after)
installed_certificate = sa.Table(
    "installed_certificate",
    metadata,
    _id("station"),
    sa.Column("use", PlainText, primary_key=True),
    _ref("tenant"),
    _json("certificates"),
    _at("told_at"),
)
security_event = _record(
    "security_event",
    _ref("station", null=True),
    _text("source"),
    _text("type"),
    _flag("critical"),
    _text("info", null=True),
    _text("reported", null=True),
    _at("at"),
)
sa.Index("security_event_of_station", security_event.c.station, security_event.c.id)

attachment = _record(
    "attachment",
    _ref("station"),
    _ref("command"),
    _text("name"),
    _text("media_type"),
    _number("size"),
    _text("sha256"),
)
sa.Index("attachment_of_command", attachment.c.command, unique=True)

installed_profile = _record(
    "installed_profile",
    _ref("station"),
    _number("connector"),
    _json("profile"),
    _ref("session", null=True),
    _text("state"),
    _ref("command"),
    _text("detail", null=True),
)
sa.Index("installed_profile_of_station", installed_profile.c.station, installed_profile.c.id)
sa.Index("installed_profile_of_command", installed_profile.c.command)
schedule_comparison = _record(
    "schedule_comparison",
    _ref("station"),
    _number("connector"),
    _json("ours"),
    _json("stations", null=True),
    _json("differences"),
    _text("state"),
    _ref("command"),
    _text("detail", null=True),
)
sa.Index("schedule_comparison_of_command", schedule_comparison.c.command)
load_budget = _record(
    "load_budget",
    _ref("site"),
    _text("unit"),
    _json("limits"),
    _text("strategy"),
    _number("voltage"),
    _number("grant_s"),
    _number("clock_tolerance_s"),
    _number("turn_s"),
    _json("group_priorities"),
    _text("simultaneity", null=True),
)
sa.Index("load_budget_site", load_budget.c.site, unique=True)
load_point = _record(
    "load_point",
    _ref("budget"),
    _ref("station"),
    _number("connector"),
    _text("wiring"),
    _number("phases", null=True),
    _text("max_current"),
    _text("fail_safe"),
    _text("unit"),
    _flag("forgets_profiles"),
    _flag("active"),
)
sa.Index("load_point_place", load_point.c.station, load_point.c.connector, unique=True)
sa.Index("load_point_of_budget", load_point.c.budget, load_point.c.id)
load_limit = _record(
    "load_limit",
    _ref("budget"),
    _text("source"),
    _text("unit"),
    _json("limits"),
    _at("since", null=True),
    _at("until", null=True),
    _text("reason"),
)
sa.Index("load_limit_of_budget", load_limit.c.budget, load_limit.c.until)
load_priority = _record("load_priority", _ref("session"), _number("priority"))
sa.Index("load_priority_session", load_priority.c.session, unique=True)
site_load = _record("site_load", _number("orders"), _json("standings"))

user_group = _record("user_group", _text("name"))
customer = _record(
    "customer",
    _text("name"),
    _text("kind"),
    _text("email", null=True),
    _text("language"),
    _json("user_groups"),
)
contract = _record(
    "contract", _text("number"), _ref("customer"), _ref("user_group", null=True), _json("validity")
)
sa.Index("contract_number", contract.c.tenant, contract.c.number, unique=True)
token = _record(
    "token",
    _text("id_tag"),
    _ref("customer", null=True),
    _ref("contract", null=True),
    _text("parent", null=True),
    _json("validity"),
    _flag("blocked"),
    _at("blocked_since", null=True),
    _flag("concurrent"),
    _text("label"),
    _folded("id_tag"),
)
sa.Index("token_id_tag", token.c.folded, token.c.tenant, unique=True)

tariff = _record("tariff", _text("name"), _json("prices"), _ref("current", null=True))
tariff_version = sa.Table(
    "tariff_version",
    metadata,
    _id(),
    _ref("tenant"),
    _ref("tariff"),
    _number("number"),
    _json("prices"),
    _at("since"),
    sa.UniqueConstraint("tariff", "number", name="tariff_version_number"),
)
tariff_assignment = _record(
    "tariff_assignment",
    _ref("tariff"),
    _ref("station_group", null=True),
    _ref("user_group", null=True),
)

charging_session = sa.Table(
    "charging_session",
    metadata,
    _id(),
    _text("state"),
    _ref("tenant"),
    _ref("station"),
    _number("connector"),
    _number("transaction_id"),
    sa.Column("start_identity", OrderedText, nullable=False),
    _text("id_tag"),
    _text("authorization"),
    _ref("token", null=True),
    _ref("token_tenant", null=True),
    _ref("customer", null=True),
    _ref("contract", null=True),
    _ref("tariff", null=True),
    _at("started_at"),
    _text("started_reported", null=True),
    _at("started_received"),
    _at("started_corrected", null=True),
    _number("meter_start", null=True),
    _number("meter_last", null=True),
    _at("meter_last_at", null=True),
    _at("ended_at", null=True),
    _text("ended_reported", null=True),
    _at("ended_received", null=True),
    _at("ended_corrected", null=True),
    _number("meter_stop", null=True),
    _text("stop_reason", null=True),
    _text("stop_identity", null=True),
    _at("updated_at"),
    _text("last_message", null=True),
    _text("doubts"),
    sa.Column("accepted", PlainText, nullable=False, server_default=""),
    sa.Column("discarded", sa.Boolean, nullable=True),
    _number("version"),
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
    _counted(),
    _ref("tenant"),
    _ref("station"),
    _number("connector"),
    _ref("session", null=True),
    _at("at"),
    _at("received_at"),
    _text("reported", null=True),
    _number("energy", null=True),
    _number("power_w", null=True),
    _text("qualities"),
    _text("samples"),
    sa.Index("meter_reading_of_session", "session", "id"),
)
reservation = _record(
    "reservation",
    _ref("station"),
    _number("number"),
    _json("terms"),
    _at("expires_at"),
    _json("replacement", null=True),
    _text("status"),
    _text("outcome", null=True),
    _ref("session", null=True),
)
sa.Index("reservation_number", reservation.c.station, reservation.c.number, unique=True)
_kept = reservation.c.status.in_(("requested", "active"))
sa.Index(
    "reservation_open", reservation.c.station, reservation.c.id, sqlite_where=_kept, postgresql_where=_kept
)
sa.Index("reservation_due", reservation.c.expires_at, sqlite_where=_kept, postgresql_where=_kept)
local_list = _record(
    "local_list",
    _ref("station"),
    _json("held", null=True),
    _number("held_version"),
    _number("sent_version"),
    _at("acknowledged_at", null=True),
    _at("synced_at", null=True),
    _at("verified_at", null=True),
    _ref("command", null=True),
    _at("due_at", null=True),
    _number("tries"),
    _text("error", null=True),
)
sa.Index("local_list_station", local_list.c.station, unique=True)
_free = local_list.c.command.is_(None)
sa.Index("local_list_due", local_list.c.due_at, sqlite_where=_free, postgresql_where=_free)
cache_clearing = sa.Table(
    "cache_clearing",
    metadata,
    _id("station"),
    _ref("tenant"),
    _at("since"),
    _ref("command", null=True),
)
sa.Index("cache_clearing_of_tenant", cache_clearing.c.tenant)
_not_asked = cache_clearing.c.command.is_(None)
sa.Index("cache_clearing_due", cache_clearing.c.since, sqlite_where=_not_asked, postgresql_where=_not_asked)
doubtful_report = _record(
    "doubtful_report",
    _ref("station"),
    _text("kind"),
    _json("content"),
    _json("proposals"),
    _ref("session", null=True),
    sa.Column("state", PlainText, nullable=False, server_default="open"),
    _ref("resolution", null=True),
)
_unresolved = doubtful_report.c.state == "open"
sa.Index(
    "doubtful_report_open",
    doubtful_report.c.tenant,
    doubtful_report.c.id,
    sqlite_where=_unresolved,
    postgresql_where=_unresolved,
)
resolution = _record(
    "resolution",
    _ref("station"),
    _text("action"),
    _text("reason"),
    _text("by"),
    _ref("report", null=True),
    _ref("session", null=True),
)
sa.Index("resolution_of_session", resolution.c.session)
sa.Index("resolution_of_report", resolution.c.report)
rated_session = sa.Table(
    "rated_session",
    metadata,
    _ref("id"),
    _flag("held"),
    _ref("tenant"),
    _id("session"),
    _ref("tariff", null=True),
    _text("currency"),
    _flag("include_vat"),
    _text("vat_percent"),
    _json("lines"),
    _text("total"),
    _json("reasons"),
    _at("rated_at"),
)

operation = _record(
    "operation",
    _text("kind"),
    _text("status"),
    _json("progress"),
    _json("result", null=True),
    _text("error", null=True),
)
event = sa.Table(
    "event",
    metadata,
    _id(),
    _ref("tenant"),
    _text("type"),
    _text("subject"),
    _at("at"),
    _json("data"),
    _number("position", null=True),
    _number("seq", null=True),
)
sa.Index("event_position", event.c.position, unique=True)
sa.Index("event_of_tenant", event.c.tenant, event.c.seq, unique=True)
_unplaced = event.c.position.is_(None)
sa.Index("event_unplaced", event.c.id, sqlite_where=_unplaced, postgresql_where=_unplaced)

reacted = sa.Table(
    "reacted",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
)
subscriber_position = sa.Table(
    "subscriber_position",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    _number("position"),
)
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("subscriber", PlainText, primary_key=True),
    sa.Column("event", sa.Uuid, primary_key=True),
    _at("parked_at"),
    _text("last_error"),
)
external_id = sa.Table(
    "external_id",
    metadata,
    sa.Column("tenant", sa.Uuid, primary_key=True),
    sa.Column("kind", PlainText, primary_key=True),
    sa.Column("system", PlainText, primary_key=True),
    sa.Column("value", PlainText, primary_key=True),
    _ref("record"),
    sa.Index("external_id_of_record", "record"),
)
idempotency_key = sa.Table(
    "idempotency_key",
    metadata,
    sa.Column("client", PlainText, primary_key=True),
    sa.Column("key", PlainText, primary_key=True),
    _text("digest"),
    _number("status"),
    _text("body"),
    _json("headers"),
    _at("created_at"),
)
server_key = sa.Table("server_key", metadata, sa.Column("name", PlainText, primary_key=True), _text("value"))
