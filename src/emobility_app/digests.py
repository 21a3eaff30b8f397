"""Digests of secrets, keyed with the server's own key: useless to whoever has the database of clients."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable


def keyed_digest(key: str) -> Callable[[bytes], str]:
    """Return the digest under the server key `hmac`, given as the hexadecimal text that is stored."""
    secret = bytes.fromhex(key)
    return lambda data: hmac.new(secret, data, hashlib.sha256).hexdigest()
