"""Verifying a webhook of the server, by Standard Webhooks 1.0."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

TOLERANCE_S = 300
_LONGEST_TIME = 12


class WebhookRefused(Exception):
    """A message is not from the server, was changed, or is too old: deal with nothing of it, answer 400."""


def verify_webhook(
    body: bytes, headers: Mapping[str, str], *secrets: str, now: float | None = None
) -> dict[str, Any]:
    """Return the event of a message whose signature fits one of the `whsec_` secrets.

    `body` is what came over the wire, before anything parsed it; `now` is the time as a Unix timestamp, the
    present one unless given. A message counts for five minutes before and after its own time.
    Raises `WebhookRefused`, and `ValueError` for a secret that is none.
    """
    told = {name.lower(): value for name, value in headers.items()}
    try:
        id, at, signatures = (told[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
    except KeyError as missing:
        raise WebhookRefused(f"the header {missing.args[0]} is missing") from missing
    # Python refuses to read numbers of thousands of digits, which are no time.
    if not (at.isascii() and at.isdigit() and len(at) <= _LONGEST_TIME):
        raise WebhookRefused("webhook-timestamp is no number")
    if abs((time.time() if now is None else now) - int(at)) > TOLERANCE_S:
        raise WebhookRefused("webhook-timestamp is too far from the present")
    signed = f"{id}.{at}.".encode() + body
    expected = [base64.b64encode(hmac.digest(_key(one), signed, hashlib.sha256)) for one in secrets]
    given = [one[3:].encode() for one in signatures.split() if one.startswith("v1,")]
    if not any(hmac.compare_digest(one, another) for one in given for another in expected):
        raise WebhookRefused("no signature fits")
    event: dict[str, Any] = json.loads(body)
    return event


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret of a webhook is base64 behind whsec_") from error
