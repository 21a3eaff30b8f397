"""A station's configuration: what it has reported, how that differs from what is expected, its check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from uuid import UUID

import attrs

from emobility_core.commands import is_secret
from emobility_core.configuration._template import ExpectedKey
from emobility_core.configuration._value import folded, integer
from emobility_core.errors import Conflict, NotFound
from emobility_core.ids import CommandId, OperationId, StationConfigurationId, StationId
from emobility_core.instants import Instant
from emobility_core.work import Record

# Stations have one or two hundred keys of some dozen characters; what goes far beyond is not kept.
_MOST_KEYS, _LONGEST_KEY, _LONGEST_VALUE = 1_000, 100, 2_000


@attrs.frozen
class UnknownStationConfiguration(NotFound):
    """There is no such station configuration within the caller's scope.

    Remedy: list the station configurations; a station has one once it was read for the first time.
    """

    code = "unknown-station-configuration"
    station_configuration: UUID


@attrs.frozen
class CheckUnderWay(Conflict):
    """The configuration of a station is being checked already.

    Remedy: wait until its status is another one than `verifying`.
    """

    code = "check-under-way"
    station: UUID


class ConfigurationStatus(Enum):
    """What is known of a station's configuration, compared with what is expected."""

    UNVERIFIED = "unverified"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    DRIFTED = "drifted"
    REBOOT_REQUIRED = "reboot_required"


class Fault(Enum):
    """Why a key is not as expected: it differs, cannot be set, is absent, was refused, or did not stick."""

    DIFFERS = "differs"
    READ_ONLY = "read_only"
    MISSING = "missing"
    REJECTED = "rejected"
    NOT_KEPT = "not_kept"


@attrs.frozen(kw_only=True)
class ReportedKey:
    """A key as its station reported it; a value that is secret is not kept."""

    key: str
    value: str | None = None
    readonly: bool = False
    at: Instant


@attrs.frozen(kw_only=True)
class Deviation:
    """A key that is not as expected."""

    key: str
    expected: str
    reported: str | None
    fault: Fault
    billing: bool = False


class Stage(Enum):
    """How far a check has come: all keys are read, some by name, one is changed, changed ones read again."""

    READING = "reading"
    NAMED = "named"
    CHANGING = "changing"
    AGAIN = "again"


