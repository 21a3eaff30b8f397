"""Units of work that are watched: what they change is written into the log before they end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import attrs

from emobility_core.audit._acting import act_without_names, acting, without_name
from emobility_core.audit._chain import canonical, detail_digest
from emobility_core.audit._changes import Change
from emobility_core.audit._entry import AuditDetail, AuditEntry, AuditOutcome, ChangeKind, instant_text
from emobility_core.audit._ports import RecordViews
from emobility_core.ids import AuditEntryId, Ids, TenantId, shown
from emobility_core.instants import Clock, Clocks, Instant, OneClock
from emobility_core.work import Deed, Scope

# What a job changes of these is written down; of all else it changes too much, and nobody's records.
MASTER_DATA = frozenset({
    "tenants", "api_clients", "sites", "station_groups", "stations", "customers", "user_groups", "contracts",
    "tokens", "tariffs", "tariff_versions", "tariff_assignments", "certificate_authorities",
    "configuration_templates", "load_budgets", "load_points", "webhook_endpoints", "trusted_issuers", "roles",
    "role_assignments", "grants", "users",
})  # fmt: skip
# How a request is answered again, and the log itself: no effects of what somebody does.
_BESIDE = frozenset({
    "idempotency_keys", "ownerships", "reacted", "server_keys", "audit_entries", "personal_data",
})  # fmt: skip
_READ_ONE = frozenset({"get", "get_for_change"})
_WRITES = frozenset({
    "put", "drop", "owe", "mark", "queue", "replay", "discard", "claim", "forget", "progress", "publish",
    "keep",
})  # fmt: skip


@attrs.frozen(kw_only=True)
class Auditor:
    """Watches units of work. `salt` makes texts that nobody can guess; `clock` is the real one, and `clocks`
    tell by which one those live to whom something is done."""

    clock: Clock
    ids: Ids
    salt: Callable[[], str]
    views: RecordViews
    clocks: Clocks = attrs.field(
        default=attrs.Factory(lambda auditor: OneClock(auditor.clock), takes_self=True)
    )

    def watch(self, work: Any, scope: Scope) -> WatchedWork:
        return WatchedWork(work, scope, self)

    def entry(
        self,
        scope: Scope,
        tenant: TenantId,
        changes: Sequence[Change],
        *,
        outcome: AuditOutcome = AuditOutcome.DONE,
        reason: str | None = None,
    ) -> tuple[AuditEntry, list[AuditDetail]]:
        """Write down what the actor of a scope has done, or was denied for a `reason`."""
        now, deed = self.clock.now(), scope.deed or _by_itself(scope)
        id = AuditEntryId(self.ids.uuid7(now))
        changes = [*changes, *acting(scope, deed, tenant)]
        details = [self._detail(id, tenant, place, one) for place, one in enumerate(changes)]
        digests = [
            {"subject": one.subject, "kind": one.kind.value, "digest": detail_digest(detail)}
            for one, detail in zip(changes, details, strict=True)
        ]
        there = (deed.clock or self.clocks.of(scope.path)).now()
        content = _content(scope, deed, now, there) | {
            "id": shown("aud", id),
            "tenant": shown("ten", tenant),
            "outcome": outcome.value,
            "reason": reason,
            "changes": digests,
        }
        entry = AuditEntry(
            id=id,
            tenant=tenant,
            at=now,
            actor=without_name(scope.actor),
            operation=deed.operation,
            outcome=outcome,
            content=canonical(content),
        )
        return entry, details

    def _detail(self, entry: AuditEntryId, tenant: TenantId, number: int, change: Change) -> AuditDetail:
        return AuditDetail(
            entry=entry,
            number=number,
            tenant=tenant,
            subject=change.subject,
            before=change.before,
            after=change.after,
            salt=self.salt() if change.has_values else None,
        )


def _by_itself(scope: Scope) -> Deed:
    """A job acts by what it is called."""
    return Deed(operation=scope.actor)


def _content(scope: Scope, deed: Deed, now: Instant, there: Instant) -> dict[str, object]:
    return {
        "at": instant_text(now),
        "tenant_time": instant_text(there),
        "actor": without_name(scope.actor),
        "client": deed.client,
        "act": act_without_names(deed),
        "request": deed.request,
        "address": deed.address,
        "operation": deed.operation,
        "allowed_by": dict(deed.allowed_by),
    }


class WatchedWork:
    """A unit of work as its user sees it; `record` writes down what was changed."""

    def __init__(self, work: Any, scope: Scope, auditor: Auditor) -> None:
        self._work = work
        self._scope = scope
        self._auditor = auditor
        self._notes = _Notes(auditor.views)
        self._ports: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        known = self._ports.get(name)
        if known is None:
            known = getattr(self._work, name)
            if name == "audit_entries":
                known = _WatchedLog(known, self._notes)
            elif self._heeds(name):
                known = _WatchedPort(known, self._notes)
            self._ports[name] = known
        return known

    def _heeds(self, name: str) -> bool:
        return name in MASTER_DATA if self._scope.deed is None else name not in _BESIDE

    async def record(self) -> None:
        """Add the entries: one for what was asked for, one for each tenant where a job was at work."""
        if not self._notes.effect:
            return
        for tenant, changes in self._grouped():
            entry, details = self._auditor.entry(self._scope, tenant, changes)
            await self._work.audit_entries.add(entry, details)

    def _grouped(self) -> Iterator[tuple[TenantId, list[Change]]]:
        changes = self._notes.told()
        tenants = dict.fromkeys(one.tenant for one in changes)
        if self._scope.deed is None:
            for tenant in tenants:
                yield tenant, [one for one in changes if one.tenant == tenant]
            return
        # Whose records they are reads of it; what concerns several is the caller's own.
        (home,) = tenants if len(tenants) == 1 else (self._scope.tenant,)
        told = {one.subject for one in changes}
        named = [Change.naming(home, one) for one in self._scope.deed.named if one not in told]
        elsewhere = self._notes.erased_beside(home)
        yield home, [*changes, *named, *self._notes.erased.get(home, ())]
        # What was erased from a chain is told by that very chain.
        yield from elsewhere


class _Notes:
    """What a unit has read and changed so far."""

    def __init__(self, views: RecordViews) -> None:
        self.views = views
        self.seen: dict[UUID, Any] = {}
        self.changes: dict[str, Change] = {}
        self.effect = False
        self.forgotten: set[str] = set()
        self.erased: dict[TenantId, list[Change]] = {}

    def forget(self, subjects: Collection[str], details: Collection[AuditDetail]) -> None:
        """The values of these entries were erased, and so are those that this unit has read of the
        subjects before it changed them."""
        self.forgotten |= set(subjects)
        for tenant, entry in dict.fromkeys((one.tenant, one.entry) for one in details):
            erased = Change(tenant=tenant, subject=shown("aud", entry), kind=ChangeKind.ERASED)
            self.erased.setdefault(tenant, []).append(erased)

    def erased_beside(self, home: TenantId) -> list[tuple[TenantId, list[Change]]]:
        return [(tenant, changes) for tenant, changes in self.erased.items() if tenant != home]

    def told(self) -> list[Change]:
        return [
            attrs.evolve(one, before=None) if one.subject in self.forgotten else one
            for one in self.changes.values()
        ]

    def read(self, found: Any) -> None:
        for record in found if isinstance(found, list | tuple) else (found,):
            if _is_record(record):
                self.seen[record.id] = record

    def changed(self, before: Any, after: Any, kind: ChangeKind) -> None:
        self.effect = True
        change = Change.between(before, after, kind, self.views)
        known = self.changes.get(change.subject)
        self.changes[change.subject] = change if known is None else known.followed_by(change)
        if after is not None:
            self.seen[after.id] = after

    def touched(self, arguments: Collection[Any]) -> None:
        """Something was written in a way of its own."""
        self.effect = True
        for argument in arguments:
            for record in argument if isinstance(argument, list | tuple) else (argument,):
                if _is_record(record):
                    self.changed(None, record, ChangeKind.CREATED)


def _is_record(one: Any) -> bool:
    return attrs.has(type(one)) and isinstance(getattr(one, "id", None), UUID) and hasattr(one, "tenant")


class _WatchedPort:
    """A port whose changes are noted; whatever else it can do it does as ever."""

    def __init__(self, port: Any, notes: _Notes) -> None:
        self._port = port
        self._notes = notes

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name in _READ_ONE or name == "page" or name.startswith("find"):
            return self._reading(found)
        return self._writing(found) if name in _WRITES else found

    def _reading(self, method: Any) -> Any:
        async def read(*arguments: Any, **named: Any) -> Any:
            found = await method(*arguments, **named)
            self._notes.read(found)
            return found

        return read

    def _writing(self, method: Any) -> Any:
        def write(*arguments: Any, **named: Any) -> Any:
            self._notes.touched(() if method.__name__ == "publish" else arguments)
            return method(*arguments, **named)

        return write

    async def add(self, record: Any) -> Any:
        answer = await self._port.add(record)
        self._notes.touched([record])
        return answer

    async def add_all(self, records: Sequence[Any]) -> Any:
        answer = await self._port.add_all(records)
        self._notes.touched(records)
        return answer

    async def replace(self, record: Any) -> Any:
        before = await self._before(record)
        stored = await self._port.replace(record)
        self._notes.changed(before, stored or record, ChangeKind.CHANGED)
        return stored

    async def replace_all(self, records: Sequence[Any]) -> Any:
        before = [await self._before(record) for record in records]
        stored = await self._port.replace_all(records)
        for old, new in zip(before, stored, strict=True):
            self._notes.changed(old, new, ChangeKind.CHANGED)
        return stored

    async def remove(self, id: Any) -> Any:
        before = self._notes.seen.get(id)
        answer = await self._port.remove(id)
        if before is not None:
            self._notes.changed(before, None, ChangeKind.REMOVED)
        else:
            self._notes.effect = True
        return answer

    async def move(self, id: Any, *arguments: Any, **named: Any) -> Any:
        before = await self._port.get(id)
        answer = await self._port.move(id, *arguments, **named)
        self._notes.changed(before, await self._port.get(id), ChangeKind.CHANGED)
        return answer

    async def _before(self, record: Any) -> Any:
        """What was stored, which whoever replaces it has mostly read."""
        seen = self._notes.seen.get(record.id)
        if seen is not None and seen.version == record.version:
            return seen
        return await self._port.get(record.id)


class _WatchedLog:
    """The log itself: what is erased from it is told in it."""

    def __init__(self, log: Any, notes: _Notes) -> None:
        self._log = log
        self._notes = notes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def erase(
        self, subjects: Collection[str], mentions: Collection[Any], named_in: Scope, *, by: str
    ) -> Any:
        erased = await self._log.erase(subjects, mentions, named_in, by=by)
        self._notes.forget(subjects, erased)
        return erased
