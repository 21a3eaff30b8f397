"""From what a station delivered to what may be billed: records, keys and verdict of one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.metering._envelope import SignedValue
from emobility_core.metering._keys import PublicKey
from emobility_core.metering._ports import Signatures
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import Device, SignedRecord, UnreadableRecord
from emobility_core.metering._registry import KeyDecision, KeyTrust, MeterKey, key_for
from emobility_core.metering._sent_keys import key_sent_with
from emobility_core.metering._signature import check_signature
from emobility_core.metering._transaction import judge
from emobility_core.metering._verdict import TransactionVerdict


@attrs.frozen(kw_only=True)
class Assessment:
    """The verdict on a transaction, what became of each record's key, and values that nobody could read."""

    verdict: TransactionVerdict
    keys: tuple[KeyDecision, ...]
    unreadable: tuple[Reason, ...] = ()

    @property
    def billable(self) -> Energy | None:
        """The energy that may be billed; None holds the transaction, and `reasons` say why."""
        trusted = all(one.trust is KeyTrust.TRUSTED for one in self.keys)
        return self.verdict.billable if trusted and not self.unreadable else None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything that speaks against billing, each thing once; none exactly where there is an amount."""
        signatures = [reason for one in self.verdict.signatures for reason in one.reasons]
        keys = [reason for one in self.keys for reason in one.reasons]
        found = [*self.unreadable, *signatures, *keys, *self.verdict.energy.reasons]
        return tuple(one for place, one in enumerate(found) if one not in found[:place])

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What somebody should see to, and what refuses nothing."""
        found = [*(reason for one in self.keys for reason in one.warnings), *self.verdict.warnings]
        return tuple(one for place, one in enumerate(found) if one not in found[:place])


def assess(
    values: Sequence[SignedValue],
    known: Iterable[MeterKey],
    *,
    at: Instant,
    on: date,
    signatures: Signatures,
    also_billing: frozenset[str] = frozenset(),
) -> Assessment:
    """Assess the signed values of one transaction, begin and end apart or in one, as often as they were sent.

    `at` is when it ended by our clock, which decides between the keys of a meter: the clock of a meter proves
    nothing. `on` is the local day, for the end of its calibration. Never raises: what cannot be read holds.
    """
    known = tuple(known)
    checked, keys, unreadable = [], [], []
    for value in values:
        try:
            record = value.record()
        except UnreadableRecord as refusal:
            unreadable.append(Reason("unreadable", {"why": refusal.reason}))
            continue
        decision = key_for(_device(record), known, at=at, on=on, sent=_sent(value, record))
        keys.append(decision)
        checked.append(check_signature(record, decision.key, signatures=signatures))
    return Assessment(
        verdict=judge(checked, also_billing=also_billing), keys=tuple(keys), unreadable=tuple(unreadable)
    )


def _device(record: SignedRecord) -> Device:
    try:
        return record.statement.device
    except UnreadableRecord:
        # Of nobody: no key is known for it, and the verdict says what could not be read.
        return Device(meter=None)


def _sent(value: SignedValue, record: SignedRecord) -> PublicKey | None:
    sent = key_sent_with(value, record)
    return None if sent is None else sent.key
