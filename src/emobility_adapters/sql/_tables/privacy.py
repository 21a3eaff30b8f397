"""Erasures of persons' data."""

from __future__ import annotations

from emobility_adapters.sql._tables.columns import json, number, record, ref

erasure = record("erasure", ref("customer"), json("replaced"), number("audit_entries"), json("kept"))
