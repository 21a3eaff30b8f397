"""The kinds of columns that tables are made of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from emobility_adapters.sql._types import JsonText, PlainText, UtcInstant

metadata = sa.MetaData()

Column = sa.Column[Any]


def key(name: str = "id") -> Column:
    return sa.Column(name, sa.Uuid, primary_key=True)


def ref(name: str, *, null: bool = False) -> Column:
    return sa.Column(name, sa.Uuid, nullable=null)


def text(name: str, *, null: bool = False) -> Column:
    return sa.Column(name, PlainText, nullable=null)


def at(name: str, *, null: bool = False) -> Column:
    return sa.Column(name, UtcInstant, nullable=null)


def json(name: str, *, null: bool = False) -> Column:
    return sa.Column(name, JsonText, nullable=null)


def number(name: str, *, null: bool = False) -> Column:
    return sa.Column(name, sa.BigInteger, nullable=null)


def flag(name: str) -> Column:
    return sa.Column(name, sa.Boolean, nullable=False)


def folded(name: str) -> Column:
    """What a name is compared by. A column rather than an index on `lower(name)`: PostgreSQL uses that
    only behind row-level security, for which `lower` is not leakproof."""
    return sa.Column("folded", PlainText, sa.Computed(f"lower({name})", persisted=True), nullable=False)


def counted() -> Column:
    return sa.Column(
        "id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    )


def record(name: str, *columns: Any) -> sa.Table:
    """A master record: what every one has, and its own columns."""
    common = [
        key(),
        ref("tenant"),
        at("created_at"),
        at("updated_at"),
        number("version"),
        json("external_ids"),
    ]
    table = sa.Table(name, metadata, *common, *columns)
    sa.Index(f"{name}_by_tenant", table.c.tenant, table.c.id)
    return table


def cost_centre() -> Column:
    return sa.Column("cost_centre", PlainText, nullable=False, server_default="")


def watch_rules() -> Column:
    return sa.Column("watch_rules", JsonText, nullable=False, server_default="{}")
