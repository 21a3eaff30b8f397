"""The records of one transaction, begin and end apart or in one, judged together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import attrs

from emobility_core.metering._reason import Reason
from emobility_core.metering._record import ENDS, Moment, Page, SignedReading, Statement, UnreadableRecord
from emobility_core.metering._registers import Direction, Register, billing_register
from emobility_core.metering._signature import SignatureVerdict
from emobility_core.metering._time import judge_time
from emobility_core.metering._verdict import EXACT, EnergyVerdict, TransactionVerdict, in_milliwatt_hours

# OCMF table 11: the signer itself says that it does not know who charged.
_FAILED_LEVELS = frozenset({"MISMATCH", "INVALID", "OUTDATED", "UNKNOWN"})
_KWH_EXPONENT = {"kWh": 0, "Wh": -3}


def judge(
    checked: Sequence[SignatureVerdict], *, also_billing: frozenset[str] = frozenset()
) -> TransactionVerdict:
    """Judge the records of one transaction; `also_billing` are registers that the meter's type adds.

    A record that was delivered twice counts once: what was signed tells, since r and n-s both sign it. Never
    raises: of what cannot be read the reasons tell.
    """
    once = list({one.record.signed: one for one in checked}.values())
    said, unreadable = _said(once)
    energy = _energy(said, also_billing)
    contradictions = [*unreadable, *_users(said)]
    if len(once) > 1:
        contradictions += [*_devices(said), *_keys(once), *_sessions(said)]
    if contradictions:
        energy = attrs.evolve(energy, reasons=(*energy.reasons, *contradictions))
    return TransactionVerdict(
        signatures=tuple(checked),
        energy=energy,
        time=judge_time(energy.begin, energy.end),
        warnings=tuple(_pages(said)),
    )


def _said(checked: Sequence[SignatureVerdict]) -> tuple[list[Statement], list[Reason]]:
    """What can be read of what was signed, and why the rest cannot."""
    said, unreadable = [], []
    for one in checked:
        try:
            said.append(one.record.statement)
        except UnreadableRecord as refusal:
            unreadable.append(Reason("unreadable", {"why": refusal.reason}))
    return said, unreadable


def _energy(said: Sequence[Statement], also: frozenset[str]) -> EnergyVerdict:
    counted = _counted(said, also)
    register = _preferred(counted)
    readings = counted[register] if register is not None else []
    begins = _distinct([one for one in readings if one.moment is Moment.BEGIN])
    ends = _distinct([one for one in readings if one.moment in ENDS])
    reasons = [*_count("begin", begins), *_count("end", ends)]
    if register is not None:
        reasons += _parts(register, counted)
    if len(begins) != 1 or len(ends) != 1:
        only = [one[0] if len(one) == 1 else None for one in (begins, ends)]
        return EnergyVerdict(kwh=None, register=register, begin=only[0], end=only[1], reasons=tuple(reasons))
    (begin,), (end,) = begins, ends
    kwh, against = _difference(begin, end)
    events = [one for each in said for one in each.readings if one.value is None]
    between = [one for one in (*readings, *events) if one not in (begin, end)]
    reasons += [*against, *_faults(begin, end), *_faults_between(between)]
    return EnergyVerdict(kwh=kwh, register=register, begin=begin, end=end, reasons=tuple(reasons))


def _counted(said: Sequence[Statement], also: frozenset[str]) -> dict[Register, list[SignedReading]]:
    """The readings of each billing register, in the order of the records."""
    counted: dict[Register, list[SignedReading]] = {}
    for each in said:
        for reading in each.readings:
            if reading.obis is not None and reading.value is not None:
                register = billing_register(reading.obis, also)
                if register is not None:
                    counted.setdefault(register, []).append(reading)
    return counted


def _preferred(counted: dict[Register, list[SignedReading]]) -> Register | None:
    """Import before export, compensated before not, whole before part; one with both ends before all."""
    if len(counted) == 1:
        return next(iter(counted))

    def place(register: Register) -> tuple[bool, tuple[bool, bool, bool], str]:
        moments = {one.moment for one in counted[register]}
        return not (Moment.BEGIN in moments and moments & ENDS), register.rank, register.name

    return min(counted, key=place, default=None)


def _distinct(readings: list[SignedReading]) -> list[SignedReading]:
    """A reading that stands in two records, alone and beside the end, is one reading."""
    if len(readings) < 2:
        return readings
    return list({(one.at, one.value, one.unit): one for one in readings}.values())


def _count(name: str, found: Collection[SignedReading]) -> Iterable[Reason]:
    if not found:
        yield Reason(f"{name}-missing")
    elif len(found) > 1:
        yield Reason(f"{name}-repeated", {"count": str(len(found))})


def _parts(register: Register, counted: Collection[Register]) -> Iterable[Reason]:
    if register.direction is not Direction.IMPORT:
        yield Reason("only-export", {"register": register.name})
    parts = [one.name for one in counted if not one.total]
    if not register.total and len(parts) > 1:
        yield Reason("several-part-registers", {"registers": " ".join(sorted(parts))})


def _difference(begin: SignedReading, end: SignedReading) -> tuple[Decimal | None, list[Reason]]:
    units = [str(one.unit) for one in (begin, end)]
    if not set(units) <= _KWH_EXPONENT.keys():
        return None, [Reason("unit-not-energy", {"begin": units[0][:10], "end": units[1][:10]})]
    low, high = (_kwh(one) for one in (begin, end))
    kwh = EXACT.subtract(high, low)
    if kwh < 0:
        return kwh, [Reason("end-below-begin", {"begin": str(low), "end": str(high)})]
    if in_milliwatt_hours(kwh) is None:
        return kwh, [Reason("finer-than-a-milliwatt-hour", {"kwh": str(kwh)})]
    return kwh, []


def _kwh(reading: SignedReading) -> Decimal:
    assert reading.value is not None, "a reading without a value is no end of a transaction"
    return EXACT.scaleb(reading.value, _KWH_EXPONENT[str(reading.unit)])


def _faults(begin: SignedReading, end: SignedReading) -> Iterable[Reason]:
    for name, one in (("begin", begin), ("end", end)):
        if one.status != "G":
            yield Reason("meter-not-good", {"at": name, "status": (one.status or "none")[:10]})
        # What OCMF does not know may make the energy unusable as well.
        if one.flags.strip("t"):
            yield Reason("energy-unusable", {"at": name, "flags": one.flags[:10]})
    if begin.at is not None and end.at is not None and end.at < begin.at:
        yield Reason("end-before-begin", {"begin": begin.at.isoformat(), "end": end.at.isoformat()})


def _faults_between(readings: Collection[SignedReading]) -> Iterable[Reason]:
    """OCMF, Signing and Verification Process: errors on the way make the whole unusable."""
    if any(one.flags.strip("t") or _unusable_from_here(one) for one in readings):
        yield Reason("energy-unusable", {"at": "between"})
    bad = sorted({one.status or "none" for one in readings} - {"G"})
    if bad:
        yield Reason("meter-not-good", {"at": "between", "status": " ".join(bad)[:40]})


def _unusable_from_here(reading: SignedReading) -> bool:
    """X: time or energy or both are unusable from here on; the flags say which, if they say anything."""
    return reading.moment is Moment.EXCEPTION and reading.flags != "t"


def _devices(said: Sequence[Statement]) -> Iterable[Reason]:
    for name, of in _SERIALS:
        found = {of(one) or "none" for one in said}
        if len(found) > 1:
            yield Reason("other-device", {"of": name, "found": " ".join(sorted(found))[:200]})


_SERIALS: tuple[tuple[str, Callable[[Statement], str | None]], ...] = (
    ("meter", lambda one: one.device.meter),
    ("gateway", lambda one: one.device.gateway),
    ("charge point", lambda one: one.device.charge_point),
)


def _sessions(said: Sequence[Statement]) -> Iterable[Reason]:
    found = {one.session for one in said}
    if len(found) > 1:
        yield Reason("other-session", {"found": " ".join(sorted(one or "none" for one in found))})


def _keys(checked: Sequence[SignatureVerdict]) -> Iterable[Reason]:
    found = {one.key.fingerprint for one in checked if one.key is not None}
    if len(found) > 1:
        yield Reason("other-key", {"found": " ".join(sorted(one[:16] for one in found))})


def _users(said: Sequence[Statement]) -> Iterable[Reason]:
    levels = {one.assignment.level for one in said if one.assignment.level in _FAILED_LEVELS}
    for level in sorted(filter(None, levels)):
        yield Reason("assignment-failed", {"level": level})
    ids = {one.assignment.id for one in said if one.assignment.id}
    if len(ids) > 1:
        yield Reason("other-user")


def _pages(said: Sequence[Statement]) -> Iterable[Reason]:
    pages = [one.page for one in said]
    if None in pages:
        yield Reason("page-unreadable")
    found = [page for page in pages if page is not None]
    for one, other in pairwise(found):
        if broken := page_break(one, other):
            yield broken


def page_break(page: Page, following: Page) -> Reason | None:
    """Why a record is not the next of its signer; None where it is.

    OCMF counts every record of a context on by one. The reference software does not look, and real stations
    repeat pages: a warning and an entry for the auditor, never a refusal.
    """
    if (following.context, following.number) == (page.context, page.number + 1):
        return None
    told = {"from": f"{page.context}{page.number}", "to": f"{following.context}{following.number}"}
    return Reason("pages-not-consecutive", told)
