"""No secret reaches the log of frames, and what is no secret stays readable there."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emobility_adapters.ocpp.masking import masked

# Recognised wherever it survives: nothing else in a frame looks like it.
SECRET = st.from_regex(r"Zq[A-Za-z0-9+*!_]{6,30}zQ", fullmatch=True)
NAMES = st.sampled_from(
    ["AuthorizationKey", "authorizationkey", "WifiPassword", "APN_PASSWD", "ClientSecret", "ApiToken",
     "SimPIN", "PreSharedKey", "VPN-PSK", "wpa_passphrase", "ProxyCredentials"]
)  # fmt: skip
IDS = st.text(st.characters(codec="ascii", exclude_characters='"\\,]', exclude_categories=["C"]), max_size=20)


def _frames(name: str, secret: str) -> list[list[Any]]:
    """Every place where a secret has been seen."""
    setting = {"key": name, "readonly": False, "value": secret}
    address = f"ftp://user:{secret}@files.example/logs"
    return [
        [2, "id", "ChangeConfiguration", {"key": name, "value": secret}],
        [3, "id", {"configurationKey": [{"key": "A", "value": "1"}, setting], "unknownKey": []}],
        [2, "id", "GetDiagnostics", {"location": address}],
        [2, "id", "GetLog", {"log": {"remoteLocation": address}}],
        [2, "id", "GetDiagnostics", {"location": f"https://csms.example/uploads/{secret}"}],
        [2, "id", "UpdateFirmware", {"location": f"https://user:a/b@{secret}@h/fw.bin"}],
        [2, "id", "DataTransfer", {"vendorId": "v", "data": json.dumps({name: secret})}],
        [2, "id", "DataTransfer", {"vendorId": "v", "data": json.dumps([setting])}],
        [2, "id", "DataTransfer", {"vendorId": "v", "data": {name: {"old": secret, "new": secret}}}],
        [2, "id", "DataTransfer", {"vendorId": "v", "data": f"apn=x wifi_password={secret}; y"}],
        [2, "id", "StatusNotification", {"info": address}],
    ]


@given(name=NAMES, secret=SECRET, which=st.integers(0, 10), escaped=st.booleans())
def test_no_secret_survives(name: str, secret: str, which: int, escaped: bool) -> None:
    frame = _frames(name, secret)[which]
    action = frame[2] if frame[0] == 2 else None
    text = json.dumps(frame)
    if escaped:
        text = text.replace("/", "\\/").replace("A", "\\u0041")
    kept = masked(text, action)
    assert secret not in kept
    assert "***" in kept
    assert json.loads(kept)[:2] == [frame[0], "id"]


@given(name=NAMES, secret=SECRET, which=st.integers(0, 10), data=st.data())
def test_no_secret_survives_in_a_frame_that_cannot_be_read(
    name: str, secret: str, which: int, data: st.DataObject
) -> None:
    whole = json.dumps(_frames(name, secret)[which])
    end = data.draw(st.integers(whole.index(secret) + len(secret), len(whole) - 1))
    assert secret not in masked(whole[:end], None)


@given(id=IDS, value=st.text(max_size=50))
def test_a_frame_without_a_secret_is_kept_to_the_letter(id: str, value: str) -> None:
    text = json.dumps([2, id, "ChangeConfiguration", {"key": "HeartbeatInterval", "value": value}])
    if "@" not in value and "=" not in value and ":" not in value:
        assert masked(text, "ChangeConfiguration") == text


@pytest.mark.parametrize(
    "frame",
    [
        [3, "1", {"configurationKey": [{"key": "WebSocketPingInterval", "readonly": False, "value": "60"}]}],
        [3, "1", {"configurationKey": [{"key": "GetConfigurationMaxKeys", "readonly": True, "value": "50"}]}],
        [3, "1", {"configurationKey": [{"key": "MeterPublicKey[1]", "readonly": True, "value": "3059"}]}],
        [3, "1", {"configurationKey": [], "unknownKey": ["AuthorizationKey"]}],
        [2, "1", "Authorize", {"idTag": "04A1B2C3"}],
        [2, "1", "GetDiagnostics", {"location": "ftp://files.example/logs"}],
    ],
)
def test_what_is_needed_to_find_a_fault_stays(frame: list[Any]) -> None:
    text = json.dumps(frame)
    assert masked(text, frame[2] if frame[0] == 2 else None) == text


def test_the_envelope_of_an_unreadable_frame_stays() -> None:
    assert masked('[2,"17","ChangeConfiguration",{"key":"AuthorizationKey","value":"x', None) == (
        '[2,"17","ChangeConfiguration", ***'
    )
    assert masked("password: x", None) == "***"


@pytest.mark.parametrize(
    "said",
    ["://", "://@", "token", "token=", 'token="', "token ", "key=", "/uploads/", "\\u", "a=", "=", "@"],
)
@pytest.mark.parametrize("length", [500_000])
def test_a_text_made_to_be_searched_for_ever_is_not(said: str, length: int) -> None:
    """A search that goes back would take hours for one of these; it holds up all other stations."""
    data = said * (length // len(said)) + " password=hunter2 "
    kept = masked(json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": data}]), "DataTransfer")
    assert "hunter2" not in kept


def test_a_secret_is_hidden_behind_whatever_stands_before_it() -> None:
    text = json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": "a=password=hunter2&user: x"}])
    assert "a=password=***&user: x" in masked(text, "DataTransfer")


@pytest.mark.parametrize("text", ["key", "x=1 key", "a:key"])
def test_a_frame_of_many_texts_costs_little_for_each(text: str) -> None:
    """64 kB hold ten thousand; counted in calls, for time is the machine's."""
    frame, calls = json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": [text] * 1000}]), 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        masked(frame, "DataTransfer")
    finally:
        sys.setprofile(None)
    assert calls / 1000 < 16


def test_an_escape_within_json_within_a_text_hides_no_secret() -> None:
    inner = '["{\\u0022password\\u0022\\u003a\\u0022hunter2\\u0022}"]'
    frame = json.dumps([2, "1", "DataTransfer", {"vendorId": "v", "data": inner}])
    assert "hunter2" not in masked(frame, "DataTransfer")
