"""What stands in a closed batch refuses by itself to be changed: also by who writes SQL."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"

_STATES = "('closed', 'acknowledged', 'rejected', 'posted_anew')"
_CLOSED = f"OLD.state IN {_STATES}"
_NUMBERED = "OLD.status IN ('closed', 'exported', 'acknowledged', 'partly_rejected')"
# Of an exported file; the record beside may be told of anew.
_OTHER = " OR ".join(
    f"OLD.{name} <> NEW.{name}" for name in ("batch", "name", "media_type", "size", "sha256")
)
_ITS_POSTING = f"SELECT 1 FROM posting WHERE posting.id = OLD.posting AND posting.state IN {_STATES}"
# All but what the ERP system's answers change.
_OF_POSTING = (
    "id", "tenant", "created_at", "external_ids", "ledger", "document_kind", "document_number", "revision",
    "document_date", "supply_date", "due_date", "text", "partner_account", "file", "totals", "lines",
    "session", "session_turn", "rating", "rated", "reverses", "reposts", "held", "batch", "assignments",
)  # fmt: skip
_OF_BATCH = (
    "id", "tenant", "created_at", "external_ids", "ledger", "text", "number", "closed_at", "digest",
    "previous_digest", "postings", "lines", "first_date", "last_date", "totals",
)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _functions()
    for table, columns, sealed in (
        ("posting", _OF_POSTING, _CLOSED),
        ("posting_batch", _OF_BATCH, _NUMBERED),
        ("posting_file", (), ""),
    ):
        named = ", ".join(f'"{column}"' for column in columns)
        _refuse(table, f"UPDATE OF {named}" if named else "UPDATE", sealed)
        _refuse(table, "DELETE", sealed)
    _refuse("posting_export", "UPDATE", _OTHER)
    _refuse("posting_export", "DELETE", "")
    # It is not opened again.
    _refuse(
        "posting", "UPDATE OF state", f"{_CLOSED} AND NEW.state IN ('held', 'ready', 'collected')", "opened"
    )
    _refuse("posting_batch", "UPDATE OF status", f"{_NUMBERED} AND NEW.status = 'open'", "opened")
    for what in ("UPDATE", "DELETE"):
        _refuse_document(what)
    if op.get_bind().dialect.name == "postgresql":
        _run("REVOKE DELETE ON posting_export FROM emobility_app")


def _functions() -> None:
    refuse = "RAISE EXCEPTION '% is sealed', TG_TABLE_NAME;"
    _run(f"CREATE FUNCTION refuse_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$")
    _run(
        "CREATE FUNCTION refuse_sealed_document() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS ({_ITS_POSTING}) THEN {refuse} END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )


def _refuse(table: str, what: str, sealed: str, name: str = "") -> None:
    trigger = f"{table}_{name or what.partition(' ')[0].lower()}_sealed"
    condition = f"WHEN ({sealed})" if sealed else ""
    if op.get_bind().dialect.name == "postgresql":
        _run(
            f"CREATE TRIGGER {trigger} BEFORE {what} ON {table} FOR EACH ROW {condition}"
            " EXECUTE FUNCTION refuse_sealed()"
        )
    else:
        words = f"SELECT RAISE(ABORT, '{table} is sealed')"
        _run(f"CREATE TRIGGER {trigger} BEFORE {what} ON {table} {condition} BEGIN {words}; END")


def _refuse_document(what: str) -> None:
    begun = f"CREATE TRIGGER posted_document_{what.lower()}_sealed BEFORE {what} ON posted_document"
    if op.get_bind().dialect.name == "postgresql":
        _run(f"{begun} FOR EACH ROW EXECUTE FUNCTION refuse_sealed_document()")
    else:
        words = f"SELECT RAISE(ABORT, 'posted_document is sealed') WHERE EXISTS ({_ITS_POSTING})"
        _run(f"{begun} BEGIN {words}; END")


def _run(statement: str) -> None:
    op.execute(statement)
