"""From what a station delivered to what may be billed: records, keys and verdict of one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date

import attrs

from emobility_core.energy import Energy
from emobility_core.instants import Instant
from emobility_core.metering._envelope import SignedValue
from emobility_core.metering._keys import PublicKey
from emobility_core.metering._ports import Signatures
from emobility_core.metering._reason import Reason
from emobility_core.metering._record import Device, SignedRecord, Statement, UnreadableRecord
from emobility_core.metering._registry import KeyDecision, KeyTrust, MeterKey, key_for
from emobility_core.metering._sent_keys import key_sent_with
from emobility_core.metering._signature import check_signature
from emobility_core.metering._transaction import judge
from emobility_core.metering._verdict import TransactionVerdict


@attrs.frozen(kw_only=True)
class Assessment:
    """The verdict on a transaction, what became of each record's key, values that nobody could read, and what
    in them contradicts the session."""

    verdict: TransactionVerdict
    keys: tuple[KeyDecision, ...]
    unreadable: tuple[Reason, ...] = ()
    contradictions: tuple[Reason, ...] = ()

    @property
    def billable(self) -> Energy | None:
        """The energy that may be billed; None holds the transaction, and `reasons` say why."""
        trusted = all(one.trust is KeyTrust.TRUSTED for one in self.keys)
        held = self.unreadable or self.contradictions or not trusted
        return None if held else self.verdict.billable

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything that speaks against billing, each thing once; none exactly where there is an amount."""
        signatures = [reason for one in self.verdict.signatures for reason in one.reasons]
        keys = [reason for one in self.keys for reason in one.reasons]
        found = [*self.unreadable, *signatures, *keys, *self.verdict.energy.reasons, *self.contradictions]
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
    id_tag: str | None = None,
    tariff_text: str | None = None,
    also_billing: frozenset[str] = frozenset(),
) -> Assessment:
    """Assess the signed values of one transaction, begin and end apart or in one, as often as they were sent.

    `at` is when it ended by our clock, which decides between the keys of a meter: the clock of a meter proves
    nothing. `on` is the local day, for the end of its calibration. `id_tag` and `tariff_text` are those of
    the session, where the records are to agree with them. Never raises: what cannot be read holds.
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
    said = _statements(one.record for one in checked)
    return Assessment(
        verdict=judge(checked, also_billing=also_billing),
        keys=tuple(keys),
        unreadable=tuple(unreadable),
        contradictions=(*_other_token(said, id_tag), *_other_tariff(said, tariff_text)),
    )


def _device(record: SignedRecord) -> Device:
    try:
        return record.statement.device
    except UnreadableRecord:
        # Of nobody: no key is known for it, and the verdict says what could not be read.
        return Device(meter=None)


def _statements(records: Iterable[SignedRecord]) -> list[Statement]:
    found = []
    for record in records:
        with suppress(UnreadableRecord):
            found.append(record.statement)
    return found


def _other_token(said: Iterable[Statement], id_tag: str | None) -> Iterable[Reason]:
    """An id that the signer assigned and that is not the session's.

    Stations wrap it (`idTag:180390,version:v2.4.0`) and cut it to what OCPP allows, so that one has to stand
    in the other. What a station made up itself (LOCAL) is compared with nothing.
    """
    tag = (id_tag or "").casefold()
    for one in said:
        user = one.assignment
        ours = (user.id or "").casefold()
        comparable = user.assigned and ours and not (user.kind or "").startswith("LOCAL")
        if tag and comparable and tag not in ours and ours not in tag:
            yield Reason("other-token", {"kind": (user.kind or "none")[:20]})


def _other_tariff(said: Iterable[Statement], tariff_text: str | None) -> Iterable[Reason]:
    if tariff_text is not None:
        for one in said:
            if one.assignment.tariff_text not in (None, tariff_text):
                yield Reason("other-tariff-text")


def _sent(value: SignedValue, record: SignedRecord) -> PublicKey | None:
    sent = key_sent_with(value, record)
    return None if sent is None else sent.key
