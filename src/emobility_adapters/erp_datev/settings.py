"""What DATEV has to know of the books that a batch goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from emobility_core.accounting import ExportSettingsRefused

FORMAT = "datev"
# Accounts that know their tax: with a key of its own a posting would be taxed twice. In four digits.
AUTOMATIC = {
    "03": frozenset({"8120", "8125", "8300", "8337", "8400"}),
    "04": frozenset({"4120", "4125", "4300", "4337", "4400"}),
    "": frozenset[str](),
}
_FORMS: dict[str, tuple[str, str]] = {
    "consultant": (r"[1-9]\d{3,6}", "must be the adviser's number, 1001 to 9999999"),
    "client": (r"[1-9]\d{0,4}", "must be the client's number, 1 to 99999"),
    "fiscal_year_month": (r"[1-9]|1[0-2]", "must be the month in which the fiscal year begins, 1 to 12"),
    "account_length": (r"[4-8]", "must be the length of accounts, 4 to 8"),
    "chart": (r"|03|04", "must be 03, 04, or empty for a chart of its own"),
    "initials": (r"[A-Za-z0-9]{0,2}", "must be at most two letters or digits"),
    "origin": (r"[A-Z0-9]{0,2}", "must be at most two capital letters or digits"),
    "locked": (r"[01]", "must be 0 or 1"),
    "supply_date": (r"[01]", "must be 0 or 1"),
    "automatic_accounts": (r"(?:\d{4,8}(?:,\d{4,8})*)?", "must be accounts, separated by commas"),
}
_USUAL = {
    "fiscal_year_month": "1", "account_length": "4", "chart": "", "initials": "", "origin": "EM",
    "locked": "0", "supply_date": "0", "automatic_accounts": "",
}  # fmt: skip


@attrs.frozen(kw_only=True)
class DatevSettings:
    """`locked` is Festschreibung, `origin` Herkunft, `initials` Diktatkürzel; with `supply_date` the date of
    supply is told, which the client's books must be set up for. `automatic` accounts take no tax key."""

    consultant: str
    client: str
    fiscal_year_month: int
    account_length: int
    chart: str
    initials: str
    origin: str
    locked: bool
    supply_date: bool
    automatic: frozenset[str]

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> DatevSettings:
        """Raise `ExportSettingsRefused` for the first setting that is wrong."""
        for name in sorted(settings):
            if name not in _FORMS:
                raise ExportSettingsRefused(FORMAT, name, "is no setting of this format")
        told = {**_USUAL, **settings}
        for name, (form, words) in _FORMS.items():
            if name not in told or re.fullmatch(form, told[name], re.ASCII) is None:
                raise ExportSettingsRefused(FORMAT, name, words)
        if int(told["consultant"]) < 1001:
            raise ExportSettingsRefused(FORMAT, "consultant", _FORMS["consultant"][1])
        own = frozenset(filter(None, told["automatic_accounts"].split(",")))
        return cls(
            consultant=told["consultant"],
            client=told["client"],
            fiscal_year_month=int(told["fiscal_year_month"]),
            account_length=int(told["account_length"]),
            chart=told["chart"],
            initials=told["initials"],
            origin=told["origin"],
            locked=told["locked"] == "1",
            supply_date=told["supply_date"] == "1",
            automatic=own or AUTOMATIC[told["chart"]],
        )

    def knows_its_tax(self, account: str) -> bool:
        """Whether an account of this length is automatic: longer ones add zeros at the end."""
        surplus = account[4:]
        return account in self.automatic or (account[:4] in self.automatic and not surplus.strip("0"))
