"""Time-based one-time passwords (RFC 6238) of six digits and thirty seconds, by HMAC-SHA-1."""

from __future__ import annotations

import hmac
from urllib.parse import quote, urlencode

from emobility_core.instants import Instant

TOTP_SECRET_BYTES = 20
STEP_S = 30
_DIGITS = 6


def code_of(secret: bytes, step: int) -> str:
    """The code of a step (RFC 4226, 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def matching_step(secret: bytes, code: str, *, at: Instant, after: int) -> int | None:
    """The step that a code is of: the present one or one beside it (RFC 6238, 5.2), but none up to `after`,
    whose codes have been used."""
    now = int(at.timestamp()) // STEP_S
    given = "".join(code.split())
    for step in (now, now - 1, now + 1):
        if step > after and hmac.compare_digest(code_of(secret, step).encode(), given.encode()):
            return step
    return None


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """What an app reads from a QR code (Key URI Format); the secret in base 32."""
    label = quote(f"{issuer}:{account}", safe="")
    parts = {"secret": secret.rstrip("="), "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(parts, quote_via=quote)}"
