"""Charging profiles and how sites share their power."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, number, record, ref, text

installed_profile = record(
    "installed_profile",
    ref("station"),
    number("connector"),
    json("profile"),
    ref("session", null=True),
    text("state"),
    ref("command"),
    text("detail", null=True),
)
sa.Index("installed_profile_of_station", installed_profile.c.station, installed_profile.c.id)
sa.Index("installed_profile_of_command", installed_profile.c.command)
schedule_comparison = record(
    "schedule_comparison",
    ref("station"),
    number("connector"),
    json("ours"),
    json("stations", null=True),
    json("differences"),
    text("state"),
    ref("command"),
    text("detail", null=True),
)
sa.Index("schedule_comparison_of_command", schedule_comparison.c.command)
load_budget = record(
    "load_budget",
    ref("site"),
    text("unit"),
    json("limits"),
    text("strategy"),
    number("voltage"),
    number("grant_s"),
    number("clock_tolerance_s"),
    number("turn_s"),
    json("group_priorities"),
    text("simultaneity", null=True),
)
sa.Index("load_budget_site", load_budget.c.site, unique=True)
load_point = record(
    "load_point",
    ref("budget"),
    ref("station"),
    number("connector"),
    text("wiring"),
    number("phases", null=True),
    text("max_current"),
    text("fail_safe"),
    text("unit"),
    flag("forgets_profiles"),
    flag("active"),
)
sa.Index("load_point_place", load_point.c.station, load_point.c.connector, unique=True)
sa.Index("load_point_of_budget", load_point.c.budget, load_point.c.id)
load_limit = record(
    "load_limit",
    ref("budget"),
    text("source"),
    text("unit"),
    json("limits"),
    at("since", null=True),
    at("until", null=True),
    text("reason"),
)
sa.Index("load_limit_of_budget", load_limit.c.budget, load_limit.c.until)
load_priority = record("load_priority", ref("session"), number("priority"))
sa.Index("load_priority_session", load_priority.c.session, unique=True)
site_load = record("site_load", number("orders"), json("standings"))
