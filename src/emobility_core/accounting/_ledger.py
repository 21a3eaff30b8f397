"""A ledger: the books of a company that batches go to, with the number of the last one."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import attrs

from emobility_core.errors import NotFound
from emobility_core.ids import LedgerId
from emobility_core.money import EXPONENTS, UnknownCurrency
from emobility_core.work import Record


@attrs.frozen
class UnknownLedger(NotFound):
    """There is no such ledger within the caller's scope.

    Remedy: list the ledgers and use one of their ids, or create one.
    """

    code = "unknown-ledger"
    ledger: UUID


def _currency(_: object, __: object, currency: str) -> None:
    if currency not in EXPONENTS:
        raise UnknownCurrency(currency)


@attrs.frozen(kw_only=True)
class Ledger(Record):
    """The books of one company; its `name` is unique within the tenant.

    `exports` are the formats that its batches are to have, each with its settings: a batch that one of them
    could not show is not closed. `last_number` and `last_digest` are those of the batch closed last.
    """

    id: LedgerId
    name: str = attrs.field(validator=attrs.validators.min_len(1))
    currency: str = attrs.field(default="EUR", validator=_currency)
    exports: Mapping[str, Mapping[str, str]] = attrs.field(factory=dict)
    last_number: int = 0
    last_digest: str | None = None

    def settings_of(self, format: str) -> Mapping[str, str]:
        return self.exports.get(format, {})
