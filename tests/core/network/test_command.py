"""Commands go their way from queued to one final status and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.network import (
    CommandKind,
    CommandStatus,
    GetConfiguration,
    RemoteStop,
    Reset,
    StationAnswer,
    WrongCommandStatus,
)
from emobility_core.testing.builders import later, make_active, make_command

S = CommandStatus
STEPS = {
    S.QUEUED: {S.SENT, S.OFFLINE, S.BUSY, S.TIMEOUT},
    S.SENT: {S.ACCEPTED, S.EFFECTIVE, S.REJECTED, S.FAILED, S.TIMEOUT, S.OFFLINE, S.BUSY, S.NOT_SUPPORTED},
    S.ACCEPTED: {S.EFFECTIVE, S.FAILED, S.TIMEOUT},
}


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_a_command_takes_only_the_steps_there_are(before: S, after: S) -> None:
    command = make_command(status=before)
    if after in STEPS.get(before, set()):
        done = command.become(after, at=later(seconds=1), detail="so")
        assert (done.status, done.detail, done.updated_at) == (after, "so", later(seconds=1))
    else:
        with pytest.raises(WrongCommandStatus):
            command.become(after, at=later(seconds=1))


@given(st.lists(st.sampled_from(S), max_size=12))
def test_what_is_final_stays(wishes: list[S]) -> None:
    command = make_command()
    for wish in wishes:
        was_final = command.status.is_final
        try:
            command = command.become(wish, at=command.updated_at)
        except WrongCommandStatus:
            continue
        assert not was_final


def test_a_step_keeps_the_session_that_it_does_not_name() -> None:
    session = make_active().id
    command = make_command(order=RemoteStop(session=session, transaction_id=7), session=session)
    assert (command.kind, command.become(S.SENT, at=later()).session) == (CommandKind.REMOTE_STOP, session)


def test_a_command_that_is_accepted_has_time_for_its_effect_from_then_on() -> None:
    command = make_command(order=Reset(hard=True), status=S.SENT)
    accepted = command.answered(StationAnswer(S.ACCEPTED, None, {"status": "Accepted"}), at=later(minutes=2))
    assert (accepted.status, accepted.answer) == (S.ACCEPTED, {"status": "Accepted"})
    assert accepted.deadline == later(minutes=62)
    rejected = command.answered(StationAnswer(S.REJECTED, "NotNow"), at=later(minutes=2))
    assert (rejected.detail, rejected.deadline) == ("NotNow", command.deadline)


@pytest.mark.parametrize("key", ["AuthorizationKey", "wifi-Passwd", "FtpPassword", "MODEM_PSK", "ApiKey"])
def test_what_a_station_tells_of_its_passwords_is_not_kept(key: str) -> None:
    plain = {"key": "HeartbeatInterval", "readonly": False, "value": "300"}
    told = {"key": key, "readonly": False, "value": "open sesame"}
    command = make_command(order=GetConfiguration(), status=S.SENT)
    for entries in ([plain, told], told):
        content = {"configurationKey": entries, "unknownKey": ["More"]}
        kept = command.answered(StationAnswer(S.EFFECTIVE, None, content), at=later()).answer
        hidden = {**told, "value": "***"}
        expected = [plain, hidden] if isinstance(entries, list) else hidden
        assert kept == {"configurationKey": expected, "unknownKey": ["More"]}
