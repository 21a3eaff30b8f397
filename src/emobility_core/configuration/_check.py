"""The steps of a check of a station's configuration: read, mend one key at a time, read again, judge.

Each step is one request. Nothing is tried twice for one firmware and one expectation: some stations reboot
when they are read, and a server that asks again at every boot keeps them rebooting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import attrs

from emobility_core.commands import ChangeConfiguration, Command, CommandStatus, GetConfiguration
from emobility_core.configuration._configuration import (
    ACCEPTED,
    AFTER_REBOOT,
    REFUSED,
    Check,
    ConfigurationStatus,
    Stage,
    StationConfiguration,
    read_answer,
)
from emobility_core.configuration._template import ExpectedKey
from emobility_core.configuration._value import folded, integer
from emobility_core.ids import OperationId
from emobility_core.instants import Instant
from emobility_core.network import StationState

# How often a check is begun anew that the station let come to nothing.
TRIES = 2
# After a boot queued reports come first; a check that came to nothing is not pressed.
SETTLED_AFTER = timedelta(minutes=1)
AGAIN_AFTER = timedelta(minutes=10)
# Somebody may change a station on site without a boot that tells of it.
STALE_AFTER = timedelta(days=7)
# Longer than any command waits: what the check waited for will not come.
LOST_AFTER = timedelta(hours=1)

_NO_ANSWER = frozenset({CommandStatus.TIMEOUT, CommandStatus.OFFLINE, CommandStatus.BUSY})
_NEVER_ASKED = frozenset({CommandStatus.OFFLINE, CommandStatus.BUSY})


def is_due(
    configuration: StationConfiguration | None, state: StationState, expectation: str, *, at: Instant
) -> bool:
    """Whether a station is to be checked although nobody asks."""
    due = due_at(configuration, state, expectation)
    return due is not None and due <= at


def due_at(
    configuration: StationConfiguration | None, state: StationState, expectation: str
) -> Instant | None:
    """From when on a station is to be checked although nobody asks, None if it is not: it is new, has a new
    firmware, is expected to be otherwise, has rebooted for a change, or was not looked at for a week."""
    if not state.online or state.boot is None or state.booted_at is None:
        return None
    settled = Instant(state.booted_at + SETTLED_AFTER)
    if configuration is None:
        return settled
    if configuration.check is not None:
        settled = max(settled, Instant(configuration.updated_at + LOST_AFTER))
    if configuration.expectation != expectation:
        return settled
    if configuration.tries >= TRIES:
        return None
    if configuration.awaiting_reboot and state.boots > configuration.boots:
        return settled
    if configuration.status in (ConfigurationStatus.UNVERIFIED, ConfigurationStatus.VERIFYING):
        return max(settled, Instant(configuration.updated_at + AGAIN_AFTER))
    if configuration.verified_at is None:
        return settled
    return max(settled, Instant(configuration.verified_at + STALE_AFTER))


def is_under_way(configuration: StationConfiguration, *, at: Instant) -> bool:
    return configuration.check is not None and at - configuration.updated_at < LOST_AFTER


def begin(
    configuration: StationConfiguration,
    *,
    expectation: str,
    boots: int,
    at: Instant,
    operation: OperationId | None = None,
) -> tuple[StationConfiguration, GetConfiguration]:
    """Begin a check with the request to read all keys; one that somebody asked for starts from nothing."""
    rebooted = boots > configuration.boots
    # What was changed for a reboot is only looked at after it; else each boot would lead to the next one.
    follows = rebooted and bool(configuration.awaiting_reboot)
    same = configuration.expectation == expectation and operation is None
    unsure = configuration.status in (ConfigurationStatus.UNVERIFIED, ConfigurationStatus.VERIFYING)
    begun = attrs.evolve(
        configuration,
        status=ConfigurationStatus.VERIFYING,
        expectation=expectation,
        tries=configuration.tries + 1 if same else 1,
        boots=boots,
        awaiting_reboot=() if rebooted else configuration.awaiting_reboot,
        changes=configuration.changes if same and (follows or unsure) else {},
        check=Check(before=configuration.status, operation=operation),
        updated_at=at,
    )
    return begun, GetConfiguration()


def hear(
    configuration: StationConfiguration, command: Command, expected: Sequence[ExpectedKey], *, at: Instant
) -> StationConfiguration:
    """Take what came of the request that the check waited for; without an answer the check is over."""
    check = configuration.check
    assert check is not None
    if command.status in _NO_ANSWER:
        # What was never asked cannot have done any harm.
        tries = configuration.tries - (command.status in _NEVER_ASKED)
        return _came_to_nothing(configuration, command.status, tries, at)
    if check.stage is Stage.READING and command.status is CommandStatus.NOT_SUPPORTED:
        # It does not know the message at all, so that asking for each key would be answered no better.
        return _came_to_nothing(configuration, command.status, TRIES, at)
    if isinstance(command.order, ChangeConfiguration):
        return _changed(configuration, check, command.order, command.status, at)
    if isinstance(command.order, GetConfiguration) and command.order.keys:
        return _read_named(configuration, check, command.order, command, at)
    return _read_whole(configuration, check, command, expected, at)


def _came_to_nothing(
    configuration: StationConfiguration, status: CommandStatus, tries: int, at: Instant
) -> StationConfiguration:
    return attrs.evolve(
        configuration,
        status=ConfigurationStatus.UNVERIFIED,
        detail=status.value,
        tries=tries,
        check=None,
        updated_at=at,
    )


def _read_whole(
    configuration: StationConfiguration,
    check: Check,
    command: Command,
    expected: Sequence[ExpectedKey],
    at: Instant,
) -> StationConfiguration:
    values, unknown = read_answer(command.answer or {}, at)
    keys = tuple(one.key for one in expected)
    if command.status is not CommandStatus.EFFECTIVE or not values:
        # Not every station tells all; how many at a time is the first that is asked for.
        named = attrs.evolve(check, stage=Stage.NAMED, to_read=("GetConfigurationMaxKeys", *keys), at_once=1)
        return attrs.evolve(configuration, check=named, updated_at=at)
    taken = configuration.take(values, unknown, whole=True, at=at)
    absent = {folded(key) for key in taken.unknown}
    # OCPP 1.6, 5.8, limits how many keys are asked for; stations limit what they answer without keys as well.
    missing = tuple(key for key in keys if taken.find(key) is None and folded(key) not in absent)
    named = attrs.evolve(check, stage=Stage.NAMED, to_read=missing, at_once=taken.most_keys_at_once)
    return attrs.evolve(taken, check=named)


def _read_named(
    configuration: StationConfiguration, check: Check, order: GetConfiguration, command: Command, at: Instant
) -> StationConfiguration:
    if command.status is not CommandStatus.EFFECTIVE and len(order.keys) > 1:
        return attrs.evolve(configuration, check=attrs.evolve(check, at_once=1), updated_at=at)
    values, unknown = read_answer(command.answer or {}, at)
    told = {folded(one.key) for one in values} | {folded(key) for key in unknown}
    # Some answer with other keys than they were asked for; what they leave out they do not have.
    silent = tuple(key for key in order.keys if folded(key) not in told)
    taken = configuration.take(values, (*unknown, *silent), whole=False, at=at)
    left = tuple(key for key in check.to_read if key not in order.keys)
    return attrs.evolve(
        taken, check=attrs.evolve(check, to_read=left, at_once=taken.most_keys_at_once), updated_at=at
    )


def _changed(
    configuration: StationConfiguration,
    check: Check,
    order: ChangeConfiguration,
    status: CommandStatus,
    at: Instant,
) -> StationConfiguration:
    outcome = REFUSED
    waiting = configuration.awaiting_reboot
    if status is CommandStatus.ACCEPTED:
        outcome, waiting = AFTER_REBOOT, (*waiting, order.key)
    elif status is CommandStatus.EFFECTIVE:
        outcome = ACCEPTED
        check = attrs.evolve(check, changed=(*check.changed, order.key))
    return attrs.evolve(
        configuration,
        awaiting_reboot=waiting,
        changes={**configuration.changes, folded(order.key): outcome},
        check=attrs.evolve(check, changing=None),
        updated_at=at,
    )


def advance(
    configuration: StationConfiguration, expected: Sequence[ExpectedKey], *, at: Instant
) -> tuple[StationConfiguration, GetConfiguration | ChangeConfiguration | None]:
    """Return the next request of a check; None where it is over and the configuration judged."""
    check = configuration.check
    if check is None:
        return configuration, None
    if not check.to_read and check.stage is not Stage.AGAIN:
        change = _next_change(configuration, expected)
        if change is not None:
            changing = attrs.evolve(check, stage=Stage.CHANGING, changing=change.key)
            return attrs.evolve(configuration, check=changing), change
        at_once = configuration.most_keys_at_once
        check = attrs.evolve(check, stage=Stage.AGAIN, to_read=check.changed, changed=(), at_once=at_once)
    if check.to_read:
        return attrs.evolve(configuration, check=check), GetConfiguration(keys=check.to_read[: check.at_once])
    over = attrs.evolve(configuration, check=None, tries=0)
    return over.judged(expected, at=at), None


def _next_change(
    configuration: StationConfiguration, expected: Sequence[ExpectedKey]
) -> ChangeConfiguration | None:
    waiting = {folded(key) for key in configuration.awaiting_reboot}
    for one in expected:
        reported = configuration.find(one.key)
        tried = folded(one.key) in configuration.changes or folded(one.key) in waiting
        if tried or not one.may_be_set or reported is None or reported.readonly:
            continue
        value = reported.value or ""
        if not one.is_met(value):
            most = configuration.find(f"{one.key}MaxLength")
            limit = None if most is None or most.value is None else integer(most.value)
            return ChangeConfiguration(key=reported.key, value=one.mended(value, most=limit))
    return None
