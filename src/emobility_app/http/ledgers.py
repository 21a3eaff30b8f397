"""Ledgers and account rules over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emobility_app.http.endpoint import Call
from emobility_app.http.records import Resource
from emobility_app.wire import Flaw, MalformedBody, step
from emobility_core.accounting import AccountRule, ExportSettingsRefused, Ledger, UnknownExportFormat


def _settled(ledger: Ledger, _: Any, __: Mapping[str, Any], call: Call) -> Ledger:
    """A format that would fail on the day of the first export is refused today."""
    flaws = []
    for format, settings in ledger.exports.items():
        at = f"/exports{step(format)}"
        try:
            call.services.exports(format).check(settings)
        except UnknownExportFormat as error:
            flaws.append(Flaw(at, error.code, f"must be one of {', '.join(error.known)}"))
        except ExportSettingsRefused as error:
            flaws.append(Flaw(at + step(error.setting), error.code, error.reason))
    if flaws:
        raise MalformedBody(tuple(flaws))
    return ledger


LEDGERS = Resource(
    path="ledgers",
    name="ledger",
    prefix="ldg",
    kind=Ledger,
    port="ledgers",
    read_only=frozenset({"last_number", "last_digest"}),
    once=frozenset({"currency"}),
    filters={"name": str},
    apply=_settled,
)
ACCOUNT_RULES = Resource(
    path="account-rules",
    name="account_rule",
    prefix="acr",
    kind=AccountRule,
    port="account_rules",
    references={"station_groups": "station_groups", "user_groups": "user_groups"},
    filters={"account": str, "contra_account": str},
)
