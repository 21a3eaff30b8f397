"""Who may do what: roles, who has them, and grants to other companies."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, json, record, ref, text

role = record("role", text("name"), text("description"), json("permissions"))
role_assignment = record("role_assignment", text("actor"), text("role"), json("sites", null=True))
sa.Index("role_assignment_of_actor", role_assignment.c.actor)
# GRANT is a word of SQL.
access_grant = record(
    "access_grant",
    ref("grantee"),
    text("rights"),
    json("actors"),
    json("user_groups"),
    json("sites"),
    json("stations"),
    json("station_groups"),
    json("validity"),
    ref("tariff", null=True),
    at("revoked_at", null=True),
)
sa.Index("access_grant_to", access_grant.c.grantee, access_grant.c.id)
