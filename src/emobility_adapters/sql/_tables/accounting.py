"""Ledgers, account rules, postings, their batches, and the files that these were exported as."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, key, metadata, number, record, ref, text

ledger = record(
    "ledger",
    text("name"),
    text("currency"),
    json("exports"),
    number("last_number"),
    text("last_digest", null=True),
)
sa.Index("ledger_name", ledger.c.tenant, ledger.c.name, unique=True)

account_rule = record(
    "account_rule",
    text("name"),
    number("position"),
    json("ledgers"),
    json("document_kinds"),
    json("line_kinds"),
    json("tax_categories"),
    json("vat_percents"),
    json("station_groups"),
    json("user_groups"),
    text("account"),
    text("contra_account"),
    text("tax_key"),
    text("cost_centre_1"),
    text("cost_centre_2"),
    text("product"),
)

posting = record(
    "posting",
    ref("ledger"),
    text("document_kind"),
    text("document_number"),
    number("revision"),
    text("document_date"),
    text("supply_date", null=True),
    text("due_date", null=True),
    text("text"),
    text("partner_account"),
    json("file", null=True),
    json("totals"),
    json("lines"),
    ref("session", null=True),
    number("session_turn", null=True),
    ref("rating", null=True),
    json("rated", null=True),
    ref("reverses", null=True),
    ref("reposts", null=True),
    json("held"),
    text("state"),
    ref("batch", null=True),
    json("assignments"),
    json("answers"),
)
sa.Index(
    "posting_document",
    posting.c.ledger,
    posting.c.document_kind,
    posting.c.document_number,
    posting.c.revision,
    unique=True,
)
# What only names a session, or reverses and reposts nothing, has no value here, and those are all different.
sa.Index("posting_session", posting.c.ledger, posting.c.session, posting.c.session_turn, unique=True)
sa.Index("posting_by_session", posting.c.session)
sa.Index("posting_reverses", posting.c.reverses, posting.c.revision, unique=True)
sa.Index("posting_reposts", posting.c.reposts, unique=True)
sa.Index("posting_by_batch", posting.c.batch)
sa.Index("posting_waiting", posting.c.ledger, posting.c.state, posting.c.document_date, posting.c.id)

posting_batch = record(
    "posting_batch",
    ref("ledger"),
    text("text"),
    text("status"),
    number("number", null=True),
    at("closed_at", null=True),
    text("digest", null=True),
    text("previous_digest", null=True),
    text("rules_digest", null=True),
    number("postings"),
    number("lines"),
    number("answered"),
    number("rejected"),
    text("first_date", null=True),
    text("last_date", null=True),
    json("totals", null=True),
)
sa.Index("posting_batch_number", posting_batch.c.ledger, posting_batch.c.number, unique=True)

posting_seal = sa.Table("posting_seal", metadata, key("batch"), ref("tenant"), text("ledger"), json("rules"))

posting_export = record(
    "posting_export",
    ref("batch"),
    text("format"),
    text("name"),
    text("media_type"),
    number("size"),
    text("sha256"),
)
sa.Index("posting_export_format", posting_export.c.batch, posting_export.c.format, unique=True)

posted_document = sa.Table(
    "posted_document",
    metadata,
    sa.Column("posting", sa.Uuid, primary_key=True),
    ref("tenant"),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# The bytes apart: a list of exports does not read them.
posting_file = sa.Table(
    "posting_file",
    metadata,
    sa.Column("export", sa.Uuid, primary_key=True),
    ref("tenant"),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
