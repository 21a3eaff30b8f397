"""Ledgers, account rules, postings, batches and exports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from emobility_core.accounting import (
    AccountRule,
    Assignment,
    DocumentKind,
    Ledger,
    LineKind,
    Posting,
    PostingBatch,
    PostingExport,
    PostingLine,
    sum_of,
)
from emobility_core.energy import Energy
from emobility_core.ids import (
    AccountRuleId,
    LedgerId,
    PostingBatchId,
    PostingExportId,
    PostingId,
)
from emobility_core.money import Money
from emobility_core.testing.builders.basis import TENANT, ids, stored
from emobility_core.testing.clock import NOON


def make_ledger(**changes: Any) -> Ledger:
    number = ids.uuid7(NOON)
    return Ledger(**stored({"id": LedgerId(number), "name": f"main-{number.hex}", **changes}))


def make_account_rule(**changes: Any) -> AccountRule:
    """One that fits every line."""
    fields = {
        "id": AccountRuleId(ids.uuid7(NOON)),
        "name": "All",
        "account": "1410",
        "contra_account": "8400",
    }
    return AccountRule(**stored({**fields, **changes}))


def make_posting_line(amount: str = "11.90", /, **changes: Any) -> PostingLine:
    """A line of 19 % VAT within a gross amount, so that a document of one such line is balanced."""
    whole = Money.rounded(Decimal(amount), "EUR")
    net = Money.rounded(whole.amount / Decimal("1.19"), "EUR")
    fields = {
        "kind": LineKind.ENERGY,
        "net": net,
        "vat": whole - net,
        "gross": whole,
        "vat_percent": Decimal(19),
        "energy": Energy.parse_kwh(Decimal("12.345")),
    }
    return PostingLine(**{**fields, **changes})


def make_posting(**changes: Any) -> Posting:
    """An invoice of one line, or of those given; totals are their sums."""
    number = ids.uuid7(NOON)
    lines = changes.get("lines", (make_posting_line(),))
    fields = {
        "id": PostingId(number),
        "ledger": LedgerId(ids.uuid7(NOON)),
        "document_kind": DocumentKind.INVOICE,
        "document_number": f"RE-{number.hex}",
        "document_date": date(2026, 6, 10),
        "lines": lines,
        "totals": sum_of(lines, lines[0].net.currency),
    }
    return Posting(**stored({**fields, **changes}))


def make_assignment_of(rule: AccountRule | None = None) -> Assignment:
    """What a rule says of a line."""
    said = rule or make_account_rule()
    return Assignment(
        rule=said.id,
        rule_tenant=said.tenant,
        account=said.account,
        contra_account=said.contra_account,
        tax_key=said.tax_key,
        cost_centre_1="K1",
        cost_centre_2="K2",
        product=said.product,
    )


def make_posting_batch(**changes: Any) -> PostingBatch:
    fields = {"id": PostingBatchId(ids.uuid7(NOON)), "ledger": LedgerId(ids.uuid7(NOON))}
    return PostingBatch(**stored({**fields, **changes}))


def make_posting_export(**changes: Any) -> PostingExport:
    fields = {
        "id": PostingExportId(ids.uuid7(NOON)),
        "tenant": TENANT,
        "batch": PostingBatchId(ids.uuid7(NOON)),
        "format": "json",
        "name": "main-000001.json",
        "media_type": "application/json",
        "size": 2,
        "sha256": "44136fa3",
    }
    return PostingExport(**stored({**fields, **changes}))
