"""Commands go their way from queued to one final status and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_core.commands import (
    ChangeConfiguration,
    CommandKind,
    CommandStatus,
    GetConfiguration,
    GetDiagnostics,
    GetLog,
    LogKind,
    Order,
    RemoteStop,
    Reset,
    SignedUpdateFirmware,
    StationAnswer,
    UpdateFirmware,
    WrongCommandStatus,
)
from emobility_core.testing.builders import later, make_active, make_command
from emobility_core.testing.clock import NOON

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


WITH_SECRETS: list[tuple[Order, str, str]] = [
    (ChangeConfiguration(key="WifiPassword", value="open sesame"), "value", "***"),
    (ChangeConfiguration(key="HeartbeatInterval", value="300"), "value", "300"),
    (GetDiagnostics(location="ftp://me:sesame@host/in"), "location", "ftp://***@host/in"),
    (GetLog(log=LogKind.SECURITY, request=1, location="ftp://me:s@host"), "location", "ftp://***@host"),
    (UpdateFirmware(location="ftp://u@host/" + "x" * 499, retrieve_at=NOON), "location",
     "ftp://***@host/" + "x" * 497),
    (SignedUpdateFirmware(location="ftp://me:s@h/fw", retrieve_at=NOON, request=1, certificate="c",
                          signature="s"), "location", "ftp://***@h/fw"),
]  # fmt: skip


@pytest.mark.parametrize(("order", "field", "kept"), WITH_SECRETS)
@pytest.mark.parametrize("status", [status for status in S if status not in {S.QUEUED, S.SENT}])
def test_an_order_keeps_its_secrets_until_the_station_has_answered(
    order: Order, field: str, kept: str, status: S
) -> None:
    sent = make_command(order=order).become(S.SENT, at=later())
    assert sent.order == order
    assert getattr(sent.become(status, at=later()).order, field) == kept


@pytest.mark.parametrize("status", [S.OFFLINE, S.BUSY, S.TIMEOUT])
def test_the_secrets_of_what_is_never_sent_are_not_kept(status: S) -> None:
    command = make_command(order=ChangeConfiguration(key="ApiKey", value="open sesame"))
    assert command.become(status, at=later()).order == ChangeConfiguration(key="ApiKey", value="***")


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
