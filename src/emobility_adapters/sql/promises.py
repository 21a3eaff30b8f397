"""Which promise of the schema a database error says is broken."""

from __future__ import annotations

# A piece of the databases' words -> the field whose value is taken. SQLite names the columns of a
# constraint, PostgreSQL the constraint.
_FIELDS = (
    ("load_budget_site", "site"),
    ("load_budget.site", "site"),
    ("load_point_place", "connector"),
    ("load_point.station", "connector"),
    ("load_priority_session", "session"),
    ("load_priority.session", "session"),
    ("quarantined_station", "identity"),
    ("station_configuration", "station"),
    ("station_identity", "identity"),
    ("station.folded", "identity"),
    ("token_id_tag", "id_tag"),
    ("token.folded", "id_tag"),
    ("local_list_station", "station"),
    ("local_list.station", "station"),
    ("reservation_number", "number"),
    ("reservation.number", "number"),
    ("tariff_version_number", "number"),
    ("tariff_version.number", "number"),
    ("contract_number", "number"),
    ("contract.number", "number"),
    ("user_account_email", "email"),
    ("user_account.email", "email"),
    ("webhook_delivery", "event"),
    ("event_cursor", "name"),
    ("ledger_name", "name"),
    ("ledger.name", "name"),
    ("posting_document", "document_number"),
    ("posting.document_number", "document_number"),
    ("posting_session", "session"),
    ("posting.session", "session"),
    ("posting_reverses", "reverses"),
    ("posting.reverses", "reverses"),
    ("posting_reposts", "reposts"),
    ("posting.reposts", "reposts"),
    ("posting_batch_number", "number"),
    ("posting_batch.number", "number"),
    ("posting_export_format", "format"),
    ("posting_export.format", "format"),
    ("tenant_path", "path"),
    ("tenant.path", "path"),
    ("start_identity", "start_identity"),
    ("transaction_id", "transaction_id"),
    ("session_active_connector", "connector"),
    ("charging_session.connector", "connector"),
)


def broken_promise(error: Exception) -> str:
    """Return the field whose value is taken, `id` for a key that is used twice."""
    driver = getattr(error, "orig", None) or error
    # Named apart where the driver does: PostgreSQL's words also quote the values, which are anybody's.
    words = getattr(driver.__cause__ or driver, "constraint_name", None) or str(driver)
    return next((field for piece, field in _FIELDS if piece in words), "id")
