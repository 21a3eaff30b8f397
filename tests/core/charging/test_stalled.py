"""When a session of which nothing is heard is taken to be over."""

from __future__ import annotations

from typing import Any

import pytest

from emobility_core.charging import BUSY, QuietSession, Stall, stall_of
from emobility_core.instants import Instant
from emobility_core.tenancy import WatchRules
from emobility_core.testing.builders import later, make_active
from emobility_core.testing.clock import NOON


def _quiet(**changes: Any) -> QuietSession:
    """A session last heard of at noon."""
    fields = {"status": "Charging", "status_at": NOON, "online": True, "seen_at": NOON}
    return QuietSession(session=make_active(updated_at=NOON), **{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "at", "expected"),
    [
        ({"status": "Available", "status_at": later(minutes=1)}, later(minutes=11), Stall.CONNECTOR_FREE),
        ({"status": "Preparing", "status_at": later(minutes=1)}, later(minutes=11), Stall.CONNECTOR_FREE),
        ({"status": "Available", "status_at": later(minutes=1)}, later(minutes=10), None),
        # Said before the last value: the session began after it.
        ({"status": "Available", "status_at": NOON}, later(hours=2), None),
        ({"status": "Faulted"}, later(hours=23), None),
        ({"status": "Faulted"}, later(hours=24), Stall.SILENT),
        ({"status": None, "status_at": None}, later(hours=24), Stall.SILENT),
        # OCPP 1.6, 4.9: the transaction has stopped, whether or not the cable has been removed.
        ({"status": "Finishing"}, later(hours=23), None),
        ({"status": "Finishing"}, later(hours=24), Stall.SILENT),
        *(({"status": one}, later(hours=167), None) for one in BUSY),
        *(({"status": one}, later(hours=168), Stall.STUCK) for one in BUSY),
        # A station repeats its status whenever it comes back; that is no word of the session.
        ({"status": "SuspendedEV", "status_at": later(hours=167)}, later(hours=168), Stall.STUCK),
        ({"online": False, "seen_at": later(hours=1)}, later(hours=72), None),
        ({"online": False, "seen_at": later(hours=1)}, later(hours=73), Stall.STATION_GONE),
        ({"online": False, "seen_at": None}, later(hours=72), Stall.STATION_GONE),
        # What was said before it went away may have been queued for hours.
        ({"online": False, "status": "Available", "status_at": later(hours=1)}, later(hours=9), None),
    ],
)
def test_a_session_is_over_by_the_rules_of_its_place(
    changes: dict[str, Any], at: Instant, expected: Stall | None
) -> None:
    assert stall_of(_quiet(**changes), WatchRules(), at=at) is expected


def test_a_place_may_have_rules_of_its_own() -> None:
    free = _quiet(status="Available", status_at=later(minutes=1))
    assert stall_of(free, WatchRules(free_min=60), at=later(minutes=30)) is None
    assert stall_of(_quiet(status="Faulted"), WatchRules(silent_h=2), at=later(hours=2)) is Stall.SILENT
    assert stall_of(_quiet(), WatchRules(busy_h=24), at=later(hours=24)) is Stall.STUCK
    with pytest.raises(ValueError, match="busy_h"):
        WatchRules(busy_h=23)
