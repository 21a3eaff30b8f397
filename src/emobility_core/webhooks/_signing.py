"""Standard Webhooks 1.0: what a receiver checks a message by."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence

from emobility_core.instants import Instant

SECRET_BYTES = 32
_PREFIX = "whsec_"


def secret_text(secret: bytes) -> str:
    """A secret as its holder keeps it."""
    assert 24 <= len(secret) <= 64, "Standard Webhooks 1.0: a secret has 24 to 64 bytes"
    return _PREFIX + base64.b64encode(secret).decode()


def signed_headers(id: str, body: bytes, *, at: Instant, secrets: Sequence[bytes]) -> Mapping[str, str]:
    """The headers of a message, with one signature for each secret that counts."""
    timestamp = int(at.timestamp())
    content = f"{id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(one, content, "sha256")).decode() for one in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
