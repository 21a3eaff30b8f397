"""When a silence is too long: rules that tenants and sites set, each inheriting what it leaves open."""

from __future__ import annotations

from datetime import timedelta

import attrs

_MINUTES = attrs.validators.optional([attrs.validators.ge(5), attrs.validators.le(10_080)])
_HOURS = attrs.validators.optional([attrs.validators.ge(1), attrs.validators.le(8_760)])
# A vehicle that is full, at a station that then sends no values, is not to be looked at by the hour.
_MANY_HOURS = attrs.validators.optional([attrs.validators.ge(24), attrs.validators.le(8_760)])


# What holds where nobody sets anything. Some stations redial only 19 minutes after a server was away.
USUAL = {"free_min": 10, "silent_h": 24, "busy_h": 168, "gone_h": 72, "unreachable_min": 20}


@attrs.frozen(kw_only=True)
class WatchRules:
    """None leaves a rule to whoever stands above.

    A session is ended with its last value once its connector has been free for `free_min` minutes, or
    nothing was heard of it for `silent_h` hours, for `busy_h` hours where its connector is still said to
    serve a vehicle, or its station has been away for `gone_h` hours. A station that has been away for
    `unreachable_min` minutes raises an alarm.
    """

    free_min: int | None = attrs.field(default=None, validator=_MINUTES)
    silent_h: int | None = attrs.field(default=None, validator=_HOURS)
    busy_h: int | None = attrs.field(default=None, validator=_MANY_HOURS)
    gone_h: int | None = attrs.field(default=None, validator=_HOURS)
    unreachable_min: int | None = attrs.field(default=None, validator=_MINUTES)

    @property
    def free(self) -> timedelta:
        return timedelta(minutes=self.free_min or USUAL["free_min"])

    @property
    def silent(self) -> timedelta:
        return timedelta(hours=self.silent_h or USUAL["silent_h"])

    @property
    def busy(self) -> timedelta:
        return timedelta(hours=self.busy_h or USUAL["busy_h"])

    @property
    def gone(self) -> timedelta:
        return timedelta(hours=self.gone_h or USUAL["gone_h"])

    @property
    def unreachable(self) -> timedelta:
        return timedelta(minutes=self.unreachable_min or USUAL["unreachable_min"])


SHORTEST_FREE = SHORTEST_UNREACHABLE = timedelta(minutes=5)
SHORTEST_SILENCE = timedelta(hours=1)
SHORTEST_BUSY = timedelta(hours=24)
