"""A token for one session at a time: what speaks against another start, and what does not."""

import pytest

from emobility_core.charging import AuthorizationStatus, RunningSession, authorize
from emobility_core.charging._authorization import refuse_another
from emobility_core.testing.builders import later, make_active, make_station, make_token, report_start, told
from emobility_core.testing.clock import NOON

GRANT = authorize(make_token(concurrent=False), at=NOON)
REPORT = report_start(time=told(NOON.isoformat()))


def _running(**changes: object) -> RunningSession:
    fields = {
        "session": make_active().id,
        "station": make_station().id,
        "connector": 1,
        "started_at": later(hours=-1),
    }
    return RunningSession(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_session_that_runs_elsewhere_is_one_too_many() -> None:
    refused = refuse_another(GRANT, REPORT, [_running()])
    assert refused.status is AuthorizationStatus.CONCURRENT
    assert (refused.is_accepted, refused.token) == (False, GRANT.token)


def test_another_connector_of_the_same_station_is_elsewhere() -> None:
    beside = _running(station=REPORT.station, connector=2)
    assert refuse_another(GRANT, REPORT, [beside]).status is AuthorizationStatus.CONCURRENT


@pytest.mark.parametrize(
    "running",
    [
        [],
        [_running(station=REPORT.station, connector=REPORT.connector)],
        # Told late, this start was the first of the two.
        [_running(started_at=later(minutes=1))],
    ],
    ids=["nothing", "the connector itself", "what began later"],
)
def test_what_does_not_speak_against_a_start(running: list[RunningSession]) -> None:
    assert refuse_another(GRANT, REPORT, running) == GRANT


def test_what_a_token_took_beyond_its_one_session_stays_on_its_account() -> None:
    on_account = {status for status in AuthorizationStatus if status.is_on_account}
    assert on_account == {AuthorizationStatus.ACCEPTED, AuthorizationStatus.CONCURRENT}
