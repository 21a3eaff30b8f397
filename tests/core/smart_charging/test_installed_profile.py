"""What is remembered of a profile on a station follows from its commands, and from those that replace it."""

from typing import Any

import pytest

from emobility_core.commands import (
    ClearChargingProfile,
    Command,
    CommandStatus,
    ProfilePurpose,
    SetChargingProfile,
)
from emobility_core.smart_charging import InstalledProfile, ProfileState
from emobility_core.testing.builders import make_command, make_installed_profile, make_profile

S, P = CommandStatus, ProfileState


def setting(status: CommandStatus, **changes: Any) -> Command:
    return make_command(
        order=SetChargingProfile(connector=1, profile=make_profile()), status=status, **changes
    )


def clearing(status: CommandStatus, detail: str | None = None) -> Command:
    return make_command(order=ClearChargingProfile(profile=1), status=status, detail=detail)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (S.EFFECTIVE, P.INSTALLED),
        (S.REJECTED, P.REFUSED),
        (S.NOT_SUPPORTED, P.REFUSED),
        (S.TIMEOUT, P.UNCERTAIN),
        (S.OFFLINE, P.UNCERTAIN),
    ],
)
def test_a_profile_is_where_its_command_left_it(status: CommandStatus, state: ProfileState) -> None:
    assert make_installed_profile().after(setting(status)).state is state


def test_a_station_that_answers_with_an_error_may_have_the_profile_all_the_same() -> None:
    after = make_installed_profile().after(setting(S.REJECTED, detail="InternalError"))
    assert (after.state, after.may_count) == (P.UNCERTAIN, True)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (clearing(S.EFFECTIVE), P.REMOVED),
        (clearing(S.REJECTED, "Unknown"), P.REMOVED),
        (clearing(S.REJECTED, "no"), P.INSTALLED),
        (clearing(S.TIMEOUT), P.UNCERTAIN),
    ],
)
def test_a_cleared_profile_is_gone_once_the_station_says_so(command: Command, state: ProfileState) -> None:
    assert make_installed_profile(state=P.INSTALLED).after(command).state is state


def other(before: InstalledProfile, connector: int = 1, **changes: Any) -> InstalledProfile:
    return make_installed_profile(
        station=before.station, connector=connector, profile=make_profile(**changes)
    )


def test_the_same_number_or_purpose_and_level_on_the_same_connector_replaces() -> None:
    before = make_installed_profile()
    assert before.is_replaced_by(other(before, id=2))
    assert before.is_replaced_by(other(before, connector=2, id=1, stack_level=4))
    assert not before.is_replaced_by(other(before, connector=2, id=2))
    assert not before.is_replaced_by(other(before, id=2, stack_level=1))
    assert not before.is_replaced_by(other(before, id=2, purpose=ProfilePurpose.SESSION))
    assert not before.is_replaced_by(make_installed_profile())
    assert not before.is_replaced_by(before)
