"""Nothing comes into a batch that is closed; and what is sealed of an export, once more."""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"

# Closing writes the postings first, while the batch is open still.
_CLOSED = "EXISTS (SELECT 1 FROM posting_batch WHERE id = NEW.batch AND status <> 'open')"
# Who is answered was closed before, and stays where it is.
_JOINS = (
    "NEW.batch IS NOT NULL"
    " AND (OLD.batch IS NULL OR OLD.batch <> NEW.batch OR OLD.state IN ('held', 'ready', 'collected'))"
)
_OTHER = " OR ".join(
    f"OLD.{name} <> NEW.{name}" for name in ("batch", "name", "media_type", "size", "sha256")
)


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_joining_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {_CLOSED} THEN RAISE EXCEPTION '% is sealed', TG_TABLE_NAME; END IF; RETURN NEW; END $$"
        )
    for name, what, condition in (
        ("joined", "INSERT", "NEW.batch IS NOT NULL"),
        ("moved", "UPDATE", _JOINS),
    ):
        begun = f"CREATE TRIGGER posting_{name}_sealed BEFORE {what} ON posting"
        if postgresql:
            op.execute(f"{begun} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse_joining_sealed()")
        else:
            words = "SELECT RAISE(ABORT, 'posting is sealed')"
            op.execute(f"{begun} WHEN {condition} AND {_CLOSED} BEGIN {words}; END")
    _seal_exports(postgresql)


def _seal_exports(postgresql: bool) -> None:
    """As 0034 does: of some databases an earlier form of it sealed the record, too, beside the bytes."""
    for what, condition in (("update", f"WHEN ({_OTHER})"), ("delete", "")):
        name = f"posting_export_{what}_sealed"
        on = "posting_export FOR EACH ROW" if postgresql else "posting_export"
        op.execute(f"DROP TRIGGER IF EXISTS {name}{' ON posting_export' if postgresql else ''}")
        body = (
            "EXECUTE FUNCTION refuse_sealed()"
            if postgresql
            else "BEGIN SELECT RAISE(ABORT, 'posting_export is sealed'); END"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {what.upper()} ON {on} {condition} {body}")
    if postgresql:
        op.execute("REVOKE DELETE ON posting_export FROM emobility_app")
