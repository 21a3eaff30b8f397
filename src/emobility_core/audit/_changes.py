"""What changed of a record: the fields before and after, without what stands in no log."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import attrs

from emobility_core.audit._chain import canonical, sha256
from emobility_core.audit._entry import ChangeKind
from emobility_core.audit._ports import RecordViews
from emobility_core.ids import TenantId

MASK = "***"
# Bank data are nowhere but where they are used, whatever record they stand in.
_NEVER = frozenset({"iban", "bic", "account_holder", "bank_account"})
# Follow from the change itself.
_COUNTED = frozenset({"version", "updated_at"})
_LONGEST = 4_000

Fields = Mapping[str, object]


@attrs.frozen(kw_only=True)
class Change:
    """What was done to the record `subject` of a tenant."""

    tenant: TenantId
    subject: str
    kind: ChangeKind
    before: Fields | None = None
    after: Fields | None = None

    @property
    def has_values(self) -> bool:
        return self.before is not None or self.after is not None

    @classmethod
    def naming(cls, tenant: TenantId, subject: str) -> Change:
        """A record that was meant, and is as it was."""
        return cls(tenant=tenant, subject=subject, kind=ChangeKind.NAMED)

    @classmethod
    def between(cls, before: Any, after: Any, kind: ChangeKind, views: RecordViews) -> Change:
        """The difference of two states of a record; None for what was not there, or is no longer."""
        record = after if after is not None else before
        old, new = _view(before, views), _view(after, views)
        hidden = frozenset(views.hidden(record)) | _NEVER
        names = [name for name in {**old, **new} if old.get(name) != new.get(name) and name not in _COUNTED]
        return cls(
            tenant=record.tenant,
            subject=str({**old, **new}["id"]),
            kind=kind,
            before=None if before is None else _told(old, names, hidden),
            after=None if after is None else _told(new, names, hidden),
        )

    def followed_by(self, later: Change) -> Change:
        """Both in one: the same record was changed twice."""
        kind = ChangeKind.CREATED if self.kind is ChangeKind.CREATED else later.kind
        before = None if self.before is None else {**(later.before or {}), **self.before}
        after = None if later.after is None else {**(self.after or {}), **later.after}
        return attrs.evolve(later, kind=kind, before=before, after=after)


def _view(record: Any, views: RecordViews) -> dict[str, object]:
    return {} if record is None else {name: plain(value) for name, value in views.view(record).items()}


def _told(view: Fields, names: list[str], hidden: Set[str]) -> dict[str, object]:
    return {
        name: MASK if name in hidden and view[name] is not None else _short(view[name])
        for name in names
        if name in view
    }


def _short(value: object) -> object:
    """What is long is told by its digest."""
    text = canonical(value)
    return value if len(text) <= _LONGEST else {"sha256": sha256(text), "characters": len(text)}


def plain(value: Any) -> object:
    """Plain JSON of what a view may hold, bank data masked at any depth."""
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, Mapping):
        return {str(name): MASK if name in _NEVER else plain(one) for name, one in value.items()}
    if isinstance(value, Set):
        return sorted(str(one) for one in value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return str(value)
