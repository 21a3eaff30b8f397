"""Account determination: ordered rules, inherited down the tree of tenants."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.accounting._line import DocumentKind, LineKind, PostingLine, TaxCategory
from emobility_core.errors import NotFound
from emobility_core.ids import AccountRuleId, StationGroupId, TenantId, UserGroupId
from emobility_core.work import Record

_ACCOUNT = attrs.validators.matches_re("[0-9A-Za-z]{1,20}")


@attrs.frozen
class UnknownAccountRule(NotFound):
    """There is no such account rule within the caller's scope.

    Remedy: list the account rules and use one of their ids.
    """

    code = "unknown-account-rule"
    account_rule: UUID


@attrs.frozen(kw_only=True)
class AccountRule(Record):
    """Which accounts a line goes to. Each condition that is left empty fits all; all must fit.

    `account` is debited with what the customer owes, `contra_account` credited: a receivable and a revenue.
    An empty cost centre leaves the line's own. Rules of a tenant count for those below, too: the nearest
    tenant's first, each tenant's by `position`.
    """

    id: AccountRuleId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    position: int = 0
    ledgers: tuple[str, ...] = ()
    document_kinds: tuple[DocumentKind, ...] = ()
    line_kinds: tuple[LineKind, ...] = ()
    tax_categories: tuple[TaxCategory, ...] = ()
    vat_percents: tuple[Decimal, ...] = ()
    station_groups: tuple[StationGroupId, ...] = ()
    user_groups: tuple[UserGroupId, ...] = ()
    account: str = attrs.field(validator=_ACCOUNT)
    contra_account: str = attrs.field(validator=_ACCOUNT)
    tax_key: str = attrs.field(default="", validator=attrs.validators.matches_re("[0-9A-Za-z]{0,10}"))
    cost_centre_1: str = ""
    cost_centre_2: str = ""
    product: str = ""

    def misses(self, ledger: str, document_kind: DocumentKind, line: PostingLine) -> tuple[str, ...]:
        """The conditions that a line does not meet."""
        asked = (
            ("ledgers", self.ledgers, ledger),
            ("document_kinds", self.document_kinds, document_kind),
            ("line_kinds", self.line_kinds, line.kind),
            ("tax_categories", self.tax_categories, line.tax_category),
            ("vat_percents", self.vat_percents, line.vat_percent),
            ("station_groups", self.station_groups, self.station_group_of(line)),
            ("user_groups", self.user_groups, self.user_group_of(line)),
        )
        return tuple(name for name, allowed, value in asked if allowed and value not in allowed)

    def station_group_of(self, line: PostingLine) -> StationGroupId | None:
        """The first of a line's that meets the condition, if there is one."""
        groups = (line.station_group, *line.further_station_groups)
        return next((one for one in groups if one in self.station_groups), None)

    def user_group_of(self, line: PostingLine) -> UserGroupId | None:
        """The first of a line's that meets the condition, if there is one."""
        groups = (line.user_group, *line.further_user_groups)
        return next((one for one in groups if one in self.user_groups), None)


@attrs.frozen(kw_only=True)
class Assignment:
    """What a line is posted to, and the rule of which tenant says so."""

    rule: AccountRuleId
    rule_tenant: TenantId
    account: str
    contra_account: str
    tax_key: str
    cost_centre_1: str
    cost_centre_2: str
    product: str


class RuleOutcome(Enum):
    """Whether a rule hit, did not fit, or was not asked since another one had hit."""

    HIT = "hit"
    MISSED = "missed"
    NOT_REACHED = "not_reached"


@attrs.frozen(kw_only=True)
class RuleVerdict:
    """What became of one rule; `misses` are its conditions that are not met. One that hit tells which groups
    of the line met its conditions."""

    rule: AccountRuleId
    rule_tenant: TenantId
    name: str
    outcome: RuleOutcome
    misses: tuple[str, ...] = ()
    station_group: StationGroupId | None = None
    user_group: UserGroupId | None = None


@attrs.frozen(kw_only=True)
class AccountExplanation:
    """Why a line goes where it goes; without an assignment it is unmapped."""

    assignment: Assignment | None
    verdicts: tuple[RuleVerdict, ...]


def in_force(rules: Sequence[AccountRule], line: Sequence[TenantId]) -> list[AccountRule]:
    """The rules of a line of tenants, which begins at the root, in the order in which they are asked."""
    near = {tenant: place for place, tenant in enumerate(reversed(line))}
    return sorted(rules, key=lambda one: (near[one.tenant], one.position, one.id))


def determine(
    rules: Sequence[AccountRule],
    *,
    ledger: str,
    document_kind: DocumentKind,
    line: PostingLine,
    partner_account: str = "",
) -> AccountExplanation:
    """Ask the rules in their order; the first that fits says where a line goes."""
    verdicts: list[RuleVerdict] = []
    found: Assignment | None = None
    for rule in rules:
        misses = () if found else rule.misses(ledger, document_kind, line)
        outcome = RuleOutcome.NOT_REACHED if found else RuleOutcome.MISSED if misses else RuleOutcome.HIT
        verdict = RuleVerdict(
            rule=rule.id, rule_tenant=rule.tenant, name=rule.name, outcome=outcome, misses=misses
        )
        if outcome is RuleOutcome.HIT:
            found = _assignment(rule, line, partner_account)
            of_station, of_user = rule.station_group_of(line), rule.user_group_of(line)
            verdict = attrs.evolve(verdict, station_group=of_station, user_group=of_user)
        verdicts.append(verdict)
    return AccountExplanation(assignment=found, verdicts=tuple(verdicts))


def _assignment(rule: AccountRule, line: PostingLine, partner_account: str) -> Assignment:
    return Assignment(
        rule=rule.id,
        rule_tenant=rule.tenant,
        account=partner_account or rule.account,
        contra_account=rule.contra_account,
        tax_key=rule.tax_key,
        cost_centre_1=rule.cost_centre_1 or line.user_cost_centre,
        cost_centre_2=rule.cost_centre_2 or line.site_cost_centre,
        product=rule.product,
    )
