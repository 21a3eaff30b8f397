"""Secrets of webhook endpoints, sealed by AES-GCM: useless to whoever sees the table alone."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from emobility_core.webhooks import SECRET_BYTES, WebhookSecretLocked

_NONCE_BYTES = 12


class SealedSecrets:
    """Implements the core's `WebhookSecrets`, and `Sealing` with a refusal of its own (`locked`), with a key
    of 32 bytes."""

    def __init__(self, key: bytes, locked: Callable[[], Exception] = WebhookSecretLocked) -> None:
        self._cipher = AESGCM(key)
        self._locked = locked

    def new(self) -> bytes:
        return secrets.token_bytes(SECRET_BYTES)

    def seal(self, secret: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, secret, None)).decode()

    def open(self, sealed: str) -> bytes:
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None)
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise self._locked() from error
