"""Accounting: ledgers, account rules, postings, batches, and the files that these were exported as."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _record(
        "ledger",
        _text("name"),
        _text("currency"),
        _json("exports"),
        _number("last_number"),
        _text("last_digest", null=True),
    )
    op.create_index("ledger_name", "ledger", ["tenant", "name"], unique=True)
    _record(
        "account_rule",
        _text("name"),
        _number("position"),
        *map(_json, ("ledgers", "document_kinds", "line_kinds", "tax_categories", "vat_percents")),
        *map(_json, ("station_groups", "user_groups")),
        *map(_text, ("account", "contra_account", "tax_key", "cost_centre_1", "cost_centre_2", "product")),
        handed_down=True,
    )
    _postings()
    _batches()


def _postings() -> None:
    _record(
        "posting",
        _ref("ledger"),
        _text("document_kind"),
        _text("document_number"),
        _number("revision"),
        _text("document_date"),
        _text("supply_date", null=True),
        _text("due_date", null=True),
        _text("text"),
        _text("partner_account"),
        _json("totals"),
        _json("lines"),
        _ref("session", null=True),
        _ref("reverses", null=True),
        _ref("reposts", null=True),
        _json("held"),
        _text("state"),
        _ref("batch", null=True),
        _json("assignments"),
        _json("answers"),
    )
    document = ["ledger", "document_kind", "document_number", "revision"]
    op.create_index("posting_document", "posting", document, unique=True)
    op.create_index("posting_session", "posting", ["ledger", "session"], unique=True)
    op.create_index("posting_reverses", "posting", ["reverses"], unique=True)
    op.create_index("posting_by_batch", "posting", ["batch"])
    op.create_index("posting_waiting", "posting", ["ledger", "state", "document_date", "id"])


def _batches() -> None:
    _record(
        "posting_batch",
        _ref("ledger"),
        _text("text"),
        _text("status"),
        _number("number", null=True),
        sa.Column("closed_at", _types.UtcInstant(), nullable=True),
        _text("digest", null=True),
        _text("previous_digest", null=True),
        *map(_number, ("postings", "lines", "answered", "rejected")),
        _text("first_date", null=True),
        _text("last_date", null=True),
        _json("totals", null=True),
    )
    op.create_index("posting_batch_number", "posting_batch", ["ledger", "number"], unique=True)
    _record(
        "posting_export",
        _ref("batch"),
        *map(_text, ("format", "name", "media_type")),
        _number("size"),
        _text("sha256"),
    )
    op.create_index("posting_export_format", "posting_export", ["batch", "format"], unique=True)
    op.create_table(
        "posting_file",
        sa.Column("export", sa.Uuid(), primary_key=True),
        _ref("tenant"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    guard("posting_file")


def _text(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _types.PlainText(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _json(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _types.JsonText(), nullable=null)


def _ref(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _record(name: str, *columns: sa.Column[Any], handed_down: bool = False) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), primary_key=True),
        _ref("tenant"),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        _number("version"),
        _json("external_ids"),
        *columns,
    )
    op.create_index(f"{name}_by_tenant", name, ["tenant", "id"])
    guard(name, handed_down=handed_down)
