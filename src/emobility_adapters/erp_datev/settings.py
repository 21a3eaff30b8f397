"""What DATEV has to know of the books that a batch goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import attrs

from emobility_core.accounting import ExportSettingsRefused

FORMAT = "datev"
# Accounts that know their tax, in four digits, with the rate that DATEV splits out of what is posted to them.
# Not all of a chart: those of its starter map. Others are told by the setting `automatic_accounts`.
_NINETEEN, _SEVEN, _NONE = Decimal(19), Decimal(7), Decimal(0)
AUTOMATIC: Mapping[str, Mapping[str, Decimal | None]] = {
    "03": {"8120": _NONE, "8125": _NONE, "8300": _SEVEN, "8337": _NONE, "8400": _NINETEEN},
    "04": {"4120": _NONE, "4125": _NONE, "4300": _SEVEN, "4337": _NONE, "4400": _NINETEEN},
    "": {},
}
# Where DATEV posts the VAT that it splits out.
_TAX_ACCOUNTS: Mapping[str, Mapping[Decimal, str]] = {
    "03": {_NINETEEN: "1776", _SEVEN: "1771"},
    "04": {_NINETEEN: "3806", _SEVEN: "3801"},
    "": {},
}
_RATE = r"\d{1,2}(?:\.\d{1,2})?"
# A key that lifts the automatic of an account.
LIFTS = "40"
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
    "automatic_accounts": (
        rf"(?:\d{{4,8}}(?:={_RATE})?(?:,\d{{4,8}}(?:={_RATE})?)*)?",
        "must be accounts, each with =RATE where it is known, separated by commas",
    ),
    "tax_accounts": (
        rf"(?:{_RATE}=\d{{4,8}}(?:,{_RATE}=\d{{4,8}})*)?",
        "must be RATE=ACCOUNT, separated by commas",
    ),
}
_USUAL = {
    "fiscal_year_month": "1", "account_length": "4", "chart": "", "initials": "", "origin": "EM",
    "locked": "0", "supply_date": "0", "automatic_accounts": "",
    "tax_accounts": "",
}  # fmt: skip


@attrs.frozen(kw_only=True)
class DatevSettings:
    """`locked` is Festschreibung, `origin` Herkunft, `initials` Diktatkürzel; with `supply_date` the date of
    supply is told, which the client's books must be set up for. `automatic` accounts take no tax key; DATEV
    splits the rate of each out of what is posted to it, if that is known. `tax_accounts` hold the VAT of a
    rate."""

    consultant: str
    client: str
    fiscal_year_month: int
    account_length: int
    chart: str
    initials: str
    origin: str
    locked: bool
    supply_date: bool
    automatic: Mapping[str, Decimal | None]
    tax_accounts: Mapping[Decimal, str]

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
        own = {
            account: Decimal(rate) if rate else None for account, rate in _pairs(told["automatic_accounts"])
        }
        taxes = {Decimal(rate): account for rate, account in _pairs(told["tax_accounts"])}
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
            tax_accounts={**_TAX_ACCOUNTS[told["chart"]], **taxes},
        )

    def knows_its_tax(self, account: str) -> bool:
        """Whether an account of this length is automatic: longer ones add zeros at the end."""
        return self._automatic(account) is not None

    def split_out(self, account: str, tax_key: str, percent: Decimal) -> Decimal:
        """The rate that DATEV splits out of what a line of `percent` posts to an account. A key is taken at
        its word, and so is an account of a chart of which nothing is known."""
        if tax_key:
            return _NONE if tax_key == LIFTS else percent
        known = self._automatic(account)
        if known is None:
            return _NONE if self.automatic else percent
        rate = self.automatic[known]
        return percent if rate is None else rate

    def tax_account(self, percent: Decimal) -> str | None:
        account = self.tax_accounts.get(percent)
        return None if account is None else account.ljust(self.account_length, "0")

    def _automatic(self, account: str) -> str | None:
        for known in (account, account[:4]):
            if known in self.automatic and not account[len(known) :].strip("0"):
                return known
        return None


def _pairs(told: str) -> list[tuple[str, str]]:
    """What stands before and behind the equals sign of each."""
    found = (one.partition("=") for one in told.split(",") if one)
    return [(before, behind) for before, _, behind in found]