@attrs.frozen(kw_only=True)
class Check:
    """A check under way: it waits for `command`, and began while the status was `before`.

    `to_read` are the keys still to be read, `at_once` at a time; `changed` those whose new value was
    accepted, to be read again.
    """

    stage: Stage = Stage.READING
    before: ConfigurationStatus
    command: CommandId | None = None
    operation: OperationId | None = None
    to_read: tuple[str, ...] = ()
    at_once: int = 1
    changing: str | None = None
    changed: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class StationConfiguration(Record):
    """What a station's keys are, when that was read, and how it compares with what is expected.

    `reported` and `unknown` are in the words of the station. `awaiting_reboot` names the keys whose new
    value counts from the next boot on. `expectation` is what the last check was about, begun at the
    station's boot number `boots`; `tries` of it came to nothing. `changes` tells what became of each
    change that it made.
    """

    id: StationConfigurationId
    station: StationId
    status: ConfigurationStatus = ConfigurationStatus.UNVERIFIED
    reported: tuple[ReportedKey, ...] = ()
    unknown: tuple[str, ...] = ()
    read_at: Instant | None = None
    verified_at: Instant | None = None
    deviations: tuple[Deviation, ...] = ()
    awaiting_reboot: tuple[str, ...] = ()
    detail: str | None = None
    expectation: str | None = None
    tries: int = 0
    boots: int = 0
    changes: Mapping[str, str] = attrs.field(factory=dict)
    check: Check | None = None

    @property
    def most_keys_at_once(self) -> int:
        """OCPP 1.6, 9.1.9: GetConfigurationMaxKeys; one, where the station has not told."""
        told = self.find("GetConfigurationMaxKeys")
        number = None if told is None or told.value is None else integer(told.value)
        return 1 if number is None or number < 1 else min(number, 50)

    def find(self, key: str) -> ReportedKey | None:
        return next((one for one in self.reported if folded(one.key) == folded(key)), None)

    def take(
        self, values: Sequence[ReportedKey], unknown: Sequence[str], *, whole: bool, at: Instant
    ) -> StationConfiguration:
        """Keep what was reported: instead of all that is known, or beside it."""
        told = {folded(one.key) for one in values}
        kept = () if whole else tuple(one for one in self.reported if folded(one.key) not in told)
        absent = {folded(key) for key in unknown}
        still = (key for key in self.unknown if folded(key) not in told | absent)
        return attrs.evolve(
            self,
            reported=(*kept, *values)[:_MOST_KEYS],
            unknown=(*(() if whole else still), *unknown)[:_MOST_KEYS],
            read_at=at,
            updated_at=at,
        )

    def changed_to(self, key: str, value: str, *, at: Instant) -> StationConfiguration:
        """Keep the value that a station has accepted for a key that it is known to have."""
        reported = tuple(
            attrs.evolve(one, value=None if is_secret(key) else value, at=at)
            if folded(one.key) == folded(key)
            else one
            for one in self.reported
        )
        return attrs.evolve(self, reported=reported, updated_at=at)

    def judged(self, expected: Sequence[ExpectedKey], *, at: Instant) -> StationConfiguration:
        """Compare what was reported last with what is expected."""
        waiting = {folded(key) for key in self.awaiting_reboot}
        deviations = tuple(
            self._explained(one) for one in compare(expected, self) if folded(one.key) not in waiting
        )
        status = ConfigurationStatus.VERIFIED
        if deviations:
            status = ConfigurationStatus.DRIFTED
        elif waiting:
            status = ConfigurationStatus.REBOOT_REQUIRED
        return attrs.evolve(
            self, status=status, deviations=deviations, detail=None, verified_at=at, updated_at=at
        )

    def _explained(self, deviation: Deviation) -> Deviation:
        outcome = self.changes.get(folded(deviation.key))
        if deviation.fault is not Fault.DIFFERS or outcome is None:
            return deviation
        return attrs.evolve(deviation, fault=Fault.NOT_KEPT if outcome in _TAKEN else Fault.REJECTED)


# What became of a change.
ACCEPTED, AFTER_REBOOT, REFUSED = "accepted", "after_reboot", "refused"
_TAKEN = frozenset({ACCEPTED, AFTER_REBOOT})


def compare(expected: Iterable[ExpectedKey], configuration: StationConfiguration) -> list[Deviation]:
    """Each key that is not as expected, as far as reported values tell."""
    deviations = []
    for one in expected:
        reported = configuration.find(one.key)
        value = None if reported is None else reported.value or ""
        if value is None:
            if one.optional:
                continue
            fault = Fault.MISSING
        elif one.is_met(value):
            continue
        else:
            fault = Fault.READ_ONLY if reported is not None and reported.readonly else Fault.DIFFERS
        deviations.append(
            Deviation(key=one.key, expected=one.value, reported=value, fault=fault, billing=one.billing)
        )
    return deviations


def read_answer(
    content: Mapping[str, object], at: Instant
) -> tuple[tuple[ReportedKey, ...], tuple[str, ...]]:
    """Read GetConfiguration.conf (OCPP 1.6, 6.24) leniently: the keys with values, and the unknown ones.

    Stations write numbers and truths bare, `readonly` as a text, and one key without a list around it.
    """
    told = content.get("configurationKey")
    entries = told if isinstance(told, list) else [told]
    found: dict[str, ReportedKey] = {}
    for entry in entries[:_MOST_KEYS]:
        if not isinstance(entry, Mapping):
            continue
        key = _text(entry.get("key"))
        if key and len(key) <= _LONGEST_KEY:
            value = None if is_secret(key) else _text(entry.get("value"))
            readonly = (_text(entry.get("readonly")) or "").lower() in ("true", "1")
            found[folded(key)] = ReportedKey(key=key, value=value, readonly=readonly, at=at)
    names = content.get("unknownKey")
    unknown = [_text(name) for name in (names if isinstance(names, list) else [names])[:_MOST_KEYS]]
    return tuple(found.values()), tuple(name[:_LONGEST_KEY] for name in unknown if name)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    return value.strip()[:_LONGEST_VALUE] if isinstance(value, str) else None
