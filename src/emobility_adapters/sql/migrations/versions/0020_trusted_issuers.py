"""Identity providers that tenants trust."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from emobility_adapters.sql import _types
from emobility_adapters.sql.migrations.walls import guard

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "trusted_issuer",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.Uuid(), nullable=False),
        sa.Column("created_at", _types.UtcInstant(), nullable=False),
        sa.Column("updated_at", _types.UtcInstant(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("external_ids", _types.JsonText(), nullable=False),
        sa.Column("name", _types.PlainText(), nullable=False),
        sa.Column("issuer", _types.PlainText(), nullable=False),
        sa.Column("audiences", _types.JsonText(), nullable=False),
        sa.Column("algorithms", _types.JsonText(), nullable=False),
        sa.Column("required_claims", _types.JsonText(), nullable=False),
        sa.Column("subject_claim", _types.PlainText(), nullable=False),
        sa.Column("email_claim", _types.PlainText(), nullable=True),
        sa.Column("home", sa.Uuid(), nullable=True),
        sa.Column("tenant_claim", _types.PlainText(), nullable=True),
        sa.Column("tenant_system", _types.PlainText(), nullable=True),
        sa.Column("roles_claim", _types.PlainText(), nullable=True),
        sa.Column("roles", _types.JsonText(), nullable=False),
        sa.Column("default_roles", _types.JsonText(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
    )
    op.create_index("trusted_issuer_by_tenant", "trusted_issuer", ["tenant", "id"])
    op.create_index("trusted_issuer_url", "trusted_issuer", ["issuer", "id"])
    guard("trusted_issuer")
