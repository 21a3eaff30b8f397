"""How far a station's clock is off, measured on messages that are sent as things happen."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import attrs

from emobility_core.instants import Instant
from emobility_core.network._time import StationTime

_EVERY = timedelta(seconds=20)
_KEPT = 32
# Messages that are sent live take about as long to arrive, and their times advance as ours do. Those of a
# queue are told in a burst: their delays differ by as much as their times.
_ALIKE = timedelta(seconds=5)
_ENOUGH = 3
_OVER = timedelta(minutes=1)


@attrs.frozen
class _Sample:
    told: Instant
    delay: timedelta


@attrs.define
class ClockWatch:
    """Listens to the times that a station tells. `offset` is by how much its clock is ahead of ours, None
    while that is not known; a boot sets the clock (OCPP 1.6, 4.2), so it is measured anew."""

    offset: timedelta | None = None
    _samples: deque[_Sample] = attrs.field(factory=lambda: deque(maxlen=_KEPT))
    _due: Instant | None = None

    def note(self, time: StationTime) -> None:
        """Listen to a time; more often than every 20 seconds tells nothing new."""
        if time.told is None or (self._due is not None and time.received < self._due):
            return
        self._due = Instant(time.received + _EVERY)
        self._samples.append(_Sample(time.told, time.received - time.told))

    def measure(self) -> timedelta | None:
        """Take the offset from the quickest of live messages; None where too few of them came."""
        if len(self._samples) < _ENOUGH:
            return None
        quickest = min(sample.delay for sample in self._samples)
        live = [sample.told for sample in self._samples if sample.delay - quickest <= _ALIKE]
        if len(live) < _ENOUGH or max(live) - min(live) < _OVER:
            return None
        self.offset = -quickest
        return self.offset

    def reset(self) -> None:
        """Begin anew: the station has just been told the time."""
        self.offset = None
        self._samples.clear()
        self._due = None
