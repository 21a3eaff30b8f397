"""Authorities, what they signed, and what stations trust."""

from __future__ import annotations

import sqlalchemy as sa

from emobility_adapters.sql._tables.columns import at, flag, json, key, metadata, record, ref, text
from emobility_adapters.sql._types import PlainText

certificate_authority = record(
    "certificate_authority",
    text("name"),
    text("organization"),
    text("subject"),
    text("serial"),
    at("not_before"),
    at("not_after"),
    text("certificate"),
    flag("enabled"),
    text("sealed_key", null=True),
)
station_certificate = record(
    "station_certificate",
    ref("station"),
    ref("authority"),
    text("status"),
    text("serial"),
    text("common_name"),
    at("not_before"),
    at("not_after"),
    text("issuer_name_hash"),
    text("issuer_key_hash"),
    text("certificate"),
    text("request"),
    at("renewed_at", null=True),
    at("revoked_at", null=True),
    text("reason", null=True),
)
sa.Index("station_certificate_of_station", station_certificate.c.station, station_certificate.c.id)
sa.Index("station_certificate_by_end", station_certificate.c.status, station_certificate.c.not_after)
installed_certificate = sa.Table(
    "installed_certificate",
    metadata,
    key("station"),
    sa.Column("use", PlainText, primary_key=True),
    ref("tenant"),
    json("certificates"),
    at("told_at"),
)
