"""Who charges, and by what they are known."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import (
    at,
    cost_centre,
    flag,
    folded,
    json,
    record,
    ref,
    text,
)

user_group = record("user_group", text("name"), cost_centre())
customer = record(
    "customer",
    text("name"),
    text("kind"),
    text("email", null=True),
    text("language"),
    json("user_groups"),
    cost_centre(),
)
contract = record("contract", text("number"), ref("customer"), ref("user_group", null=True), json("validity"))
sa.Index("contract_number", contract.c.tenant, contract.c.number, unique=True)
token = record(
    "token",
    text("id_tag"),
    ref("customer", null=True),
    ref("contract", null=True),
    text("parent", null=True),
    json("validity"),
    flag("blocked"),
    at("blocked_since", null=True),
    flag("concurrent"),
    text("label"),
    folded("id_tag"),
)
sa.Index("token_id_tag", token.c.folded, token.c.tenant, unique=True)
