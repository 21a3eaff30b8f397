"""Secrets come back from their seal, and only with the key."""

from __future__ import annotations

import pytest

from emobility_adapters.webhooks import SealedSecrets
from emobility_core.webhooks import SECRET_BYTES, WebhookSecretLocked, secret_text


def test_a_secret_comes_back_from_its_seal() -> None:
    sealing = SealedSecrets(b"k" * 32)
    secret = sealing.new()
    assert len(secret) == SECRET_BYTES
    assert secret != sealing.new()
    assert secret_text(secret).startswith("whsec_")
    sealed = sealing.seal(secret)
    assert secret not in sealed.encode()
    assert sealed != sealing.seal(secret)
    assert sealing.open(sealed) == secret


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "A" * 100])
def test_what_was_not_sealed_with_the_key_is_not_opened(sealed: str) -> None:
    sealing = SealedSecrets(b"k" * 32)
    with pytest.raises(WebhookSecretLocked):
        sealing.open(sealed or SealedSecrets(b"l" * 32).seal(b"s" * 32))
