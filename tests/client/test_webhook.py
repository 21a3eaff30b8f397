"""A message is believed if the secret, the body and the time fit; the signer is somebody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from emobility_client import WebhookRefused, verify_webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
AT = 1_614_265_330
BODY = json.dumps({"id": "evt_1", "type": "session.ended"})


def signed(*secrets: str, body: str = BODY) -> dict[str, str]:
    at = datetime.fromtimestamp(AT, UTC)
    signatures = [Webhook(secret).sign("evt_1", at, body) for secret in secrets]
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(AT),
        "Webhook-Signature": " ".join(signatures),
    }


def test_a_message_is_what_was_signed() -> None:
    event = verify_webhook(BODY.encode(), signed(SECRET), SECRET, now=AT + 299)
    assert event == {"id": "evt_1", "type": "session.ended"}


def test_either_side_may_hold_two_secrets_while_one_takes_the_other_s_place() -> None:
    assert verify_webhook(BODY.encode(), signed(OTHER, SECRET), SECRET, now=AT)
    assert verify_webhook(BODY.encode(), signed(SECRET), OTHER, SECRET, now=AT)


@pytest.mark.parametrize(
    ("body", "changed", "now", "why"),
    [
        (BODY + " ", {}, AT, "no signature fits"),
        (BODY, {"Webhook-Id": "evt_2"}, AT, "no signature fits"),
        (BODY, {"Webhook-Timestamp": str(AT + 1)}, AT, "no signature fits"),
        (BODY, {"Webhook-Signature": "v1,"}, AT, "no signature fits"),
        (BODY, {"Webhook-Signature": "v2,abc"}, AT, "no signature fits"),
        (BODY, {"Webhook-Signature": ""}, AT, "no signature fits"),
        (BODY, {"Webhook-Timestamp": "soon"}, AT, "no number"),
        (BODY, {"Webhook-Timestamp": "1" * 5_000}, AT, "no number"),
        (BODY, {}, AT + 301, "too far"),
        (BODY, {}, AT - 301, "too far"),
    ],
)
def test_what_does_not_fit_is_refused(body: str, changed: dict[str, str], now: float, why: str) -> None:
    with pytest.raises(WebhookRefused, match=why):
        verify_webhook(body.encode(), signed(SECRET) | changed, SECRET, now=now)


def test_another_secret_and_a_missing_header_are_refused() -> None:
    with pytest.raises(WebhookRefused, match="no signature fits"):
        verify_webhook(BODY.encode(), signed(OTHER), SECRET, now=AT)
    with pytest.raises(WebhookRefused, match="webhook-id is missing"):
        verify_webhook(BODY.encode(), {}, SECRET, now=AT)


def test_a_secret_that_is_none_is_the_receiver_s_fault() -> None:
    with pytest.raises(ValueError, match="base64"):
        verify_webhook(BODY.encode(), signed(SECRET), "whsec_?", now=AT)
