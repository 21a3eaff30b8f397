"""The audit log in this server: how records are written down, and the job that gives entries their places."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs

from emobility_app.wire import wire
from emobility_core.audit import AuditHead, Auditor, anchored
from emobility_core.charging import DoubtfulReport
from emobility_core.commands import MASK as MASKED
from emobility_core.commands import Command, is_secret, without_order_secrets
from emobility_core.errors import EmobilityError
from emobility_core.ids import Ids, TenantId, shown
from emobility_core.instants import Clock, Clocks, OneClock
from emobility_core.tenancy import Tenant
from emobility_core.work import Scope, Transactions

_log = logging.getLogger("emobility.audit")
_SALT_BYTES = 16
_EVERY_S = 1.0
# What is cut off a chain is noticed but for the last hour of it.
_ANCHOR_EVERY_S = 3600.0
_AT_ONCE = 500
_TAGS = frozenset({"id_tag", "parent", "token", "customer", "contract"})
# What is shown nowhere though it is no secret, and what the record alone shows, to whom it concerns.
_INTERNAL: Mapping[type[Any], frozenset[str]] = {
    Tenant: frozenset({"path"}),
    DoubtfulReport: frozenset({"content"}),
}


class WireViews:
    """Records as the API writes them; what no `repr` shows is hidden here too."""

    def view(self, record: Any) -> Mapping[str, object]:
        shown = record
        if isinstance(record, Command):
            shown = attrs.evolve(record, order=without_order_secrets(record.order))
        view: dict[str, object] = _without_secrets(wire.unstructure(shown))
        # Whose cards another company named, or let charge by a grant, is not the station's side's to know; of
        # those that a command names the command tells, to whom it concerns.
        hides = isinstance(record, Command) or getattr(record, "grant", None) is not None
        return _without_tags(view) if hides else view

    def hidden(self, record: Any) -> Collection[str]:
        return hidden_fields(type(record))


def hidden_fields(kind: type[Any]) -> frozenset[str]:
    """The fields of a kind of record whose values stand in no log."""
    unshown = frozenset(field.name for field in attrs.fields(kind) if field.init and not field.repr)
    return unshown | _INTERNAL.get(kind, frozenset())


def _without_secrets(value: Any) -> Any:
    """Secrets of stations, wherever a record holds keys of their configuration."""
    if isinstance(value, Mapping):
        told = {name: _without_secrets(one) for name, one in value.items()}
        if is_secret(str(told.get("key", ""))) and "value" in told:
            told["value"] = MASKED
        return {name: MASKED if _hides(str(name), one) else one for name, one in told.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(one) for one in value]
    return value


def _without_tags(view: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {}
    for name, value in view.items():
        if name in _TAGS and value is not None:
            told[name] = MASKED
        else:
            told[name] = _without_tags(value) if isinstance(value, Mapping) else value
    return told


def _hides(name: str, value: object) -> bool:
    return isinstance(value, str) and value != "" and is_secret(name)


def auditor(clock: Clock, ids: Ids, clocks: Clocks | None = None) -> Auditor:
    """Writes by the real clock; `clocks` tell whose present is another one, nobody's where none are given."""
    return Auditor(
        clock=clock,
        ids=ids,
        salt=lambda: secrets.token_hex(_SALT_BYTES),
        views=WireViews(),
        clocks=clocks or OneClock(clock),
    )


def network_of(host: str | None) -> str | None:
    """The network that an address belongs to: who watches a person needs more than the log tells."""
    try:
        address = ipaddress.ip_address(host or "")
    except ValueError:
        return None
    bits = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, bits), strict=False))


async def sealing_rounds(
    transactions: Transactions[Any],
    reading: Callable[[Scope], AbstractAsyncContextManager[Any]],
    everything: Scope,
    *,
    every_s: float = _EVERY_S,
) -> None:
    """Give entries their places in the chains of their tenants, until cancelled."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await seal_waiting(transactions, reading, everything)
        except EmobilityError as error:
            _log.warning("entries will be given their places later: %s", error)


async def seal_waiting(
    transactions: Transactions[Any],
    reading: Callable[[Scope], AbstractAsyncContextManager[Any]],
    everything: Scope,
) -> None:
    """Give a place to each entry that has none yet."""
    while True:
        async with reading(everything) as work:
            if not await work.audit_entries.is_waiting():
                return
        async with transactions(everything) as work:
            await work.audit_entries.seal(limit=_AT_ONCE)


class Anchors:
    """Tells where the chains end: as an event, which goes to whoever hears events, and in the log."""

    def __init__(self, transactions: Transactions[Any], everything: Scope, clock: Clock, ids: Ids) -> None:
        self._transactions = transactions
        self._everything = everything
        self._clock = clock
        self._ids = ids
        self._told: dict[TenantId, AuditHead] = {}

    async def run(self, *, every_s: float = _ANCHOR_EVERY_S) -> None:
        """Tell of each chain that has grown, until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.tell()
            except EmobilityError as error:
                _log.warning("chains will be anchored later: %s", error)

    async def tell(self) -> None:
        """Tell of each chain that has grown since."""
        now = self._clock.now()
        async with self._transactions(self._everything) as work:
            heads = [one for one in await work.audit_entries.heads() if self._told.get(one.tenant) != one]
            for head in heads:
                work.outbox.publish(anchored(head, at=now, ids=self._ids))
        for head in heads:
            _log.info("audit chain of %s: %d %s", shown("ten", head.tenant), head.seq, head.hash)
            self._told[head.tenant] = head
