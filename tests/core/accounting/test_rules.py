"""Account determination: the nearest tenant's rules first, each in its order, and every answer explained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest

from emobility_core.accounting import (
    AccountExplanation,
    AccountRule,
    DocumentKind,
    LineKind,
    RuleOutcome,
    TaxCategory,
    UnmappedLines,
    determine,
    in_force,
)
from emobility_core.testing.builders import (
    make_account_rule,
    make_posting_line,
    make_station_group,
    make_tenant,
    make_user_group,
)
from tests.core.accounting.books import Books


def _ask(*rules: AccountRule, partner_account: str = "", **line: Any) -> AccountExplanation:
    return determine(
        rules,
        ledger="main",
        document_kind=DocumentKind.INVOICE,
        line=make_posting_line(**line),
        partner_account=partner_account,
    )


GROUP, USERS = make_station_group().id, make_user_group().id
CONDITIONS: list[tuple[str, object, object]] = [
    ("ledgers", "main", "other"),
    ("document_kinds", DocumentKind.INVOICE, DocumentKind.RECEIPT),
    ("line_kinds", LineKind.ENERGY, LineKind.BLOCKING),
    ("tax_categories", TaxCategory.STANDARD, TaxCategory.REVERSE_CHARGE),
    ("vat_percents", Decimal("19.0"), Decimal(7)),
    ("station_groups", GROUP, make_station_group().id),
    ("user_groups", USERS, make_user_group().id),
]


@pytest.mark.parametrize(("name", "fits", "misses"), CONDITIONS, ids=[one[0] for one in CONDITIONS])
def test_a_condition_is_met_by_any_of_its_values_and_named_when_it_is_not(
    name: str, fits: object, misses: object
) -> None:
    line: dict[str, Any] = {"station_group": GROUP, "user_group": USERS}
    assert _ask(make_account_rule(**{name: (misses, fits)}), **line).assignment is not None
    missed = _ask(make_account_rule(**{name: (misses,)}), **line)
    assert missed.assignment is None
    (verdict,) = missed.verdicts
    assert (verdict.outcome, verdict.misses) == (RuleOutcome.MISSED, (name,))


def test_the_nearest_tenant_is_asked_first_then_the_position() -> None:
    root = make_tenant()
    own = make_tenant(root)
    far, near_late, near_early = [
        make_account_rule(tenant=tenant, position=position)
        for tenant, position in ((root.id, 0), (own.id, 9), (own.id, 1))
    ]
    assert in_force([far, near_late, near_early], [root.id, own.id]) == [near_early, near_late, far]


def test_an_explanation_tells_which_rule_of_which_tenant_hit_and_why_others_did_not() -> None:
    first = make_account_rule(line_kinds=(LineKind.TIME,), user_groups=(USERS,))
    second, third = make_account_rule(tenant=make_tenant().id), make_account_rule()
    told = _ask(first, second, third)
    assert told.assignment is not None
    assert (told.assignment.rule, told.assignment.rule_tenant) == (second.id, second.tenant)
    assert [(one.rule, one.outcome, one.misses) for one in told.verdicts] == [
        (first.id, RuleOutcome.MISSED, ("line_kinds", "user_groups")),
        (second.id, RuleOutcome.HIT, ()),
        (third.id, RuleOutcome.NOT_REACHED, ()),
    ]


def test_what_a_rule_leaves_open_is_the_lines_own() -> None:
    line = {"user_cost_centre": "fleet", "site_cost_centre": "north"}
    plain = _ask(make_account_rule(), **line).assignment
    assert plain is not None
    assert (plain.cost_centre_1, plain.cost_centre_2) == ("fleet", "north")
    ruled = _ask(make_account_rule(cost_centre_1="K9"), partner_account="10001", **line).assignment
    assert ruled is not None
    assert (ruled.cost_centre_1, ruled.cost_centre_2, ruled.account) == ("K9", "north", "10001")


async def test_rules_are_inherited_and_an_unmapped_line_blocks_closing() -> None:
    books = await Books.opened(make_account_rule(line_kinds=(LineKind.TIME,), contra_account="8401"))
    (posting,) = await books.post(books.posting())
    batch = await books.open()
    await books.collect(batch)
    with pytest.raises(UnmappedLines) as refusal:
        await books.close(batch)
    assert (refusal.value.count, refusal.value.posting, refusal.value.line) == (1, posting.id, 1)
    above = attrs.evolve(make_account_rule(), tenant=books.root.id)
    await books.rule(above)
    await books.close(batch)
    (closed,) = await books.of_batch(batch)
    assert [one.rule_tenant for one in closed.assignments] == [books.root.id]
