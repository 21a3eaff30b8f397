"""When a silence is too long: rules that tenants and sites set, each inheriting what it leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import attrs

_MINUTES = attrs.validators.optional([attrs.validators.ge(5), attrs.validators.le(10_080)])
_HOURS = attrs.validators.optional([attrs.validators.ge(1), attrs.validators.le(8_760)])


@attrs.frozen(kw_only=True)
class WatchRules:
    """None leaves a rule to whoever stands above.

    A session is ended with its last value once its connector has been free for `free_min` minutes, or
    nothing was heard of it for `silent_h` hours, or its station has been away for `gone_h` hours. A
    station that has been away for `unreachable_min` minutes raises an alarm.
    """

    free_min: int | None = attrs.field(default=None, validator=_MINUTES)
    silent_h: int | None = attrs.field(default=None, validator=_HOURS)
    gone_h: int | None = attrs.field(default=None, validator=_HOURS)
    unreachable_min: int | None = attrs.field(default=None, validator=_MINUTES)

    @property
    def free(self) -> timedelta:
        return timedelta(minutes=self.free_min or 10)

    @property
    def silent(self) -> timedelta:
        return timedelta(hours=self.silent_h or 24)

    @property
    def gone(self) -> timedelta:
        return timedelta(hours=self.gone_h or 72)

    @property
    def unreachable(self) -> timedelta:
        # Some stations redial only 19 minutes after a server was away.
        return timedelta(minutes=self.unreachable_min or 20)


SHORTEST_FREE = SHORTEST_UNREACHABLE = timedelta(minutes=5)
SHORTEST_SILENCE = timedelta(hours=1)


def rules_along(line: Iterable[WatchRules]) -> WatchRules:
    """The rules that hold at the end of a line: of each, the nearest that is set; `line` begins there."""
    found: dict[str, int] = {}
    for rules in line:
        for name, value in attrs.asdict(rules).items():
            if value is not None:
                found.setdefault(name, value)
    return WatchRules(**found)
