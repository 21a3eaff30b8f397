"""The key that signs access tokens: ES256, kept as a JSON Web Key."""

from __future__ import annotations

import json
from typing import Any

from joserfc.jwk import ECKey

ALGORITHM = "ES256"


def new_signing_key() -> str:
    """Make a key and return it as JSON text; its `kid` is the key's thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256", private=True)
    content = key.as_dict(private=True) | {"kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}
    return json.dumps(content)


class SigningKey:
    """A key as stored."""

    def __init__(self, text: str) -> None:
        self.jwk = ECKey.import_key(json.loads(text))
        self.kid: str = self.jwk.kid or self.jwk.thumbprint()

    def public(self) -> dict[str, Any]:
        """The key as others may have it, to verify."""
        return dict(self.jwk.as_dict(private=False)) | {"kid": self.kid, "use": "sig", "alg": ALGORITHM}
