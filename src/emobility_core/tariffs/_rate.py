"""The price of a use: exact lines, unrounded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import attrs

from emobility_core.energy import Energy
from emobility_core.tariffs._bill import Bill
from emobility_core.tariffs._blocking import blocking_lines
from emobility_core.tariffs._compiled import HOUR, Compiled, Rule
from emobility_core.tariffs._element import Dimension
from emobility_core.tariffs._limits import limit_lines
from emobility_core.tariffs._lines import EXACT, Component, Line, Unit, quotient
from emobility_core.tariffs._prices import Prices, Switching
from emobility_core.tariffs._segments import Segment, pieces, segments_of
from emobility_core.tariffs._timetable import instant_of
from emobility_core.tariffs._usage import Phase, PhaseKind, Usage

_ONE = Decimal(1)
_MINUTE = timedelta(minutes=1)


def rate(usage: Usage, prices: Prices) -> Bill:
    """Price a use: a line for each price that counts, and for each stretch of time in which it does. Exact;
    rounding is the document's.

    Of the simple prices one that is zero makes no line. Raises `UnknownTimeZone`.
    """
    if prices.is_simple and not usage.only_reserved:
        lines = _simple(usage, prices)
    else:
        lines = tuple(_full(usage, prices))
    return Bill(prices=prices, lines=lines, zone=usage.zone)


def _simple(usage: Usage, prices: Prices) -> tuple[Line, ...]:
    since, until = usage.started_at, usage.ended_at
    lines = []
    if price := prices.per_kwh:
        kwh = usage.energy.kwh
        amount = EXACT.multiply(kwh, price)
        lines.append(Line(Component.ENERGY, kwh, Unit.KWH, price, amount, "per_kwh", since, until))
    if price := prices.per_session:
        lines.append(Line(Component.SESSION, _ONE, Unit.SESSION, price, price, "per_session", since, until))
    if price := prices.per_minute:
        minutes = started_minutes(until - since)
        amount = EXACT.multiply(minutes, price)
        lines.append(Line(Component.TIME, minutes, Unit.MINUTE, price, amount, "per_minute", since, until))
    return tuple(lines)


def started_minutes(duration: timedelta) -> Decimal:
    """Each started minute counts; a duration below zero is none."""
    return Decimal(max(0, -(-duration // _MINUTE)))


@attrs.define
class _Run:
    """A stretch in which one rule counts, with its quantity in mWh or microseconds."""

    rule: Rule
    since: int
    until: int
    quantity: int


def _full(usage: Usage, prices: Prices) -> list[Line]:
    compiled = prices.compiled
    rules = compiled.rules_for(usage)
    segments = segments_of(usage, compiled)
    used = [one for one in segments if one.phase.kind is not PhaseKind.RESERVATION]
    reserved = [one for one in segments if one.phase.kind is PhaseKind.RESERVATION]
    lines = _energy_lines(_energy_runs(used, rules.get(Dimension.ENERGY, ()), compiled, prices.switching))
    lines += _fee(used, rules.get(Dimension.SESSION, ()), compiled)
    for runs in _times(used, rules, compiled):
        lines += _time_lines(runs)
    lines += _fee(reserved, rules.get(Dimension.RESERVATION_FEE, ()), compiled)
    waited = _time_runs(reserved, rules.get(Dimension.RESERVATION_TIME, ()), compiled)
    lines += _time_lines(_stepped(waited))
    if prices.blocking is not None:
        lines += blocking_lines(prices.blocking, used, compiled.exempt, usage.zone)
    # Nobody came: a least price is that of a session.
    return lines + limit_lines(lines, prices) if used else lines


def _first(rules: Sequence[Rule], at: Segment, mwh: int, phase: Phase, asks_power: bool) -> Rule | None:
    """The first rule that fits at a moment."""
    for rule in rules:
        if rule.fits(at.mask, at.lasted, mwh) and (
            not asks_power or rule.fits_power(phase.power_w, phase.current_a)
        ):
            return rule
    return None


def _energy_runs(
    segments: Sequence[Segment], rules: Sequence[Rule], compiled: Compiled, switching: Switching
) -> list[_Run]:
    """The energy of each price; what time it is, is asked where the tariff lets the price change."""
    runs: list[_Run] = []
    asked: Segment | None = None
    for segment in segments if rules else ():
        if (
            asked is None
            or switching is Switching.INTERPOLATED
            or (switching is Switching.SIGNED_VALUES and segment.phase is not asked.phase)
        ):
            asked = segment
        for since, until, before, after in pieces(segment, compiled.thresholds):
            rule = _first(rules, asked, before, asked.phase, compiled.asks_power) if after > before else None
            if rule is None:
                continue
            if runs and runs[-1].rule is rule:
                runs[-1].until = until
                runs[-1].quantity += after - before
            else:
                runs.append(_Run(rule, since, until, after - before))
    return _stepped(runs)


def _times(
    segments: Sequence[Segment], rules: dict[Dimension, tuple[Rule, ...]], compiled: Compiled
) -> list[list[_Run]]:
    """The runs of each time. The step of charging and idle time rounds the one of them that counted last,
    once (OCPI 2.3.0, mod_cdrs, step_size)."""
    charging, idle = (
        _time_runs([one for one in segments if one.phase.kind is kind], rules.get(dimension, ()), compiled)
        for dimension, kind in (
            (Dimension.CHARGING_TIME, PhaseKind.CHARGING),
            (Dimension.IDLE_TIME, PhaseKind.IDLE),
        )
    )
    if charging and not (idle and idle[-1].until > charging[-1].until):
        _stepped(charging)
    else:
        _stepped(idle)
    connected = _stepped(_time_runs(segments, rules.get(Dimension.CONNECTED_TIME, ()), compiled))
    return [charging, idle, connected]


def _time_runs(segments: Sequence[Segment], rules: Sequence[Rule], compiled: Compiled) -> list[_Run]:
    runs: list[_Run] = []
    for one in segments if rules else ():
        rule = _first(rules, one, one.mwh, one.phase, compiled.asks_power) if one.until > one.since else None
        if rule is None:
            continue
        if runs and runs[-1].rule is rule and runs[-1].until == one.since:
            runs[-1].until = one.until
            runs[-1].quantity += one.until - one.since
        else:
            runs.append(_Run(rule, one.since, one.until, one.until - one.since))
    return runs


def _stepped(runs: list[_Run]) -> list[_Run]:
    """Round the sum of runs up by the step of the last; what is added counts as its."""
    if runs and runs[-1].rule.step:
        runs[-1].quantity += -sum(run.quantity for run in runs) % runs[-1].rule.step
    return runs


def _energy_lines(runs: Sequence[_Run]) -> list[Line]:
    lines = []
    for run in runs:
        kwh, rule = Energy(run.quantity).kwh, run.rule
        lines.append(_line(run, kwh, EXACT.multiply(kwh, rule.amount)))
    return lines


def _time_lines(runs: Sequence[_Run]) -> list[Line]:
    """Amounts of times may have no end: they are cut such that they add up to the cut of their sum."""
    lines, product, given = list[Line](), Decimal(0), Decimal(0)
    for run in runs:
        product = EXACT.fma(Decimal(run.quantity), run.rule.amount, product)
        due = quotient(product, HOUR)
        quantity = quotient(Decimal(run.quantity), run.rule.per_unit)
        lines.append(_line(run, quantity, EXACT.subtract(due, given)))
        given = due
    return lines


def _line(run: _Run, quantity: Decimal, amount: Decimal) -> Line:
    rule = run.rule
    since, until = instant_of(run.since), instant_of(run.until)
    return Line(
        rule.component, quantity, rule.unit, rule.unit_price, amount, rule.id, since, until, rule.vat_percent
    )


def _fee(segments: Sequence[Segment], rules: Sequence[Rule], compiled: Compiled) -> list[Line]:
    """A fee is due once, as soon as one fits."""
    for one in segments if rules else ():
        rule = _first(rules, one, one.mwh, one.phase, compiled.asks_power)
        if rule is not None:
            return [_line(_Run(rule, one.since, segments[-1].until, 1), _ONE, rule.amount)]
    return []
