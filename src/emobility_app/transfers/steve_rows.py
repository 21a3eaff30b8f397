"""Stations and tokens of a SteVe database, from a dump of it (https://github.com/steve-community/steve)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from emobility_app.transfers.rows import Row
from emobility_app.transfers.sql_dump import DumpRow, SqlDump
from emobility_app.wire import Flaw

KINDS = ("stations", "tokens")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?)")


class SteveRows:
    """Implements `RowReader`: charge boxes are stations, OCPP tags are tokens. Rows are numbered in their
    order in the dump, where many stand on one line."""

    def __init__(self) -> None:
        self._dump = SqlDump({"charge_box", "ocpp_tag"})
        self._number = 0

    def feed(self, piece: bytes) -> list[Row]:
        return self._rows(self._dump.feed(piece))

    def end(self) -> list[Row]:
        return self._rows(self._dump.end())

    def _rows(self, found: Iterable[DumpRow]) -> list[Row]:
        rows = []
        for row in found:
            self._number += 1
            rows.append((_station if row.table == "charge_box" else _token)(self._number, row))
        return rows


def _station(number: int, row: DumpRow) -> Row:
    """What a station says of itself (model, firmware, connectors) it will say again when it connects."""
    identity, status = row.values.get("charge_box_id"), row.values.get("registration_status")
    flaws: tuple[Flaw, ...] = ()
    if status not in (None, "Accepted"):
        flaws = (Flaw("/registration_status", "not-accepted", f"is {status} there: register it by hand"),)
    body = {"identity": identity, "name": row.values.get("description") or ""}
    return Row(number=number, kind="stations", external_id=identity, body=body, flaws=flaws)


def _token(number: int, row: DumpRow) -> Row:
    """A tag that may have no transaction at all is blocked there; a number below zero is no limit."""
    values, flaws = row.values, []
    body: dict[str, Any] = {"id_tag": values.get("id_tag"), "label": values.get("note") or ""}
    if parent := values.get("parent_id_tag"):
        body["parent"] = parent
    most = values.get("max_active_transaction_count") or "1"
    body["blocked"] = most == "0" or values.get("blocked") == "1"
    body["concurrent"] = most not in ("0", "1")
    if expiry := values.get("expiry_date"):
        found = _INSTANT.fullmatch(expiry)
        if found is None:
            flaws.append(Flaw("/expiry_date", "not-an-instant", "is no time"))
        else:
            # A dump sets its time zone to UTC before its rows.
            body["validity"] = {"until": f"{found[1]}T{found[2]}Z"}
    return Row(number=number, kind="tokens", external_id=values.get("id_tag"), body=body, flaws=tuple(flaws))
