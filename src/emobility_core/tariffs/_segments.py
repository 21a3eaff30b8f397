"""A use cut into segments in which no price can change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from emobility_core.tariffs._compiled import Compiled
from emobility_core.tariffs._timetable import Stretch, Timetable, micros
from emobility_core.tariffs._usage import Phase, PhaseKind, Usage


class Segment(NamedTuple):
    """From `since` to `until`: the hours that hold, how long the session has lasted, its energy before and
    after, and the phase."""

    since: int
    until: int
    mask: int
    lasted: int
    mwh: int
    mwh_after: int
    phase: Phase


def segments_of(usage: Usage, compiled: Compiled) -> list[Segment]:
    begin = micros(usage.started_at)
    timetable = compiled.timetable(usage.zone) if compiled.hours else None
    found: list[Segment] = []
    mwh = 0
    for phase in usage.phases or (_only_phase(usage),):
        found.extend(_cut(phase, begin, mwh, compiled, timetable))
        mwh += phase.energy.mwh
    return found


def _only_phase(usage: Usage) -> Phase:
    until = max(usage.started_at, usage.ended_at)
    return Phase(since=usage.started_at, until=until, energy=usage.energy)


_ALWAYS: Sequence[Stretch] = ()


def _cut(
    phase: Phase, begin: int, mwh: int, compiled: Compiled, timetable: Timetable | None
) -> Iterator[Segment]:
    since, until, energy = micros(phase.since), micros(phase.until), phase.energy.mwh
    stretches = [(since, 0)] if timetable is None else timetable.stretches(since, until)
    cuts = {at for at, _ in stretches}
    if phase.kind is not PhaseKind.RESERVATION and (compiled.durations or compiled.energies):
        cuts.update(begin + lasted for lasted in compiled.durations if since < begin + lasted < until)
        for mark in compiled.energies[bisect_right(compiled.energies, mwh) :]:
            if mark >= mwh + energy:
                break
            cuts.add(since - (since - until) * (mark - mwh) // energy)
    marks = [*sorted(cuts), until]
    length = max(until - since, 1)
    starts = [at for at, _ in stretches]
    for at, end in pairwise(marks):
        mask = stretches[bisect_right(starts, at) - 1][1]
        before = mwh + energy * (at - since) // length
        after = mwh + (energy if end == until else energy * (end - since) // length)
        yield Segment(at, end, mask, max(at - begin, 0), before, after, phase)


def pieces(segment: Segment, thresholds: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """A segment cut where its energy passes a threshold: since, until, energy before and after."""
    first, last = segment.mwh, segment.mwh_after
    between = thresholds[bisect_right(thresholds, first) : bisect_left(thresholds, last)]
    since, before = segment.since, first
    for mark in between:
        until = segment.since + (segment.until - segment.since) * (mark - first) // (last - first)
        yield since, until, before, mark
        since, before = until, mark
    yield since, segment.until, before, last
