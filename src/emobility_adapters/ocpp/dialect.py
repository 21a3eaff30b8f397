"""How the messages of one station are to be understood: by its maker's profile and its clock."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from emobility_adapters.ocpp.vendors import PLAIN, VendorProfile
from emobility_core.charging import Sample, TimedSamples
from emobility_core.customers import IdTag
from emobility_core.instants import Instant
from emobility_core.network import ClockWatch, StationTime, judge_time


@attrs.define
class Dialect:
    """Belongs to a line: `clock` listens all the time, `profile` is found when the station boots."""

    clock: ClockWatch = attrs.field(factory=ClockWatch)
    profile: VendorProfile = PLAIN

    def time(self, text: str | None, received: Instant) -> StationTime:
        return judge_time(text, received, offset=self.clock.offset, zone=self.profile.zone)

    def tag(self, text: str) -> IdTag:
        return IdTag(self.profile.tag(text) if self.profile.tag_separators else text)

    def samples(
        self, time: StationTime, samples: Sequence[Sample], raw: str, *, coerced: bool = False
    ) -> TimedSamples:
        """Samples as they are meant; `raw` stays what was sent."""
        if self.profile is PLAIN:
            return TimedSamples(time, samples, raw, coerced)
        meant = self.profile.meant(samples)
        return TimedSamples(time, meant, raw, coerced, profiled=meant is not samples)
