"""Requests of the Local Auth List Management profile."""

from __future__ import annotations

from typing import Any

from emobility_adapters.ocpp.v16.words import Requests, given, optional_time
from emobility_core.commands import GetLocalListVersion, LocalListEntry, SendLocalList


def _version(_: GetLocalListVersion) -> tuple[str, dict[str, Any]]:
    return "GetLocalListVersion", {}


def _send(order: SendLocalList) -> tuple[str, dict[str, Any]]:
    return "SendLocalList", {
        "listVersion": order.version,
        "localAuthorizationList": [_entry(one) for one in order.entries],
        "updateType": "Full" if order.full else "Differential",
    }


def _entry(entry: LocalListEntry) -> dict[str, Any]:
    if entry.status is None:
        # OCPP 1.6, 7.1: an entry without idTagInfo is removed by a differential update.
        return {"idTag": entry.id_tag}
    info = given(
        status=entry.status.value, parentIdTag=entry.parent, expiryDate=optional_time(entry.expires_at)
    )
    return {"idTag": entry.id_tag, "idTagInfo": info}


REQUESTS: Requests = {GetLocalListVersion: _version, SendLocalList: _send}
